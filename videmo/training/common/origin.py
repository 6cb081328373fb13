"""Keep a training run to what it began with: resumed on other data, its card would say what it never learned from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from videmo.errors import UsageError
from videmo.files import write_json
from videmo.store.identity import file_sha256

_NOTE: Final = "learns_from.json"


def keep_to_data(out: Path, data: Path, **networks: str) -> None:
    """Note what a run learns from, or check that it is what the run in the folder was begun with.

    Args:
        out: folder of the run.
        data: folder with the tables in ``data/``.
        networks: hashes of the networks that it begins with or asks, by what they are to it.

    Raises:
        UsageError: the run was begun with other tables or networks.
    """
    wanted = {path.name: file_sha256(path) for path in sorted((data / "data").glob("*.parquet"))} | networks
    note = out / _NOTE
    if not note.is_file():
        out.mkdir(parents=True, exist_ok=True)
        write_json(note, wanted)
        return
    begun: dict[str, str] = json.loads(note.read_text(encoding="utf-8"))
    others = [name for name in sorted({*begun, *wanted}) if begun.get(name) != wanted.get(name)]
    if others:
        raise UsageError(
            out,
            f"contains a training run that was begun with other data or networks ({', '.join(others)})",
            advice="Choose another folder, or delete this one.",
        )
