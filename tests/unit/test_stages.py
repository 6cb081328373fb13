"""The stages of a recording: what their hashes follow from, what they may read, what is due, and in which order."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clips import make_clip
from videmo.config import merge_settings
from videmo.errors import OutputError, RecordingError
from videmo.pipeline import folder as folder_stages
from videmo.pipeline import plan as planning
from videmo.pipeline import run as running
from videmo.pipeline.folder import FOLDER_STAGES, update_folder
from videmo.pipeline.graph import STAGES
from videmo.pipeline.plan import network_hashes, plan_analysis, plan_report, plan_video
from videmo.pipeline.run import Phase, bring_up_to_date, phases_of
from videmo.pipeline.stage import Stage, hashes_of, visible
from videmo.pipeline.update import Update
from videmo.pipeline.work import Work
from videmo.records import Source
from videmo.results.failures import Failure
from videmo.results.folder import ResultsFolder
from videmo.results.manifest import Manifest
from videmo.results.names import INDEX, OVERVIEW, RECORDINGS, WORK
from videmo.results.recording import RecordingResults
from videmo.settings import Settings, declarations, setting

BASE = merge_settings(Settings(), None, {"reading.chunk_s": 0.5, "plots.dpi": 30})
HIDING = merge_settings(BASE, None, {"anonymize.how": "blur"})
SHOWN = {"tables", "plots", "report"}
"""Stages behind the persons that need no recording."""
VIDEO = {"labels", "cover", "annotation"}
EVERYTHING = {"observe", "persons", *SHOWN, *VIDEO}
BEHIND = {
    "reading": EVERYTHING,
    "detector": {"search", *EVERYTHING},
    "landmarks": EVERYTHING,
    "classifier": EVERYTHING,
    "identity": EVERYTHING,
    "tracking": EVERYTHING - {"observe"},
    "timeline": SHOWN,
    "episodes": SHOWN,
    "quality": SHOWN,
    "tables": SHOWN,
    "plots": {"plots"},
    "report": {"report"},
    "annotation": {"annotation"},
    "anonymize": {"search", "cover", "annotation"},
}
"""The stages that a new setting of each section makes anew, while faces are hidden."""


def hashes(settings: Settings, stages: tuple[Stage, ...] = STAGES, **extra: str) -> dict[str, str]:
    """The hashes of all stages that apply."""
    return hashes_of(stages, settings, {}, extra)


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    """The stages whose hashes differ."""
    return {name for name in {*one, *other} if one.get(name) != other.get(name)}


def with_added(settings: Settings, section: str, value: int) -> Settings:
    """Settings with one more setting in a section, as if somebody had declared it."""
    record = getattr(settings, section)
    field = ("added", int, setting(0, "A setting that was added."))
    kind = dataclasses.make_dataclass("Added", [field], bases=(type(record),), frozen=True)
    kept = {each.name: getattr(record, each.name) for each in dataclasses.fields(record)}
    return dataclasses.replace(settings, **{section: kind(**kept, added=value)})


# Hashes follow the declarations.


def test_each_stage_stands_behind_those_that_it_needs() -> None:
    seen: set[str] = set()
    for stage in STAGES:
        assert set(stage.needs) <= seen
        seen.add(stage.name)
    assert len(seen) == len(STAGES)


def test_stages_declare_settings_that_there_are() -> None:
    sections = {each.name for each in dataclasses.fields(Settings)}
    for stage in STAGES:
        for name in stage.settings:
            section, _, single = name.partition(".")
            assert section in sections, stage.name
            assert not single or name in declarations() or single == "hides_faces", stage.name


def test_every_section_belongs_to_a_stage() -> None:
    assert {each.name for each in dataclasses.fields(Settings)} == set(BEHIND)


@pytest.mark.parametrize("section", BEHIND)
def test_a_setting_that_is_added_to_a_section_makes_its_stages_and_those_behind_them_anew(section: str) -> None:
    before, after = (hashes(with_added(HIDING, section, value)) for value in (1, 2))
    assert differing(before, after) == BEHIND[section]


@pytest.mark.parametrize("name", [name for name, found in declarations().items() if found.setting.neutral])
def test_a_neutral_setting_makes_nothing_anew(name: str) -> None:
    value = declarations()[name].default
    other = (not value) if isinstance(value, bool) else value + 1
    assert hashes(merge_settings(HIDING, None, {name: other})) == hashes(HIDING)


def test_a_single_setting_of_another_section_is_in_the_hash_and_its_neighbours_are_not() -> None:
    before = hashes(BASE)
    wider = hashes(merge_settings(BASE, None, {"timeline.max_gap_s": 1.0}))
    finer = hashes(merge_settings(BASE, None, {"timeline.step_s": 0.1}))
    assert differing(before, wider) == {*SHOWN, "labels", "annotation"}
    assert differing(before, finer) == SHOWN


def test_how_faces_are_hidden_is_no_matter_while_they_are_shown() -> None:
    assert hashes(merge_settings(BASE, None, {"anonymize.hold_s": 5.0})) == hashes(BASE)
    assert not {"search", "cover"} & set(hashes(BASE))


def test_hiding_faces_makes_the_video_and_the_page_anew_and_no_table() -> None:
    assert differing(hashes(BASE), hashes(HIDING)) == {"search", "cover", "annotation", "report"}
    pixelated = hashes(merge_settings(HIDING, None, {"anonymize.how": "pixelate"}))
    assert differing(hashes(HIDING), pixelated) == {"search", "cover", "annotation"}


def test_what_people_csv_says_makes_the_persons_and_what_follows_anew() -> None:
    assert differing(hashes(HIDING), hashes(HIDING, persons="said")) == EVERYTHING - {"observe"}
    assert hashes(HIDING, persons="") == hashes(HIDING)


def test_a_hash_that_is_known_is_taken_as_it_is() -> None:
    found = hashes_of(STAGES, BASE, {"observe": "as it was"}, {})
    assert found["observe"] == "as it was"
    assert differing(found, hashes(BASE)) == EVERYTHING - {"cover"}


@pytest.mark.parametrize(
    ("stage", "behind"),
    [(stage.name, {stage.name}) for stage in STAGES if stage.name in ("plots", "report", "annotation")]
    + [("tables", SHOWN), ("persons", EVERYTHING - {"observe"}), ("search", {"search", "cover", "annotation"})],
)
def test_a_raised_version_makes_a_stage_and_those_behind_it_anew(stage: str, behind: set[str]) -> None:
    raised = tuple(dataclasses.replace(each, version=99) if each.name == stage else each for each in STAGES)
    assert differing(hashes(HIDING), hashes(HIDING, raised)) == behind


def test_another_network_is_another_observation(tmp_path: Path) -> None:
    others = ({"classifier.name": "founding"}, {"detector.name": "haar"})
    found = [hashes(merge_settings(BASE, None, change))["observe"] for change in ({}, *others)]
    assert len(set(found)) == 3


# A stage reads what it declares.


def _stage(name: str) -> Stage:
    return next(stage for stage in STAGES if stage.name == name)


def test_a_stage_sees_what_it_and_those_before_it_declare() -> None:
    seen = visible(STAGES, _stage("tables"), BASE)
    assert seen.timeline == BASE.timeline
    assert seen.reading.fps == BASE.reading.fps
    assert visible(STAGES, _stage("labels"), BASE).timeline.max_gap_s == BASE.timeline.max_gap_s


@pytest.mark.parametrize(
    ("stage", "read", "said"),
    [
        ("tables", lambda settings: settings.plots.dpi, "stage 'tables' reads settings.plots without"),
        ("observe", lambda settings: settings.tracking, "stage 'observe' reads settings.tracking without"),
        ("labels", lambda settings: settings.timeline.step_s, "stage 'labels' reads settings.timeline.step_s without"),
        ("report", lambda settings: settings.anonymize.how, "stage 'report' reads settings.anonymize.how without"),
    ],
)
def test_reading_a_setting_that_is_not_declared_is_an_error(stage: str, read: Any, said: str) -> None:
    with pytest.raises(AttributeError, match=said):
        read(visible(STAGES, _stage(stage), BASE))


# What is due.


@dataclass(frozen=True)
class Recorded:
    """A recording and the folder of its results."""

    clip: Path
    folder: Path

    def plan(self, settings: Settings = BASE, **changes: Any) -> Work:
        """Plan its analysis; ``changes`` are settings by dotted name, with ``__`` for the dot."""
        afresh = changes.pop("afresh", False)
        settings = merge_settings(settings, None, {name.replace("__", "."): value for name, value in changes.items()})
        source = Source(self.clip, self.clip.name)
        return plan_analysis(source, self.results, settings, network_hashes(settings), afresh=afresh)

    @property
    def results(self) -> RecordingResults:
        """What is there now."""
        return RecordingResults(self.folder)

    def stamps(self) -> dict[str, int]:
        """When each file was written, by name."""
        return {path.name: path.stat().st_mtime_ns for path in self.folder.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A recording of two seconds, nobody in it, with everything made."""
    folder = tmp_path_factory.mktemp("recorded")
    make_clip(folder / "clip.mp4", frames=50)
    made = Recorded(folder / "clip.mp4", folder / "out" / "clip.mp4")
    bring_up_to_date(made.plan())
    return made


