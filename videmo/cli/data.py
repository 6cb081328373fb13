"""How commands are told where training and evaluation data lie."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from videmo.errors import UsageError

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Folder that relative paths of data start from, with data/ferplus.parquet.  \\[default: $VIDEMO_DATA]",
        envvar="VIDEMO_DATA",
        show_envvar=False,
    ),
]


def data_folder(data: Path | None) -> Path:
    """The folder with training data, or a clear error."""
    if data is None:
        raise UsageError(
            "no data folder: give --data or set VIDEMO_DATA to the folder that holds data/ferplus.parquet."
        )
    return data
