"""Keep a table to the last bit, block by block, so that nobody has to hold it whole."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

_NAMES: Final = "columns"


class FrameWriter:
    """Write blocks of rows of one table, all with the same columns.

    Args:
        path: of the file, which is written over.
    """

    def __init__(self, path: Path) -> None:
        self._file = zipfile.ZipFile(path, "w")
        self._blocks = 0

    def write(self, table: pd.DataFrame) -> None:
        """Write the next block."""
        if not self._blocks:
            self._put(_NAMES, np.array(list(table.columns), dtype=str))
        for place, column in enumerate(table.columns):
            self._put(f"{self._blocks}/{place}", _array(table[column]))
        self._blocks += 1

    def close(self) -> None:
        """Finish the file."""
        self._file.close()

    def _put(self, name: str, values: npt.NDArray[np.generic]) -> None:
        with self._file.open(zipfile.ZipInfo(name), "w", force_zip64=True) as stream:
            np.lib.format.write_array(stream, values, allow_pickle=False)


def read_frames(path: Path, columns: Collection[str] | None = None) -> Iterator[pd.DataFrame]:
    """Read the blocks of a table; texts become categories.

    Args:
        path: of the file.
        columns: those to read; all by default.
    """
    with zipfile.ZipFile(path) as file:
        names = [str(name) for name in _read(file, _NAMES)]
        wanted = [(place, name) for place, name in enumerate(names) if columns is None or name in columns]
        blocks = (len(file.namelist()) - 1) // len(names)
        for block in range(blocks):
            yield pd.DataFrame({name: _column(_read(file, f"{block}/{place}")) for place, name in wanted})


def _read(file: zipfile.ZipFile, name: str) -> npt.NDArray[np.generic]:
    with file.open(name) as stream:
        return np.lib.format.read_array(stream, allow_pickle=False)


def _array(column: pd.Series) -> npt.NDArray[np.generic]:
    if column.dtype.kind in "fiub":
        return column.to_numpy()
    return np.array(column.astype(object).tolist(), dtype=str)


def _column(values: npt.NDArray[np.generic]) -> pd.Categorical | npt.NDArray[np.generic]:
    return pd.Categorical(values) if values.dtype.kind == "U" else values