@pytest.fixture
def recorded(finished: Recorded, tmp_path: Path) -> Recorded:
    """The same, to do with as a test likes."""
    shutil.copytree(finished.folder, tmp_path / "out" / "clip.mp4")
    recorded = Recorded(finished.clip, tmp_path / "out" / "clip.mp4")
    recorded.results.relink(finished.clip)
    return recorded


def test_everything_is_due_for_a_new_recording(finished: Recorded, tmp_path: Path) -> None:
    new = Recorded(finished.clip, tmp_path / "out" / "clip.mp4")
    assert new.plan().due == {"observe", "persons", "tables", "plots", "labels", "annotation", "report"}
    assert new.plan(HIDING).due == {"search", *EVERYTHING}
    bare = {"annotation__enabled": False, "plots__enabled": False, "report__enabled": False}
    assert new.plan(HIDING, **bare).due == {"observe", "persons", "tables"}


def test_nothing_is_due_when_all_is_done(finished: Recorded) -> None:
    work = finished.plan()
    assert not work.due
    assert not work.anything
    assert not work.chunks
    assert not finished.plan(reading__chunk_s=5.0, plots__enabled=False).anything, "neutral settings"


def test_all_is_due_when_it_is_wanted_afresh(finished: Recorded) -> None:
    assert finished.plan(afresh=True).due == EVERYTHING - {"cover"}


