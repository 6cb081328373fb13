"""Read and write the folder of a study: what its user says in it, and what is made of that and of results."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from videmo.errors import ResultsError, StudyError
from videmo.files import read_json, write_json, write_text
from videmo.results import names
from videmo.results.csv import read_csv, read_csv_pieces, write_csv, write_csv_pieces
from videmo.results.folder import ResultsFolder
from videmo.results.locks import Locks
from videmo.results.stored import StoredFiles
from videmo.store.protocol import StoreError
from videmo.store.stores import same_folder

if TYPE_CHECKING:
    import pandas as pd

INPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "plan": (names.STUDY,),
    "participants": names.PARTICIPANTS,
    "cast": names.CAST,
    "events": names.EVENTS,
    "codes": names.CODES,
}
"""What the user says, and the files in which it may stand."""
MADE: Final = "results"
"""The folder inside of a study's that holds what was made."""
_FLOW: Final = "flow.json"
_TEXTS: Final = ("participant_id", "session", "dyad", "label", "stimulus", "event")
_MORE_TEXTS: Final = (
    "contrast", "emotion", "measure", "level_a", "level_b", "group", "recording", "a", "b", "coder_a", "coder_b",
    "code", "code_a", "code_b",
)  # fmt: skip
"""Of tables without the variables of the participants, which may be numbers and are called as the user likes."""
_WITH_VARIABLES: Final = (names.SEGMENTS, names.PARTICIPANTS_LONG, names.PARTICIPANTS_WIDE)


