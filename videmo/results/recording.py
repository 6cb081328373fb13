"""Read and write the results of one recording: its files, each read once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from videmo.errors import ResultsError
from videmo.persons.cast import Role
from videmo.results import names
from videmo.results.manifest import Manifest
from videmo.results.manifest_file import write_manifest
from videmo.results.table_files import TableFiles
from videmo.store.places import absolute, located, spelled

if TYPE_CHECKING:
    pass


def folder_of_all(folder: Path, key: str) -> Path:
    """Return the location of the folder of all results in which a recording has its own."""
    return folder.parents[len(PurePosixPath(key).parts) - 1]


class RecordingResults(TableFiles):
    """The folder of one recording's results. What is read is kept, so that nobody sees two versions of a file.

    Args:
        folder: its location; it need not exist yet.
        cast: returns what ``cast.csv`` of the folder of all results says of its persons.
    """

    def __init__(self, folder: Path, cast: Callable[[], Sequence[Role]] = tuple) -> None:
        super().__init__(folder, cast)
        self._manifest: Manifest | None = None
        self._finished = False

    # The manifest.

    @property
    def known(self) -> Manifest | None:
        """Read the manifest of a recording that is finished or begun; None where there is neither."""
        if self._manifest is None:
            finished = self._read_manifest(names.MANIFEST)
            self._finished = finished is not None
            self._manifest = finished or self._read_manifest(names.BEGUN)
        return self._manifest

    @property
    def manifest(self) -> Manifest:
        """Read the manifest.

        Raises:
            ResultsError: the recording was never begun.
        """
        if self.known is None:
            raise ResultsError(self.folder, "no results of a recording", advice="Analyse it first.")
        return self.known

    @property
    def out(self) -> Path:
        """Return the location of the folder of all results."""
        return folder_of_all(self.folder, self.manifest.key)

    @property
    def source(self) -> Path:
        """Return the location of the recording; nothing need be there."""
        return located(self.manifest.source, self.out)

    @property
    def finished(self) -> bool:
        """Tell whether the recording is done, with whatever settings."""
        return self.known is not None and self._finished

    def save(self, manifest: Manifest) -> None:
        """Save the manifest after a stage; the recording is not finished yet."""
        with self.writing(names.BEGUN) as path:
            write_manifest(manifest, path)
        self._store.delete(names.MANIFEST)
        self._manifest, self._finished = manifest, False

    def finish(self, manifest: Manifest) -> None:
        """Mark the recording as finished and remove temporary files."""
        with self.writing(names.MANIFEST) as path:
            write_manifest(manifest, path)
        self._manifest, self._finished = manifest, True
        self.tidy()

    def relink(self, location: Path) -> None:
        """Note where the file of the recording lies; nothing is written if that is what is noted."""
        source = spelled(location, self.out)
        if source != self.manifest.source:
            self.note(dataclasses.replace(self.manifest, source=source))

    def note(self, manifest: Manifest) -> None:
        """Save the manifest of a recording, which stays finished if it is."""
        (self.finish if self.finished else self.save)(manifest)

    def reopen(self) -> None:
        """Mark a finished recording as unfinished; its manifest is kept for the next run.

        Raises:
            OutputError: its folder can't be changed.
        """
        if self.has(names.MANIFEST):
            self._store.move(names.MANIFEST, names.BEGUN)
            self._manifest = None

    def tidy(self) -> None:
        """Remove parts and temporary files, of killed runs too."""
        self.discard_parts()
        self.sweep()

    def sweep(self) -> None:
        """Remove what was being written when its writer was killed; finished parts stay."""
        self._store.sweep("", names.WORK)

    # Parts, see `StoredFiles.put_part`.

    def part(self, stage: str, identity: str, index: int, suffix: str = ".npz") -> str:
        """Name the file in which a stage keeps its output for one chunk."""
        return f"{names.WORK}/{stage}-{identity}-{index:04}{suffix}"

    def session_part(self, index: int) -> str:
        """Name the file in which a live session keeps a piece of what it saw."""
        return f"{names.WORK}/live-{index:06}.npz"

    def session_parts(self) -> list[str]:
        """List the pieces that a live session kept, in order."""
        return [name for name in self._store.list(names.WORK) if fnmatch(name, "*/live-*.npz")]

    @property
    def film_part(self) -> str:
        """Name the file in which a live session keeps its pictures."""
        return f"{names.WORK}/live.nut"

    def discard_parts(self) -> None:
        """Remove all parts, and what else is only needed until the recording is finished."""
        self._store.clear(names.WORK)

    def foreign_files(self) -> list[str]:
        """List the files in its folder that no run wrote; exports are among them, for they may have been edited."""
        return [name for name in self._store.list() if name.partition("/")[0] not in names.OF_A_RECORDING]

    # Files that users open.

    @property
    def video(self) -> Path:
        """Return the location of the annotated video."""
        return self.folder / names.VIDEO

    @property
    def has_video(self) -> bool:
        """Tell whether there is an annotated video."""
        return self.has(names.VIDEO)

    @property
    def page(self) -> Path:
        """Return the location of the recording's page."""
        return self.folder / names.REPORT

    @property
    def has_page(self) -> bool:
        """Tell whether there is a page of the recording."""
        return self.has(names.REPORT)

    @property
    def has_thumbnail(self) -> bool:
        """Tell whether there is a picture that stands for the recording."""
        return self.has(names.THUMBNAIL)

    @property
    def film(self) -> Path:
        """Return the location of the video of a live session that was kept."""
        return self.folder / names.FILM

    @property
    def has_film(self) -> bool:
        """Tell whether the recording is the video of a live session that was kept."""
        return absolute(self.source) == absolute(self.film)

    @property
    def home(self) -> str:
        """Return the address of the folder's page, relative to the recording's page."""
        return "../" * len(PurePosixPath(self.manifest.key).parts) + names.INDEX

    def __repr__(self) -> str:
        return f"<results of {self.known.key if self.known else 'an unknown recording'} in {self.folder}>"