@pytest.mark.parametrize(
    ("name", "due"),
    [
        ("observations.csv", {"observe", "persons", *SHOWN}),
        ("timeline.csv", SHOWN),
        ("quality.csv", SHOWN),
        ("timeline.svg", {"plots"}),
        ("report.html", {"report"}),
        ("annotated.mp4", {"labels", "annotation", "report"}),
    ],
)
def test_a_missing_file_is_made_again_with_what_depends_on_it(name: str, due: set[str], recorded: Recorded) -> None:
    (recorded.folder / name).unlink()
    assert recorded.plan().due == due


@pytest.mark.slow
def test_what_was_missing_comes_back_and_what_does_not_depend_on_it_stays(recorded: Recorded) -> None:
    content, before = (recorded.folder / "summary.csv").read_bytes(), recorded.stamps()
    (recorded.folder / "summary.csv").unlink()
    bring_up_to_date(recorded.plan())
    after = recorded.stamps()
    assert (recorded.folder / "summary.csv").read_bytes() == content
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] == after[name]} == {
        "observations.csv",
        "tracks.npz",
        "annotated.mp4",
    }
    assert not recorded.plan().anything


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({"reading__fps": 5.0}, EVERYTHING - {"cover"}),
        ({"tracking__min_detections": 5}, EVERYTHING - {"cover", "observe"}),
        ({"timeline__step_s": 1.0}, SHOWN),
        ({"plots__dpi": 31}, {"plots"}),
        ({"annotation__quality": 30}, {"labels", "annotation", "report"}),
        ({"annotation__quality": 30, "annotation__enabled": False}, set()),
        ({"plots__dpi": 31, "plots__enabled": False}, set()),
        ({"anonymize__how": "box"}, {"search", *VIDEO, "report"}),
    ],
)
def test_changed_settings_make_due_what_they_affect(changes: dict[str, Any], due: set[str], finished: Recorded) -> None:
    assert finished.plan(**changes).due == due


def test_a_page_is_made_anew_with_its_video_wanted_or_not(recorded: Recorded) -> None:
    changes = {"annotation__quality": 30, "report__enabled": False}
    assert recorded.plan(**changes).due == {"labels", "annotation", "report"}
    (recorded.folder / "report.html").unlink()
    assert recorded.plan(**changes).due == {"labels", "annotation"}


def test_what_people_csv_says_is_due_without_looking_again(recorded: Recorded) -> None:
    (recorded.folder / "people.csv").write_text("person,name\n1,Anna\n")
    assert recorded.plan().due == EVERYTHING - {"cover", "observe"}


