"""Write files as a whole or not at all; read and write tables as CSV."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from videmo.errors import OutputError, ResultsError

if TYPE_CHECKING:
    import pandas as pd

PARTIAL = ".partial-"
"""Temporary files begin with this; one that is left over belongs to a run that was killed."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that takes its place when the block ends well.

    After an error, ``path`` is as it was and the temporary file is gone.

    Raises:
        OutputError: the folder can't be written to or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The suffix stays: writers choose their format by it.
        handle, name = tempfile.mkstemp(prefix=PARTIAL, suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as exc:
        raise unwritable(path, exc) from exc
    partial = Path(name)
    try:
        yield partial
        partial.chmod(0o666 & ~_umask())
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    except OSError as exc:
        raise unwritable(path, exc) from exc
    finally:
        partial.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> OutputError:
    """Say that something can't be written, and why."""
    return OutputError(
        f"{path}: cannot be written ({error.strerror or error}). Free some space or choose another folder with --out."
    )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> None:
    """Write a small text file as a whole."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Any) -> None:
    """Write JSON, readable and with sorted keys."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object, or None where there is none or it is damaged (it is then made anew)."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def write_csv(table: pd.DataFrame, path: Path, decimals: Mapping[str, int]) -> None:
    """Write a table as CSV (UTF-8, LF, empty for missing). Numbers are rounded here, and only here.

    Args:
        table: what to write.
        path: where.
        decimals: digits behind the point, by column.
    """
    known = {name: digits for name, digits in decimals.items() if name in table.columns}
    rounded = table.round(known)
    with replacing(path) as partial:
        rounded.to_csv(partial, index=False, lineterminator="\n", encoding="utf-8")


def read_csv(path: Path, **options: Any) -> pd.DataFrame:
    """Read a table that `write_csv` wrote.

    Raises:
        ResultsError: the file is missing or damaged.
    """
    import pandas as pd

    try:
        return pd.read_csv(path, float_precision="round_trip", keep_default_na=False, na_values=[""], **options)
    except FileNotFoundError as exc:
        raise ResultsError(f"{path}: no such table. Run 'videmo analyze' again with the same --out.") from exc
    except (OSError, ValueError) as exc:
        raise ResultsError(f"{path}: not a readable table ({exc}). Delete it and run 'videmo analyze' again.") from exc


def csv_safe(name: str) -> str:
    """Spell a relative path so that a spreadsheet doesn't take it for a formula: ``=a.mp4`` becomes ``./=a.mp4``."""
    return f"./{name}" if name[:1] in "=+-@\t\r" else name


def csv_unsafe(name: str) -> str:
    """Undo `csv_safe`."""
    return name[2:] if name[:2] == "./" else name
