"""List the layouts that can be read, and read any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from videmo.errors import Given, UsageError
from videmo.training.classifier.datasets.affectnet import read_affectnet
from videmo.training.classifier.datasets.class_folders import read_class_folders
from videmo.training.classifier.datasets.face import LabelledFace
from videmo.training.classifier.datasets.ferplus import read_csv_pair, read_folders, read_table
from videmo.training.classifier.datasets.pictures import read_pictures

Reader = Callable[[Path], Iterator[LabelledFace]]

READERS: Final[dict[str, Reader]] = {
    "ferplus-table": read_table,
    "ferplus-csv": read_csv_pair,
    "ferplus-folders": read_folders,
    "affectnet": read_affectnet,
    "class-folders": read_class_folders,
}
"""Readers of labelled faces. A new layout is one file with a reader and one line here."""
UNLABELLED_READERS: Final[dict[str, Reader]] = {"pictures": read_pictures}


@dataclass(frozen=True, slots=True)
class DataSource:
    """Name a source of faces."""

    format: str
    """A key of `READERS` or, for faces without labels, of `UNLABELLED_READERS`."""
    path: str
    """File or folder; a relative path starts from the data folder."""

    def __post_init__(self) -> None:
        known = (*READERS, *UNLABELLED_READERS)
        if self.format not in known:
            raise UsageError(Given("data format", repr(self.format)), "no such format", f"one of {', '.join(known)}")

    @property
    def labelled(self) -> bool:
        """Tell whether its faces have votes."""
        return self.format in READERS

    def place(self, root: Path) -> Path:
        """Return the path, with ``root`` before a relative one."""
        return root / self.path

    def faces(self, root: Path) -> Iterator[LabelledFace]:
        """Read the faces one by one.

        Raises:
            DatasetError: something is missing or broken; the message names the file and the row.
        """
        return {**READERS, **UNLABELLED_READERS}[self.format](self.place(root))


def parse_source(text: str) -> DataSource:
    """Read ``FORMAT=PATH``.

    Raises:
        UsageError: it isn't of that form.
    """
    kind, equals, path = text.partition("=")
    if not equals or not path:
        raise UsageError(
            Given("dataset", text), "not of this form", f"FORMAT=PATH, where FORMAT is one of {', '.join(READERS)}"
        )
    return DataSource(kind, path)