def test_a_recording_that_only_lacks_its_last_word_is_finished(recorded: Recorded) -> None:
    recorded.results.reopen()
    work = recorded.plan()
    assert not work.due
    assert work.anything
    before = recorded.stamps()
    bring_up_to_date(work)
    assert recorded.results.finished
    assert {name: stamp for name, stamp in recorded.stamps().items() if name != "run.json"} == before


def test_another_file_makes_all_due_and_a_touched_one_nothing(recorded: Recorded, tmp_path: Path) -> None:
    clip = tmp_path / "elsewhere" / "clip.mp4"
    clip.parent.mkdir()
    shutil.copy(recorded.clip, clip)
    elsewhere = Recorded(clip, recorded.folder)
    assert not elsewhere.plan().anything, "the same content"
    make_clip(clip, frames=40)
    with pytest.raises(RecordingError, match="holds the results of another recording"):
        elsewhere.plan()
    assert elsewhere.plan(afresh=True).due == EVERYTHING - {"cover"}
    bring_up_to_date(elsewhere.plan(afresh=True, plots__enabled=False, annotation__enabled=False))
    make_clip(clip, frames=30)
    assert elsewhere.plan().due == EVERYTHING - {"cover"}, "the same path, another content"
    os.utime(clip, (1, 1))


def test_hiding_faces_takes_away_what_shows_them(recorded: Recorded) -> None:
    assert recorded.plan(HIDING).due == {"search", *VIDEO, "report"}
    unwanted = recorded.plan(HIDING, annotation__enabled=False)
    assert unwanted.due == {"tables", "report"}
    update = bring_up_to_date(unwanted)
    assert update.stale_video
    assert not (recorded.folder / "annotated.mp4").exists()
    assert "annotated.mp4" not in (recorded.folder / "report.html").read_text(encoding="utf-8")
    assert not recorded.plan(HIDING, annotation__enabled=False).anything


def test_a_video_that_cannot_be_written_again_stays_and_it_is_said(recorded: Recorded, tmp_path: Path) -> None:
    clip = Path(shutil.copy2(recorded.clip, tmp_path / recorded.clip.name))
    recorded.results.relink(clip)
    recorded, away = Recorded(clip, recorded.folder), clip.rename(tmp_path / "away.mp4")
    before = recorded.results.video.read_bytes()
    stricter = merge_settings(BASE, None, {"quality.min_height_px": 200})
    for _ in range(2):
        update = bring_up_to_date(plan_report(recorded.results, stricter, plots=False, report=True))
        assert not update.stale_video
    assert recorded.results.video.read_bytes() == before
    (said,) = recorded.results.manifest.notes["video"]
    assert said.startswith("the annotated video is of other settings or another version than the tables")
    away.rename(recorded.clip)
    bring_up_to_date(recorded.plan(stricter))
    assert "video" not in recorded.results.manifest.notes
    recorded.clip.rename(away)
    hiding = merge_settings(stricter, None, {"anonymize.how": "blur"})
    assert bring_up_to_date(plan_report(recorded.results, hiding, plots=False, report=True)).stale_video


def test_hiding_faces_takes_away_a_page_that_nobody_wants(recorded: Recorded) -> None:
    bring_up_to_date(recorded.plan(HIDING, annotation__enabled=False, report__enabled=False))
    assert not {"annotated.mp4", "report.html", "thumbnail.jpg"} & recorded.stamps().keys()


def test_a_report_is_made_of_what_was_observed(recorded: Recorded) -> None:
    settings = merge_settings(BASE, None, {"timeline.step_s": 1.0, "reading.fps": 1.0})
    work = plan_report(recorded.results, settings, plots=False, report=True)
    assert work.due == {"tables", "report"}
    assert not work.chunks
    assert work.hashes["observe"] == recorded.results.manifest.stages["observe"]


def test_a_video_alone_is_made_with_what_serves_it(recorded: Recorded) -> None:
    assert plan_video(recorded.results, BASE, {}).due == {"labels", "annotation", "report"}
    assert plan_video(recorded.results, HIDING, network_hashes(HIDING)).due == {"search", *VIDEO, "report"}
    (recorded.folder / "people.csv").write_text("person,name\n1,Anna\n")
    with pytest.raises(RecordingError, match=r"people\.csv"):
        plan_video(recorded.results, BASE, {})