class StudyFolder(StoredFiles):
    """The folder of a study.

    Args:
        path: its location; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path

    # What the user says.

    def inputs(self) -> dict[str, tuple[str, bytes]]:
        """Read the files of the user: for each kind that is there its name, for errors, and its content.

        Raises:
            StudyError: two files say the same, or one can't be read.
        """
        found = {}
        for kind, files in INPUTS.items():
            there = [name for name in files if self.has(name)]
            if len(there) > 1:
                raise StudyError(
                    self.path / there[1], f"{there[0]} says the same", advice="Remove one of the two files."
                )
            if there:
                found[kind] = (str(self.path / there[0]), self._content(there[0]))
        return found

    def _content(self, name: str) -> bytes:
        try:
            return self.read(name)
        except StoreError as exc:
            raise StudyError(self.path / name, exc.found, exc.expected, exc.advice) from exc

    def name_of(self, kind: str) -> str:
        """Return the name of the user's file of a kind: the one that is there, else the one to write."""
        return next((name for name in INPUTS[kind] if self.has(name)), INPUTS[kind][0])

    def has_input(self, kind: str) -> bool:
        """Tell whether the user's file of a kind is there."""
        return any(self.has(name) for name in INPUTS[kind])

    def write_input(self, kind: str, text: str) -> Path:
        """Write one of the user's files, in place of an earlier one."""
        name = self.name_of(kind)
        with self.writing(name) as path:
            write_text(path, text)
        return self.path / name

    def results_folder(self, said: str) -> ResultsFolder:
        """Return the folder of results that the study is about.

        Args:
            said: its path, relative to the folder of the study.

        Raises:
            StudyError: what is made would lie among them.
        """
        location = Path(os.path.normpath(self.path / said)) if said else self.path.parent
        self.check_apart(location)
        return ResultsFolder(location)

    def check_apart(self, results: Path) -> None:
        """Refuse a study whose own results would be written over those that it is about.

        Raises:
            StudyError: they would.
        """
        made = self.path / MADE
        if os.path.normpath(made.absolute()) == os.path.normpath(results.absolute()) or same_folder(made, results):
            advice = "Choose another folder for the study, for example one beside the results."
            raise StudyError(self.path, f"what it makes would be written over the results in {results}", advice=advice)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the folder for one run.

        Raises:
            OutputError: another run holds it, or it can't be written to.
        """
        with Locks(StoredFiles(self.path / MADE)._store, self.path).whole():
            yield

    # What is made.

    def has_made(self, *files: str) -> bool:
        """Tell whether all of some files were made."""
        return self.has(*(f"{MADE}/{name}" for name in files))

    def making(self, name: str) -> Any:
        """Yield a path to write one of the files to that are made, as `writing` does."""
        return self.writing(f"{MADE}/{name}")

    def write_made_table(self, name: str, table: pd.DataFrame, decimals: Mapping[str, int]) -> None:
        """Write a table with so many decimal places."""
        with self.making(name) as path:
            write_csv(table, path, decimals)

    def write_made_pieces(self, name: str, pieces: Iterable[pd.DataFrame], decimals: Mapping[str, int]) -> None:
        """Write a table as `write_made_table` does, from pieces that need not be in memory all at once."""
        with self.making(name) as path:
            write_csv_pieces(pieces, path, decimals)

    def write_made_text(self, name: str, text: str) -> None:
        """Write a text."""
        with self.making(name) as path:
            write_text(path, text)

    def remove_made(self, *files: str) -> None:
        """Remove files that were made."""
        self.remove(*(f"{MADE}/{name}" for name in files))

    def read_made(self, name: str) -> pd.DataFrame:
        """Read a table that was made: ids, labels, levels and codes are texts, also where they look like numbers.

        Raises:
            ResultsError: it is missing or damaged.
        """
        with self._reading_made(name) as path:
            return read_csv(path, dtype=_texts_of(name))

    def read_made_pieces(self, name: str) -> Iterator[pd.DataFrame]:
        """Yield the rows of a table as `read_made` reads them, some at a time.

        Raises:
            ResultsError: it is missing or damaged.
        """
        with self._reading_made(name) as path:
            yield from read_csv_pieces(path, dtype=_texts_of(name))

    @contextmanager
    def _reading_made(self, name: str) -> Iterator[Path]:
        if not self.has_made(name):
            made = ", ".join(table.removesuffix(".csv") for table in self.tables)
            advice = f"It has {made}; tables of dyads and coders are made where a study has these."
            advice = advice if made else "Run the study first."
            raise ResultsError(self.path / MADE / name, "no such table", advice=advice)
        with self.reading(f"{MADE}/{name}") as path:
            yield path

    def read_made_bytes(self, name: str) -> bytes:
        """Read a small file that was made.

        Raises:
            StoreError: it is not there or can't be read.
        """
        return self.read(f"{MADE}/{name}")

    @property
    def tables(self) -> list[str]:
        """List the names of the tables that were made."""
        return [name for name in names.STUDY_TABLES if self.has_made(name)]

    @property
    def made(self) -> Path:
        """Return the location of the folder with what was made."""
        return self.path / MADE

    @property
    def first_to_open(self) -> Path:
        """Return the location of the file to open first: the page, else the table of comparisons."""
        return self.made / (names.INDEX if self.has_made(names.INDEX) else names.COMPARISONS)

    @property
    def guard(self) -> Path:
        """Return the path, on this machine, of the file that other processes of a run hold while they write here."""
        return self._store.here / MADE / names.GUARD

    @property
    def page(self) -> Path:
        """Return the location of the page."""
        return self.path / MADE / names.INDEX

    def stages(self) -> dict[str, str]:
        """Return what each stage was made from, as far as an earlier run noted it."""
        try:
            with self._store.local(f"{MADE}/{names.WORK}/{names.STUDY_MANIFEST}") as path:
                noted = (read_json(path) or {}).get("stages", {})
        except StoreError:
            return {}
        return {str(name): str(value) for name, value in noted.items()} if isinstance(noted, dict) else {}

    def note_stages(self, stages: Mapping[str, str]) -> None:
        """Note what each stage was made from."""
        with self.writing(f"{MADE}/{names.WORK}/{names.STUDY_MANIFEST}") as path:
            write_json(path, {"stages": dict(stages)})

    def note_run(self, content: Mapping[str, Any]) -> None:
        """Write ``study.json``: what was done, with which settings, and the main numbers."""
        with self.making(names.STUDY_MANIFEST) as path:
            write_json(path, content)

    def noted_run(self) -> dict[str, Any]:
        """Read ``study.json``; empty where there is none."""
        try:
            with self._store.local(f"{MADE}/{names.STUDY_MANIFEST}") as path:
                return read_json(path) or {}
        except StoreError:
            return {}

    # Arrays that later stages need.

    def keeping(self, name: str) -> Any:
        """Yield a path to keep arrays in for later stages."""
        return self.writing(f"{MADE}/{names.WORK}/{name}")

    def kept(self, name: str) -> Any:
        """Yield the path of arrays that were kept."""
        return self.reading(f"{MADE}/{names.WORK}/{name}")

    def keep_flow(self, flow: Mapping[str, int], remarks: list[str]) -> None:
        """Keep how many participants there are at each step, and what was odd about the comparisons."""
        with self.keeping(_FLOW) as path:
            write_json(path, {"flow": dict(flow), "remarks": remarks})

    def kept_flow(self) -> dict[str, Any]:
        """Return what `keep_flow` kept."""
        with self.kept(_FLOW) as path:
            return read_json(path) or {}

    def tidy(self) -> None:
        """Remove what killed runs left half-written."""
        self._store.sweep(
            "", MADE, f"{MADE}/{PurePosixPath(names.figure('any', 'png')).parent}", f"{MADE}/{names.WORK}"
        )

    def __repr__(self) -> str:
        return f"<folder of a study {self.path}>"


def _texts_of(name: str) -> dict[str, type]:
    """Return which columns of a table are texts."""
    return dict.fromkeys((*_TEXTS, *(() if name in _WITH_VARIABLES else _MORE_TEXTS)), str)
