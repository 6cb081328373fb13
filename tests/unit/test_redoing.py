"""Results that would be lost only because other settings are wanted are asked about; all else is as it was."""

from __future__ import annotations

import csv
import dataclasses
import importlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clips import make_clip
from inline import InlineEngine
from runs import leftovers, videmo
from videmo.batch.discover import discover
from videmo.batch.following import RunResult
from videmo.batch.progress import Silent
from videmo.batch.redoing import OtherSettings
from videmo.batch.report import report_folder
from videmo.batch.run import plan_batch, run_batch, steps_of
from videmo.config import load_settings
from videmo.results.folder import ResultsFolder
from videmo.settings.differing import changes, unequal
from videmo.video import read

BARE = {"annotation.enabled": False, "plots.enabled": False, "report.enabled": False, "reading.fps": 5.0}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three recordings of a second, with nobody in them."""
    folder = tmp_path_factory.mktemp("clips") / "in"
    folder.mkdir()
    for number, name in enumerate(("a.mp4", "b.mp4", "c.mp4")):
        make_clip(folder / name, frames=20 + number)
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


class Told(Silent):
    """Progress that remembers what the user is told."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def noted(self, words: str) -> None:
        self.words.append(words)


def run(source: Path, out: Path, overwrite: bool = False, progress: Silent | None = None, **wanted: Any) -> RunResult:
    settings = load_settings(overrides={**BARE, **{name.replace("__", "."): value for name, value in wanted.items()}})
    return run_batch(
        discover([source], out), out, settings, jobs=1, overwrite=overwrite, progress=progress or Silent(),
        engine=InlineEngine,
    )  # fmt: skip


def done(result: RunResult) -> dict[str, str]:
    return {outcome.source.key: outcome.status for outcome in result.outcomes}


def frames(out: Path) -> dict[str, int]:
    return {results.manifest.key: results.manifest.result.frames for results in ResultsFolder(out)}