def test_tables_of_another_version_are_not_blamed_on_people(recorded: Recorded) -> None:
    manifest = recorded.results.manifest
    recorded.results.finish(dataclasses.replace(manifest, stages={**manifest.stages, "tables": "of then"}))
    with pytest.raises(RecordingError, match="its tables were made by another version") as caught:
        plan_video(Recorded(recorded.clip, recorded.folder).results, BASE, {})
    assert "people.csv" not in str(caught.value)


# In which order.


def names_of(phases: tuple[Phase, ...]) -> list[tuple[list[str], list[str]]]:
    """What goes chunk by chunk, and what goes in one go, phase by phase."""
    return [([stage.name for stage in phase.chunked], [stage.name for stage in phase.whole]) for phase in phases]


def phases_with(work: Work, *due: str) -> tuple[Phase, ...]:
    """The phases of the work, if just these stages were due."""
    return phases_of(dataclasses.replace(work, due=frozenset(due)))


def test_frames_are_searched_and_observed_side_by_side_and_the_video_waits_for_both(finished: Recorded) -> None:
    phases = phases_of(finished.plan(HIDING, afresh=True))
    assert names_of(phases) == [
        (["search", "observe"], ["search", "observe", "persons", "tables", "plots", "cover", "labels"]),
        (["annotation"], ["annotation", "report"]),
    ]
    assert [phase.last for phase in phases] == [False, True]


def test_without_a_video_there_is_one_phase(finished: Recorded) -> None:
    phases = phases_with(finished.plan(), "observe", "persons", "tables", "plots", "report")
    assert names_of(phases) == [(["observe"], ["observe", "persons", "tables", "plots", "report"])]
    assert phases[0].last


def test_a_video_alone_waits_for_its_labels(finished: Recorded) -> None:
    phases = phases_with(finished.plan(), "labels", "annotation", "report")
    assert names_of(phases) == [([], ["labels"]), (["annotation"], ["annotation", "report"])]


def test_work_without_stages_has_a_phase_that_finishes(finished: Recorded) -> None:
    assert names_of(phases_with(finished.plan())) == [([], [])]
    assert phases_with(finished.plan())[0].last


# One broken stage.


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stages whose names are put into the list fail; they say so in an error."""
    broken: list[str] = []

    def failing(stage: Stage) -> Stage:
        def run(update: Update, settings: Settings) -> None:
            if stage.name in broken:
                raise OutputError(stage.name, "it is broken")
            assert stage.run is not None
            stage.run(update, settings)

        return dataclasses.replace(stage, run=run) if stage.run is not None else stage

    stages = tuple(map(failing, STAGES))
    for module in (planning, running):
        monkeypatch.setattr(module, "STAGES", stages)
    return broken


def broken(*_: Any) -> None:
    """Fail, as if the disk were full."""
    raise OutputError("persons.csv", "it is broken")


def _noted(results: RecordingResults) -> set[str]:
    manifest: Manifest = results.manifest
    return set(manifest.stages)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "kept", "due"),
    [
        ("persons", set(), EVERYTHING - {"cover"}),
        ("tables", set(), EVERYTHING - {"cover"}),
        ("plots", {"observe", "persons", "tables"}, {"plots", *VIDEO, "report"} - {"cover"}),
        ("labels", {"observe", "persons", "tables", "plots"}, {*VIDEO, "report"} - {"cover"}),
        ("report", {"observe", "persons", "tables", "plots", "annotation"}, {"report"}),
    ],
)
def test_one_broken_stage_keeps_what_was_done_before_it(
    stage: str, kept: set[str], due: set[str], finished: Recorded, tmp_path: Path, breaking: list[str]
) -> None:
    new = Recorded(finished.clip, tmp_path / "out" / "clip.mp4")
    breaking.append(stage)
    with pytest.raises(OutputError, match=f"{stage}: it is broken"):
        bring_up_to_date(new.plan())
    assert not new.results.finished
    assert (_noted(new.results) if new.results.known else set()) == kept
    parts = {path.name: path.stat().st_mtime_ns for path in (new.folder / WORK).glob("observe-*")}
    assert len(parts) > 1
    before = new.stamps()
    breaking.clear()
    assert new.plan().due == due
    bring_up_to_date(new.plan())
    assert new.results.finished
    assert new.stamps().keys() == finished.stamps().keys()
    assert not (new.folder / WORK).exists()
    if kept:
        assert new.stamps()["observations.csv"] == before["observations.csv"]


def test_what_was_begun_again_and_broke_counts_as_unfinished(recorded: Recorded, breaking: list[str]) -> None:
    breaking.append("tables")
    with pytest.raises(OutputError):
        bring_up_to_date(recorded.plan(timeline__step_s=1.0))
    breaking.clear()
    assert not recorded.plan().due, "nothing was touched"
    breaking.append("plots")
    with pytest.raises(OutputError):
        bring_up_to_date(recorded.plan(timeline__step_s=1.0))
    assert not recorded.results.finished
    assert not {"timeline.png", "report.html"} & recorded.stamps().keys(), "what belongs to other tables is gone"
    assert "annotated.mp4" in recorded.stamps(), "it doesn't depend on them"


def test_where_faces_are_hidden_nothing_recognises_them_even_if_the_rest_breaks(
    recorded: Recorded, breaking: list[str]
) -> None:
    assert recorded.results.sights() is not None
    breaking.append("plots")
    with pytest.raises(OutputError):
        bring_up_to_date(recorded.plan(anonymize__how="blur", timeline__step_s=1.0))
    assert recorded.results.sights() is None


def test_hidden_faces_are_recognised_until_it_is_written_who_is_who(recorded: Recorded, tmp_path: Path) -> None:
    """Broken before that, and run again, the persons are those of an unbroken run."""
    hiding = {"anonymize__how": "blur", "tracking__max_gap_s": 0.2}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecordingResults, "write_persons", broken)
        with pytest.raises(OutputError):
            bring_up_to_date(recorded.plan(**hiding))
    assert recorded.results.sights() is not None
    bring_up_to_date(recorded.plan(**hiding))
    assert recorded.results.sights() is None


# The folder.


@pytest.fixture
def folder(recorded: Recorded) -> ResultsFolder:
    """A folder of results with one recording, up to date."""
    found = ResultsFolder(recorded.folder.parent)
    update_folder(found, [], BASE, noted=BASE)
    return found


def _stamps(folder: ResultsFolder) -> dict[str, int]:
    """When each file of the folder was written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.path.iterdir() if path.is_file()} | {"run.json": 0}


