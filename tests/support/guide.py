"""What CONTRIBUTING.md tells people to write and to change, read from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import videmo

ROOT = Path(videmo.__file__).parent.parent
WALKTHROUGHS = ("a measure", "a stage", "a detector", "an export format", "an engine", "a store", "a setting")
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def blocks(what: str) -> Iterator[tuple[str, str, str]]:
    """The blocks of code of a section: ``python`` or ``diff``, the file, and what stands below its name."""
    section = re.search(rf"^## Add {what}\n(.*?)^## ", GUIDE, re.DOTALL | re.MULTILINE)
    assert section, f"there is no section 'Add {what}'"
    found = re.findall(r"^```(python|diff)\n# (\S+)\n(.*?)^```$", section[1], re.DOTALL | re.MULTILINE)
    assert len(found) == section[1].count("```") / 2, "a block without a file"
    yield from found


def changed(text: str, diff: str, place: str) -> str:
    """Make the changes of a diff, whose pieces are told from each other by ``@@``."""
    for piece in diff.split("@@\n"):
        lines = piece.splitlines(keepends=True)
        assert all(line[0] in " +-\n" for line in lines), f"{place}: {piece}"
        before = "".join(line[1:] or line for line in lines if line[0] != "+")
        after = "".join(line[1:] or line for line in lines if line[0] != "-")
        assert text.count(before) == 1, f"{place} does not have this once:\n{before}"
        text = text.replace(before, after)
    return text