def test_finished_results_are_not_lost_to_other_settings_without_asking(recordings: Path, out: Path) -> None:
    run(recordings, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    with pytest.raises(OtherSettings) as caught:
        run(recordings, out, reading__fps=None, detector__min_score=0.4)
    assert str(caught.value) == (
        f"{out}: the results of 3 recordings were made with other settings (reading.fps: 5 → every frame; "
        "detector.min_score: 0.3 for 'videmo', 0.6 for other networks → 0.4), and they would all be analysed again. "
        "Choose the settings of then, or another folder for the results; or have the results overwritten."
    )
    assert caught.value.count == 3
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before, "nothing was touched"
    assert set(done(run(recordings, out, overwrite=True, reading__fps=None)).values()) == {"analysed"}
    assert set(done(run(recordings, out, reading__fps=None)).values()) == {"skipped"}


def test_only_recordings_of_this_run_count(recordings: Path, out: Path) -> None:
    run(recordings / "a.mp4", out)
    assert done(run(recordings / "b.mp4", out, reading__fps=10.0)) == {"b.mp4": "analysed"}
    with pytest.raises(OtherSettings, match=r"the results of 1 recording were .* it would be analysed again"):
        run(recordings, out, reading__fps=10.0)


@pytest.mark.parametrize("wanted", [{"timeline.step_s": 1.0}, {"tracking.min_detections": 5}, {"reading.chunk_s": 1.0}])
def test_what_follows_from_the_observations_is_made_anew_without_asking(
    wanted: dict[str, Any], recordings: Path, out: Path
) -> None:
    run(recordings / "a.mp4", out)
    how = "skipped" if "reading.chunk_s" in wanted else "renewed"
    assert done(run(recordings / "a.mp4", out, **wanted)) == {"a.mp4": how}


def test_a_recording_that_changed_is_analysed_again_without_asking(tmp_path: Path, out: Path) -> None:
    clip = tmp_path / "in" / "a.mp4"
    clip.parent.mkdir()
    make_clip(clip, frames=20)
    run(clip, out)
    make_clip(clip, frames=30)
    assert done(run(clip, out, reading__fps=10.0)) == {"a.mp4": "analysed"}


def test_results_whose_observations_are_gone_are_made_without_asking(recordings: Path, out: Path) -> None:
    run(recordings / "a.mp4", out)
    (out / "a.mp4" / "observations.csv").unlink()
    assert done(run(recordings / "a.mp4", out, reading__fps=10.0)) == {"a.mp4": "analysed"}


def test_observations_that_a_new_version_makes_otherwise_are_made_anew_and_it_is_said(
    recordings: Path, out: Path
) -> None:
    run(recordings, out)
    for results in ResultsFolder(out):
        results.finish(results.manifest.with_stages(observe="of an earlier version"))
    told = Told()
    assert set(done(run(recordings, out, progress=told, reading__fps=10.0)).values()) == {"analysed"}, (
        "with any settings"
    )
    (words,) = told.words
    assert words.startswith("3 recordings are analysed again, as this version of videmo observes otherwise than")


def test_settings_of_a_network_that_is_gone_are_other_settings(recordings: Path, out: Path) -> None:
    run(recordings / "a.mp4", out)
    (results,) = ResultsFolder(out)
    settings = results.manifest.settings
    assert settings is not None
    gone = dataclasses.replace(settings, detector=dataclasses.replace(settings.detector, name="/gone.tflite"))
    results.finish(dataclasses.replace(results.manifest.with_stages(observe="with it"), settings=gone))
    with pytest.raises(OtherSettings, match=r"detector\.name: /gone\.tflite → videmo"):
        run(recordings / "a.mp4", out)


# Overwriting goes on where it was interrupted.


class Interrupted(Silent):
    """Progress that is interrupted after some recordings."""

    def __init__(self, after: int) -> None:
        self._left = after

    def ended(self, outcome: object) -> None:
        self._left -= 1
        if not self._left:
            raise KeyboardInterrupt


def test_overwriting_goes_on_where_it_was_interrupted(recordings: Path, out: Path) -> None:
    run(recordings, out)
    with pytest.raises(KeyboardInterrupt):
        run(recordings, out, overwrite=True, progress=Interrupted(2), reading__fps=10.0)
    again = done(run(recordings, out, overwrite=True, reading__fps=10.0))
    assert sorted(again.values()) == ["analysed", "skipped", "skipped"]
    assert not list(out.glob(".videmo-overwriting*"))
    assert set(done(run(recordings, out, overwrite=True, reading__fps=10.0)).values()) == {"analysed"}, "all, once more"


def test_who_agreed_once_is_not_asked_again(recordings: Path, out: Path) -> None:
    run(recordings, out)
    with pytest.raises(KeyboardInterrupt):
        run(recordings, out, overwrite=True, progress=Interrupted(1), reading__fps=10.0)
    with pytest.raises(OtherSettings):
        run(recordings, out, reading__fps=12.0)
    assert sorted(done(run(recordings, out, reading__fps=10.0)).values()) == ["analysed", "analysed", "skipped"]
    assert not list(out.glob(".videmo-overwriting*"))


def test_a_note_that_was_cut_off_costs_one_recording(recordings: Path, out: Path) -> None:
    run(recordings, out)
    with pytest.raises(KeyboardInterrupt):
        run(recordings, out, overwrite=True, progress=Interrupted(2), reading__fps=10.0)
    (note,) = out.glob(".videmo-overwriting*")
    note.write_text(note.read_text()[:-5])
    again = done(run(recordings, out, overwrite=True, reading__fps=10.0))
    assert sorted(again.values()) == ["analysed", "analysed", "skipped"]


def test_a_run_that_came_to_its_end_is_over_though_some_failed(recordings: Path, out: Path, tmp_path: Path) -> None:
    copies = Path(shutil.copytree(recordings, tmp_path / "in"))
    run(copies, out)
    whole = (copies / "b.mp4").read_bytes()
    (copies / "b.mp4").write_bytes(b"no video")
    assert done(run(copies, out, overwrite=True, reading__fps=10.0))["b.mp4"] == "failed"
    assert set(done(run(copies, out, overwrite=True, reading__fps=10.0)).values()) == {"analysed", "failed"}
    (copies / "b.mp4").write_bytes(whole)
    again = done(run(copies, out, reading__fps=10.0))
    assert again == {"a.mp4": "skipped", "b.mp4": "analysed", "c.mp4": "skipped"}, "who agreed is not asked again"
    assert not list(out.glob(".videmo-overwriting*"))


def test_who_agreed_to_lose_one_recording_did_not_agree_to_lose_others(
    recordings: Path, out: Path, tmp_path: Path
) -> None:
    copies = Path(shutil.copytree(recordings, tmp_path / "in"))
    run(copies, out)
    whole = (copies / "b.mp4").read_bytes()
    (copies / "b.mp4").write_bytes(b"no video")
    assert done(run(copies / "b.mp4", out, overwrite=True, reading__fps=10.0)) == {"b.mp4": "failed"}
    (copies / "b.mp4").write_bytes(whole)
    with pytest.raises(OtherSettings, match="the results of 2 recordings"):
        run(copies, out, reading__fps=10.0)
    assert done(run(copies / "b.mp4", out, reading__fps=10.0)) == {"b.mp4": "analysed"}, "to which its user has agreed"
    with pytest.raises(KeyboardInterrupt):
        run(copies / "a.mp4", out, overwrite=True, progress=Interrupted(1), reading__fps=10.0)
    with pytest.raises(OtherSettings, match="the results of 1 recording"):
        run(copies, out, reading__fps=10.0)


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_a_run_would_do_is_what_it_does(overwrite: bool, recordings: Path, out: Path) -> None:
    run(recordings, out)
    with pytest.raises(KeyboardInterrupt):
        run(recordings, out, overwrite=True, progress=Interrupted(1), reading__fps=10.0)
    for fps in (10.0, 12.0):
        settings = load_settings(overrides={**BARE, "reading.fps": fps})
        foreseen = plan_batch(discover([recordings], out), out, settings, jobs=1, overwrite=overwrite)
        would = {
            source.key: "failed" if isinstance(work, str) else "analysed" if work.anything else "skipped"
            for source, work in foreseen.works
        }
        if foreseen.refusal is None:
            assert done(run(recordings, out, overwrite, reading__fps=fps)) == would
        else:
            with pytest.raises(OtherSettings) as caught:
                run(recordings, out, overwrite, reading__fps=fps)
            assert str(caught.value) == str(foreseen.refusal)
        assert (foreseen.refusal is None) == (overwrite or fps == 10.0)


def test_results_of_an_earlier_file_are_not_passed_off_as_those_of_a_run_that_failed(
    recordings: Path, out: Path, tmp_path: Path
) -> None:
    copies = Path(shutil.copytree(recordings, tmp_path / "in"))
    run(copies, out)
    make_clip(copies / "b.mp4", frames=30)
    (out / "b.mp4" / ".work").symlink_to(tmp_path)  # as a folder that can't be written to
    assert done(run(copies, out))["b.mp4"] == "failed"
    assert statuses(out) == {"a.mp4": "ok", "b.mp4": "failed", "c.mp4": "ok"}
    (copies / "d.mp4").write_bytes((copies / "c.mp4").read_bytes())
    run(copies / "d.mp4", out)
    assert statuses(out)["b.mp4"] == "failed", "another run says so still"
    report_folder(out, None, {}, plots=False, report=False)
    assert statuses(out)["b.mp4"] == "failed"
    (out / "b.mp4" / ".work").unlink()
    assert done(run(copies, out))["b.mp4"] == "analysed"
    assert set(statuses(out).values()) == {"ok"}


def test_a_damaged_table_of_another_recording_is_a_failure_of_the_run(recordings: Path, out: Path) -> None:
    run(recordings / "a.mp4", out)
    (out / "a.mp4" / "episodes.csv").write_text("")
    result = run(recordings / "b.mp4", out)
    assert done(result) == {"a.mp4": "failed", "b.mp4": "analysed"}
    (failed,) = result.failed
    assert failed.reason == (
        f"{out}/a.mp4/episodes.csv: not a readable table (its first line is empty or cut off). Delete it, and analyse "
        "the recording again."
    )
    assert statuses(out) == {"a.mp4": "failed", "b.mp4": "ok"}
    again = run(recordings, out)
    assert done(again) == {"a.mp4": "renewed", "b.mp4": "skipped", "c.mp4": "analysed"}
    assert set(statuses(out).values()) == {"ok"}


@pytest.mark.parametrize("name", ["timeline", "episodes", "summary", "quality"])
def test_damaged_tables_of_a_recording_of_the_run_are_made_anew(name: str, recordings: Path, out: Path) -> None:
    run(recordings, out)
    before = {path: path.read_bytes() for path in sorted(out.rglob("*.csv"))}
    for key, content in (("a.mp4", b""), ("b.mp4", before[out / "b.mp4" / f"{name}.csv"][:-3])):
        (out / key / f"{name}.csv").write_bytes(content)
    settings = load_settings(overrides=BARE)
    foreseen = plan_batch(discover([recordings], out), out, settings, jobs=1, overwrite=False)
    works = {source.key: work for source, work in foreseen.works if not isinstance(work, str)}
    assert {key: steps_of(work) for key, work in works.items()} == {
        "a.mp4": ["tables"],
        "b.mp4": ["tables"],
        "c.mp4": [],
    }
    result = run(recordings, out)
    assert done(result) == {"a.mp4": "renewed", "b.mp4": "renewed", "c.mp4": "skipped"}
    assert result.outcomes[0].warnings[-1] == (
        f"{name}.csv was not a readable table (its first line is empty or cut off), so its tables were made anew"
    )
    assert {path: path.read_bytes() for path in sorted(out.rglob("*.csv"))} == before


@pytest.mark.parametrize("mend", ["report", "overwrite"])
def test_a_table_of_a_recording_that_is_mended_is_mended_in_the_folder(
    mend: str, recordings: Path, out: Path, tmp_path: Path
) -> None:
    copies = Path(shutil.copytree(recordings, tmp_path / "in"))
    run(copies, out)
    before = (out / "quality.csv").read_text()
    own = out / "a.mp4" / "quality.csv"
    head, *rows = own.read_text().splitlines(keepends=True)
    own.write_text(head + "".join(rows[1:]))
    make_clip(copies / "d.mp4", frames=24)
    run(copies / "d.mp4", out)
    assert not (out / "quality.csv").read_text().startswith(before)
    if mend == "report":
        report_folder(out, None, {}, plots=False, report=False)
    else:
        run(copies, out, overwrite=True)
    assert (out / "quality.csv").read_text().startswith(before)


def statuses(out: Path) -> dict[str, str]:
    """The status of each recording in the table of a folder."""
    rows = csv.DictReader((out / "recordings.csv").read_text(encoding="utf-8").splitlines())
    return {row["recording"]: row["status"] for row in rows}


# Folders with different settings are marked.


def test_a_folder_with_different_settings_says_so(recordings: Path, out: Path) -> None:
    import pandas as pd

    run(recordings / "a.mp4", out)
    run(recordings / "c.mp4", out)
    table = pd.read_csv(out / "recordings.csv")
    assert table["settings"].isna().all()
    mixed = run(recordings / "b.mp4", out, reading__fps=None, report__enabled=True)
    assert mixed.notes == (
        "Not all recordings here were analysed with the same settings (reading.fps: 5, every frame): see the column "
        "settings of recordings.csv.",
    )
    table = pd.read_csv(out / "recordings.csv", index_col="recording")
    assert table["settings"].to_dict() == {
        "a.mp4": "reading.fps = 5",
        "b.mp4": "reading.fps = every frame",
        "c.mp4": "reading.fps = 5",
    }
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "Not all of these recordings were analysed with the same settings" in page
    assert page.count("reading.fps = 5") == 2


def test_results_of_another_version_are_marked_too(recordings: Path, out: Path) -> None:
    import pandas as pd

    run(recordings / "a.mp4", out)
    (results,) = ResultsFolder(out)
    results.finish(results.manifest.with_stages(observe="0123456789abcdef"))
    mixed = run(recordings / "b.mp4", out)
    assert "observation: version 01234567, version " in mixed.notes[0]
    told = pd.read_csv(out / "recordings.csv", index_col="recording")["settings"].to_dict()
    assert told["a.mp4"] == "observation = version 01234567"
    assert told["b.mp4"].startswith("observation = version ")


def test_a_recording_that_was_renamed_is_not_said_to_be_analysed_again(
    recordings: Path, out: Path, tmp_path: Path
) -> None:
    clip = tmp_path / "in" / "a.mp4"
    clip.parent.mkdir()
    clip.write_bytes((recordings / "a.mp4").read_bytes())
    run(clip.parent, out)
    seen = (out / "a.mp4" / "observations.csv").stat().st_mtime_ns
    clip.rename(clip.with_name("z.mp4"))
    said = videmo("analyze", clip.parent, "--out", out, "--fps", "5")
    assert "0 analysed, 1 renewed (not analysed again)." in said.stdout or "1 skipped" in said.stdout
    assert (out / "a.mp4" / "observations.csv").stat().st_mtime_ns == seen


def test_copies_are_named(recordings: Path, out: Path, tmp_path: Path) -> None:
    import pandas as pd

    copies = tmp_path / "in"
    copies.mkdir()
    for name in ("one.mp4", "two.mp4"):
        (copies / name).write_bytes((recordings / "a.mp4").read_bytes())
    result = run(copies, out)
    assert result.notes == ("1 recording is a copy of another: the same are one.mp4 and two.mp4.",)
    table = pd.read_csv(out / "recordings.csv", index_col="recording")
    assert table["warnings"].to_dict() == {
        "one.mp4": "the same content as two.mp4",
        "two.mp4": "the same content as one.mp4",
    }


def test_files_that_are_not_where_they_were_are_named(recordings: Path, out: Path, tmp_path: Path) -> None:
    there = tmp_path / "in" / "gone.mp4"
    there.parent.mkdir()
    there.write_bytes((recordings / "a.mp4").read_bytes())
    assert run(there, out).notes == ()
    there.unlink()
    assert run(recordings / "b.mp4", out).notes == (
        "1 recording was not found where analysed (gone.mp4); results stay, unless 'videmo prune' is asked to "
        "remove them.",
    )


# In words.


def test_settings_are_compared_in_words() -> None:
    before = load_settings(overrides={"reading.fps": 5.0, "quality.leave_out": ["dark"]})
    now = load_settings(overrides={"identity.enabled": False, "quality.leave_out": [], "timeline.step_s": 1.0})
    found = [str(change) for change in changes(before, now, ("reading", "identity", "quality"))]
    assert found == ["reading.fps: 5 → every frame", "identity.enabled: yes → no", "quality.leave_out: dark → none"]
    assert unequal([before, now, before], ("reading", "tracking")) == {"reading.fps": ["5", "every frame", "5"]}
    assert unequal([], ("reading",)) == unequal([now], ("reading",)) == {}


@pytest.mark.slow
def test_the_command_line_calls_settings_by_their_options_and_names_the_one_that_agrees(
    recordings: Path, out: Path
) -> None:
    options = ("--no-plots", "--no-report", "--no-annotate", "--jobs", "1", "--out", out)
    assert videmo("analyze", recordings / "a.mp4", "--fps", "2", *options).returncode == 0
    refused = videmo("analyze", recordings, "--fps", "5", *options)
    assert refused.returncode == 2
    assert "the results of 1 recording were made with other settings (--fps: 2 → 5)" in refused.stderr
    assert "Add --overwrite" in refused.stderr
    planned = videmo("analyze", recordings, "--fps", "5", *options, "--dry-run")
    assert planned.returncode == 0
    assert "Not without --overwrite: --out" in planned.stdout
    assert frames(out) == {"a.mp4": 2}
    for shard in ("1/2", "2/2"):
        assert videmo("analyze", recordings, "--fps", "5", *options, "--shard", shard).returncode in (0, 2)
    agreed = [videmo("analyze", recordings, "--fps", "5", *options, "--shard", f"{n}/2", "--overwrite") for n in (1, 2)]
    assert [each.returncode for each in agreed] == [0, 0]
    assert videmo("gather", out).returncode == 0
    assert set(frames(out).values()) <= {4, 5}
    assert leftovers(out) == []
    assert json.loads((out / "run.json").read_text())["settings"]["reading"]["fps"] == 5.0


@pytest.mark.parametrize(
    ("module", "name"),
    [("videmo.pipeline.observer", "observe_chunk"), ("videmo.annotate.segment", "annotate_chunk")],
)
def test_nothing_is_kept_of_a_recording_that_changes_while_it_is_read(
    module: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, out = tmp_path / "in" / "a.mp4", tmp_path / "out"
    wanted: dict[str, Any] = {"annotation__enabled": True}
    clip.parent.mkdir()
    chance = np.random.default_rng(1)  # more than is read at once
    make_clip(clip, gop=10, pictures=lambda _: chance.integers(0, 256, (120, 160, 3), np.uint8))
    run(clip, tmp_path / "wanted", **wanted)
    whole, then = clip.read_bytes(), clip.stat().st_mtime_ns
    make, opening = getattr(importlib.import_module(module), name), read.open_video

    @contextmanager
    def opened(*given: Any) -> Iterator[Any]:
        with opening(*given) as found:
            os.truncate(clip, len(whole) // 2)
            yield found

    def changed(*given: Any, **named: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(read, "open_video", opened)
            return make(*given, **named)

    monkeypatch.setattr(f"{module}.{name}", changed)
    assert done(run(clip, out, **wanted)) == {"a.mp4": "failed"}
    monkeypatch.undo()
    clip.write_bytes(whole)
    os.utime(clip, ns=(then, then))
    assert done(run(clip, out, **wanted)).keys() == {"a.mp4"}
    for path in (tmp_path / "wanted" / "a.mp4").iterdir():
        assert (out / "a.mp4" / path.name).read_bytes() == path.read_bytes(), path.name