def test_the_stages_of_a_folder_leave_their_files(folder: ResultsFolder) -> None:
    made = {name for stage in FOLDER_STAGES for name in stage.files}
    assert _stamps(folder).keys() == {*made, "run.json"}


def test_a_folder_that_is_up_to_date_is_not_touched(folder: ResultsFolder) -> None:
    before = _stamps(folder)
    update_folder(folder, [], BASE)
    assert _stamps(folder) == before


FAILURE = Failure("b.mp4", "/b.mp4", "b.mp4: it is broken.")


@pytest.mark.parametrize(
    ("changes", "failures", "made"),
    [
        ({"plots.dpi": 40}, [], {"overview.png"}),
        ({}, [FAILURE], {"recordings.csv", "summary.csv", "overview.png", "index.html"}),
        (
            {"tables.csv_style": "excel"},
            [],
            {"recordings.csv", "summary.csv", "timeline.csv", "episodes.csv", "quality.csv"},
        ),
    ],
)
def test_what_changed_makes_the_stages_of_a_folder_anew(
    changes: dict[str, Any], failures: list[Failure], made: set[str], folder: ResultsFolder
) -> None:
    before = _stamps(folder)
    update_folder(folder, failures, merge_settings(BASE, None, changes))
    after = _stamps(folder)
    assert {name for name in after if after[name] != before.get(name)} == made


def test_a_file_of_the_folder_that_is_missing_comes_back_and_an_unwanted_one_goes(folder: ResultsFolder) -> None:
    (folder.path / INDEX).unlink()
    update_folder(folder, [], BASE)
    assert folder.has(INDEX)
    update_folder(folder, [], merge_settings(BASE, None, {"report.enabled": False, "plots.enabled": False}))
    assert not folder.has(INDEX)
    assert not folder.has(OVERVIEW)
    assert folder.has(RECORDINGS)


def test_tables_of_a_folder_that_were_being_written_when_it_was_killed_are_made_again(
    folder: ResultsFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (folder.path / RECORDINGS).read_bytes()

    def die(figure: Any, path: Path, dpi: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(folder_stages, "save_figure", die)
        with pytest.raises(KeyboardInterrupt):
            update_folder(folder, [FAILURE], BASE)
    assert (folder.path / RECORDINGS).read_bytes() != before
    update_folder(folder, [], BASE)
    assert (folder.path / RECORDINGS).read_bytes() == before
