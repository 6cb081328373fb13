"""Hold a recording while it is brought up to date: what the stages read and write."""

from __future__ import annotations

import contextlib
import dataclasses
import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING

from videmo.errors import RecordingError
from videmo.pipeline.work import Work
from videmo.records import Recording
from videmo.results.manifest import Manifest, Result
from videmo.results.recording import RecordingResults
from videmo.results.schema import NEEDED
from videmo.store.recordings import may_exist
from videmo.version import __version__

if TYPE_CHECKING:
    import pandas as pd

    from videmo.persons.linked import Links
    from videmo.persons.sights import Sights

_AS_IT_WAS = (
    "the annotated video is of other settings or another version than the tables, and the recording is not there to "
    "write it again"
)
_PLACE = "place"
"""Column with the place of a row in the file, while rows change their order."""


class Unseen(enum.Enum):
    """Tell whether the recording of a page could be seen."""

    NO = "seen"
    PICTURED = "pictured"
    """It could not: the page shows pictures that were kept."""
    BARE = "bare"
    """It could not, and there was none to show."""


class Update:
    """A recording while it is brought up to date in this process: its results, its manifest, what is in memory.

    Args:
        work: what there is to do.
        files: what each stage leaves in the folder, by its name.
        observations: the observation table of a recording that was observed elsewhere, with all its columns.
    """

    def __init__(
        self,
        work: Work,
        files: Mapping[str, tuple[str, ...]],
        observations: pd.DataFrame | None = None,
    ) -> None:
        self.work = work
        self.results: RecordingResults = work.results
        self.observations = observations
        """The observation table while it is worked on; None until a stage needs it."""
        self.fresh = observations is not None
        """True if the table was observed just now and no file holds it yet."""
        self.anew = self.fresh
        """True if it was observed just now, also once it is written."""
        self.changed = False
        """True if the table differs from the file."""
        self.sights: Sights | None = None
        """What recognises its faces, until it is needed no more."""
        self.links: Links | None = None
        """Whose tracks are whose, once persons were found."""
        self.unseen = Unseen.NO
        """Whether a page had to be made without a look at the recording."""
        self.stale_video = False
        """True if an annotated video was removed because it showed something else."""
        self._files, self._manifest = files, work.manifest

    @property
    def manifest(self) -> Manifest:
        """Return the manifest of the recording so far."""
        return self._manifest or self.results.manifest

    @manifest.setter
    def manifest(self, manifest: Manifest) -> None:
        self._manifest = manifest

    def open_observations(self) -> pd.DataFrame:
        """Return the observation table; read from the file, without the columns that nothing is derived from."""
        if self.observations is None:
            import numpy as np

            table = self.results.observations(NEEDED)
            self.results.let_go()
            self.changed |= self.results.lacks_columns()
            self.observations = table.assign(**{_PLACE: np.arange(len(table), dtype=np.int32)})
        return self.observations

    def write_observations(self, table: pd.DataFrame) -> None:
        """Write the observation table where it changed; keep it in memory for the next stages.

        Raises:
            OutputError: it can't be written.
        """
        if self.fresh:
            self.results.write_observations(table)
        else:
            places = table.pop(_PLACE).to_numpy()
            if self.changed:
                self.results.rewrite_observations(table, places)
        self.fresh = self.changed = False
        self.observations = table
        self.results.keep_observations(table)

    def note_done(self, stages: Mapping[str, str]) -> None:
        """Note stages as done, by their hashes."""
        self.manifest = self.manifest.with_stages(**stages)
        self._save()

    def forget_stale(self) -> None:
        """Remove files that no longer belong to these results, before the tables that they are made from change."""
        manifest = self.manifest
        gone = ["tables", *(["persons"] if self.changed or self.fresh else [])]
        for name, files in self._files.items():
            if name not in ("observe", "tables") and manifest.stages.get(name) != self.work.hashes.get(name):
                gone.append(name)
                if name == "annotation" and self._cannot_be_written_again():
                    said = manifest.notes.get("video", ())
                    manifest = manifest.with_note("video", dict.fromkeys([*said, _AS_IT_WAS]))
                    continue
                removed = self.results.remove(*files)
                self.stale_video |= name == "annotation" and bool(removed)
        self.manifest = manifest.without_stages(*gone)
        self._save()

    def _cannot_be_written_again(self) -> bool:
        """Tell whether there is a video of the same persons, hidden or not as is wanted, whose recording is gone."""
        manifest, settings = self.manifest, self.work.settings
        same = manifest.stages.get("persons") == self.work.hashes.get("persons")
        hides = settings.anonymize.hides_faces and not manifest.hides_faces
        return self.results.has_video and same and not hides and not may_exist(self.work.source.path)

    def begin_hiding(self) -> None:
        """Remove what shows faces, and note that they are hidden from now on, before the first file that hides them.

        Interrupted after that, a recording lacks its page. Without it, later commands would take the old settings for
        those that are wanted, and show the faces again.
        """
        manifest, wanted = self.manifest, self.work.settings.anonymize
        if manifest.settings is None or manifest.settings.anonymize.hides_faces or not wanted.hides_faces:
            return
        self.results.forget_page()
        self.results.forget_sights()
        settings = dataclasses.replace(manifest.settings, anonymize=wanted)
        self.manifest = dataclasses.replace(manifest.without_stages("report"), settings=settings)
        self._save()

    def _save(self) -> None:
        """Save the manifest; before there are settings in it, it says whether faces are hidden."""
        if self.manifest.settings is None:
            self.manifest = dataclasses.replace(self.manifest, hidden=self.work.settings.anonymize.hides_faces)
        self.results.save(self.manifest)

    def keep_sights(self) -> None:
        """Write what recognises the faces that were found, unless faces are hidden.

        Analysed anew without, a recording has nothing of an earlier analysis that recognises them either.
        """
        if self.anew and not self.work.settings.identity.enabled:
            self.results.forget_sights()
        if self.sights is not None and not self.work.settings.anonymize.hides_faces:
            self.results.write_sights(self.sights)

    def drop_sights(self) -> None:
        """Delete what recognises faces if they are hidden: then nobody wants them recognised.

        Once it is written whose tracks are whose: after it, that can't be found out again.
        """
        if self.work.settings.anonymize.hides_faces:
            self.results.forget_sights()

    def finish(self) -> Manifest:
        """Mark the recording as finished."""
        # Also where the tables stand: the video and the page follow settings of their own.
        manifest = dataclasses.replace(self.manifest, settings=self.work.settings, hidden=False, videmo=__version__)
        if manifest.is_of_file:
            manifest = dataclasses.replace(manifest, source=self.work.spelled_source)
        if manifest.result.incomplete is None:
            manifest = self.with_ending(manifest)
        self.manifest = manifest
        self.drop_sights()
        if self.work.settings.anonymize.hides_faces:
            self.results.forget_pictures()
        self.results.finish(manifest)
        return manifest

    def with_ending(self, manifest: Manifest) -> Manifest:
        """Note whether the recording is cut off, or may be; looks into the file only where there is reason to."""
        from videmo.video.wholeness import doubts, ends_in

        recording = self.work.recording
        with contextlib.suppress(RecordingError), self.work.opened() as opened:
            incomplete = self._ends_early(opened, manifest.result) or ends_in(opened)
            return manifest.with_note("file", doubts(opened)).with_result(incomplete=incomplete)
        return manifest.with_result(incomplete=self._ends_early(recording, manifest.result))

    def _ends_early(self, recording: Recording, result: Result) -> str:
        """Say where the recording ends before its header does; of parts put together, that means nothing."""
        from videmo.video.announced import ends_early, falls_short

        if result.restarts or not falls_short(recording, result.duration_s):
            return ""
        return ends_early(recording, result.duration_s)
