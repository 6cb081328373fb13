"""What writers leave behind that were killed in the middle of a file."""

from __future__ import annotations

import re
from pathlib import Path

from videmo.files import PARTIAL, unique_name

NOBODY = 2**31 - 1
"""No system gives a process this number."""


def left_over(folder: Path, suffix: str = ".csv", *, place: str = "") -> Path:
    """Write the temporary file of a process that is gone; returns its path.

    Args:
        folder: which may not exist yet.
        suffix: of the file.
        place: of the writer, as `Owner.place`; empty for this machine.
    """
    name = unique_name(PARTIAL, suffix)
    host, here, _, rest = name.removeprefix(PARTIAL).split("-")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{PARTIAL}{host}-{place or here}-{NOBODY}-{rest}"
    path.write_text("half")
    assert re.fullmatch(r"[0-9a-f]{12}", place or here)
    return path
