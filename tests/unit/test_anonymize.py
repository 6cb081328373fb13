"""Hidden faces: where, when, how thoroughly, and what must stay as it was."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from clips import make_clip
from results import RATE, Face, observations
from runs import cold, leftovers, tables, videmo
from videmo import doctor
from videmo.anonymize.anonymizer import Anonymizer, hide
from videmo.anonymize.cover import Cover, follow
from videmo.anonymize.search import Candidates, Searcher
from videmo.api.analysis import analyze
from videmo.batch.export import export_results
from videmo.batch.report import report_folder
from videmo.config import merge_settings
from videmo.errors import UsageError
from videmo.faces.detector import make_detector, sure_score
from videmo.faces.finding import faces_in_chunk
from videmo.pipeline.graph import STAGES
from videmo.pipeline.plan import network_hashes, plan_analysis, plan_video
from videmo.pipeline.run import phases_of, run_chunk, update_of
from videmo.pipeline.stage import hashes_of, visible
from videmo.records import Box, Chunk, Detection, Source
from videmo.results.folder import ResultsFolder
from videmo.settings import HIDINGS, AnonymizeSettings, DetectorSettings, Settings, TrackingSettings
from videmo.video.luma import Luma, luma_of
from videmo.video.planar import planes_of
from videmo.video.probe import probe
from videmo.video.read import ReadCounts
from videmo.video.scene import THUMBNAIL

MODES = HIDINGS[1:]
FACE = Path(doctor.__file__).with_name("face.mp4")
SIDE = 60.0
Sight = tuple[float, float, float]
"""Second, left edge and score."""
Picture = npt.NDArray[np.uint8]


@dataclasses.dataclass(frozen=True)
class _Hiding:
    """What is hidden, with the margin of the settings."""

    cover: Cover
    margin: float

    def at(self, time_s: float) -> list[Box]:
        return self.cover.at(time_s, self.margin)


def _candidates(
    table: pd.DataFrame,
    faces: Sequence[Sight] = (),
    changes: Mapping[float, float] | None = None,
    light: Mapping[float, float] | None = None,
) -> Candidates:
    """What a search finds in the frames of a table, with faces that it alone saw."""
    times = np.unique(table["time_s"])
    change = [(changes or {}).get(round(time_s, 3), 0.01) for time_s in times]
    seen = sorted((int(np.abs(times - time_s).argmin()), left, score) for time_s, left, score in faces)
    return Candidates(
        time_s=times,
        change=np.array(change, np.float32),
        light=np.array([(light or {}).get(round(time_s, 3), 100.0) for time_s in times], np.float32),
        edge_thumbnails=np.zeros((2, *THUMBNAIL), np.uint8),
        row=np.array([row for row, _, _ in seen], np.int64),
        box=np.array([(left, 40.0, SIDE, SIDE, score) for _, left, score in seen], np.float32).reshape(-1, 5),
    )


def _hiding(
    table: pd.DataFrame,
    faces: Sequence[Sight] = (),
    changes: Mapping[float, float] | None = None,
    light: Mapping[float, float] | None = None,
    **settings: Any,
) -> _Hiding:
    wanted, found = AnonymizeSettings(how="blur", **settings), _candidates(table, faces, changes, light)
    return _Hiding(follow([found], table, TrackingSettings(), wanted), wanted.margin)


def _covers(boxes: list[Box], left: float, top: float = 40.0, side: float = SIDE) -> bool:
    """Whether a face is hidden as a whole."""
    face = Box(left, top, side, side)
    return any(box.common(face) >= 0.999 * side * side for box in boxes)


def _hidden_from_to(hiding: _Hiding, left: float, until_s: float) -> tuple[float, float]:
    """First and last time, in steps of a hundredth, at which a face is hidden."""
    times = [time_s for time_s in np.arange(0, until_s, 0.01) if _covers(hiding.at(time_s), left)]
    assert np.diff(times).max() < 0.015, "without a break"
    return round(times[0], 2), round(times[-1], 2)


def test_every_detection_is_hidden_with_a_margin_strays_too() -> None:
    table = observations([(0.0, 4.9, 50.0, "happy"), (2.0, 2.0, 400.0, "sad")], 5.0)
    assert set(table["status"]) == {"ok", "stray"}
    hiding = _hiding(table, margin=0.25)
    for row in table.itertuples():
        boxes = hiding.at(row.time_s)
        assert _covers(boxes, row.x - 0.25 * SIDE, row.y - 0.25 * SIDE, 1.5 * SIDE)


def test_face_stays_hidden_before_its_first_and_after_its_last_sight() -> None:
    hiding = _hiding(observations([(3.0, 5.0, 50.0, "happy")], 10.0), hold_s=1.5)
    assert _hidden_from_to(hiding, 50.0, 10.0) == (1.51, 6.49)


def test_face_is_hidden_while_it_moves_through_a_gap() -> None:
    table = observations([(0.0, 8.0, 100.0, "happy")], 8.0)
    table["x"] = 100.0 + 30.0 * table["time_s"]
    gap = table["time_s"].between(3.05, 4.55)
    lost = table.assign(**dict.fromkeys(("x", "y", "w", "h", "face_score"), np.nan), status="no_face")
    table = table.where(~gap, lost)
    hiding = _hiding(table)
    for time_s in np.arange(0.0, 7.9, 0.04):
        assert _covers(hiding.at(time_s), 100.0 + 30.0 * time_s), time_s


def test_hidden_part_grows_while_the_face_is_not_seen() -> None:
    hiding = _hiding(observations([(0.0, 2.0, 100.0, "happy")], 5.0), hold_s=2.0)
    widths = [hiding.at(time_s)[0].width for time_s in (1.0, 2.0, 2.5, 3.0, 3.9)]
    assert widths[0] == widths[1] < widths[2] < widths[3] <= widths[4] < 4 * SIDE


def test_nothing_is_carried_across_a_cut() -> None:
    table = observations([(2.0, 4.9, 50.0, "happy")], 10.0)
    hiding = _hiding(table, changes={2.0: 0.9, 5.0: 0.9})
    assert _hidden_from_to(hiding, 50.0, 10.0) == (1.91, 4.99), "the cut lies between two frames"


def test_a_flash_is_no_cut() -> None:
    """One bright frame in which nobody is found: who was seen clearly before it stays hidden in it and after it."""
    table = observations([(0.0, 1.0, 50.0, "happy")], 4.0)
    doubtful = [(round(1.1 + place / 10, 3), 50.0, 0.4) for place in range(1, 28)]
    flash = _hiding(table, doubtful, {1.1: 0.43, 1.2: 0.43})
    assert all(_covers(flash.at(time_s), 50.0) for time_s in np.arange(0.0, 3.8, 0.1))
    scene = _hiding(table, doubtful, {1.1: 0.43, 1.5: 0.43})
    assert not scene.at(1.3), "what lasts longer is a scene"


@pytest.mark.parametrize(
    ("light", "cuts"),
    [
        ({1.1: 240, 1.2: 190, 1.3: 150, 1.4: 125, 1.5: 110, 1.6: 102}, (1.1,)),
        (dict.fromkeys((1.1, 1.2, 1.3, 1.4, 1.5), 230.0), (1.1, 1.6)),
        (dict.fromkeys((1.1, 1.2, 1.3, 1.4, 1.5), 8.0), (1.1, 1.6)),
    ],
    ids=["fades slowly", "a lamp for half a second", "dark for half a second"],
)
def test_light_that_comes_and_goes_is_no_cut(light: dict[float, float], cuts: tuple[float, ...]) -> None:
    table = observations([(0.0, 1.0, 50.0, "happy")], 4.0)
    doubtful = [(round(1.6 + place / 10, 3), 50.0, 0.4) for place in range(1, 23)]
    changes = dict.fromkeys(cuts, 0.5)
    lit = _hiding(table, doubtful, changes, light)
    assert all(_covers(lit.at(time_s), 50.0) for time_s in np.arange(0.0, 3.8, 0.1))
    brighter = {round(time_s, 3): 230.0 for time_s in table["time_s"] if time_s > 1.05}
    scene = _hiding(table, doubtful, {1.1: 0.5}, brighter)
    assert not scene.at(1.3), "a scene that stays brighter is one"


def test_faces_on_both_sides_of_a_cut_are_hidden_between_the_frames() -> None:
    table = observations([(0.0, 2.9, 50.0, "happy"), (3.0, 6.0, 400.0, "sad")], 6.0)
    hiding = _hiding(table, changes={3.0: 0.9})
    assert _covers(hiding.at(2.95), 50.0)
    assert _covers(hiding.at(2.95), 400.0)
    assert not _covers(hiding.at(3.0), 50.0)
    assert not _covers(hiding.at(2.9), 400.0)


def test_doubtful_sights_count_where_they_are_followed_from_one_that_is_not() -> None:
    table = observations([], 8.0)
    doubtful = [(time_s, 50.0, 0.32) for time_s in np.arange(1.0, 5.01, 0.1)]
    assert not _hiding(table, doubtful).at(3.0)
    hiding = _hiding(table, [*doubtful, (5.0, 52.0, 0.7)], hold_s=1.0)
    assert _hidden_from_to(hiding, 50.0, 8.0) == (0.01, 5.99)


def test_what_a_chunk_is_given_says_the_same_there() -> None:
    faces: list[Face] = [(0.0, 30.0, 50.0, "happy"), (12.0, 12.0, 300.0, "sad"), (9.0, 9.5, 500.0, "sad")]
    whole = _hiding(observations(faces, 30.0))
    for begin_s, end_s in ((10.0, 13.0), (12.02, 12.04), (-np.inf, 11.0), (13.5, np.inf), (25.0, 26.0)):
        part = _Hiding(whole.cover.between(begin_s, end_s), whole.margin)
        assert len(part.cover.times) < len(whole.cover.times)
        for time_s in np.arange(max(begin_s, -1.0), min(end_s, 32.0), 0.07):
            assert part.at(time_s) == whole.at(time_s)


def _textured(width: int = 160, height: int = 120) -> Picture:
    return np.random.default_rng(3).integers(20, 230, (height * 3 // 2, width), np.uint8)


@pytest.mark.parametrize("mode", MODES)
def test_all_planes_are_hidden_and_the_rest_stays(mode: str) -> None:
    picture, before = _textured(), _textured()
    hide(picture, [Box(41.5, 33.2, 40.0, 50.0)], mode)
    for plane, old, scale in zip(planes_of(picture), planes_of(before), (1, 2, 2), strict=True):
        inside = np.zeros(plane.shape, bool)
        inside[32 // scale : 84 // scale, 40 // scale : 82 // scale] = True
        assert (plane[~inside] == old[~inside]).all()
        assert (plane[inside] != old[inside]).mean() > 0.9
        assert plane[inside].std() < 0.3 * old[inside].std()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "box",
    [Box(-30, -30, 60, 60), Box(150, 110, 60, 60), Box(-10, -10, 400, 400), Box(3, 3, 0.4, 0.4), Box(500, 5, 9, 9)],
)
def test_boxes_may_stick_out_or_be_tiny(mode: str, box: Box) -> None:
    picture = _textured()
    hide(picture, [box], mode)
    assert picture.shape == (180, 160)


@pytest.mark.parametrize("mode", ["blur", "pixelate"])
def test_only_a_few_means_are_left_of_a_face(mode: str) -> None:
    picture, other = _textured(), _textured()
    for plane, size in zip(planes_of(other), (20, 10, 10), strict=True):
        for top in range(0, 60, 20):
            for left in range(0, 60, 20):
                scale = 20 // size
                cell = plane[top // scale : top // scale + size, left // scale : left // scale + size]
                cell[:] = np.random.default_rng(4).permutation(cell.reshape(-1)).reshape(cell.shape)
    assert not np.array_equal(picture, other)
    for changed in (picture, other):
        hide(changed, [Box(0, 0, 60, 60)], mode)
    assert np.array_equal(picture, other), "faces with equal means of three by three cells can't be told apart"
    assert len(np.unique(planes_of(picture)[0][:60, :60])) <= (9 if mode == "pixelate" else 256)


def test_sliver_of_a_face_at_the_edge_is_as_coarse_as_the_whole() -> None:
    picture = _textured()
    hide(picture, [Box(-110, 0, 120, 120)], "pixelate")
    assert len(np.unique(planes_of(picture)[0][:, :10])) <= 4


def test_an_oval_hides_the_whole_face_and_ends_softly() -> None:
    """With the default margin; the corners beyond it stay, and the edge has no step."""
    rng = np.random.default_rng(4)
    picture = rng.integers(16, 235, (240 * 3 // 2, 240)).astype(np.uint8)
    oval, whole = picture.copy(), picture.copy()
    face = Box(80, 70, 80, 80)
    grown = face.grown(AnonymizeSettings().margin * 80)
    hide(oval, [grown], "blur", oval=True)
    hide(whole, [grown], "blur")
    for before, soft, hard, scale in zip(planes_of(picture), planes_of(oval), planes_of(whole), (1, 2, 2)):
        inside = np.s_[70 // scale : 150 // scale, 80 // scale : 160 // scale]
        np.testing.assert_array_equal(soft[inside], hard[inside], err_msg="all of the face is as coarse as ever")
        corner = np.s_[44 // scale : 50 // scale, 54 // scale : 60 // scale]
        np.testing.assert_array_equal(soft[corner], before[corner])
    flat = np.full((360, 240), 60, np.uint8)
    planes_of(flat)[0][110:, :] = 180
    hide(flat, [grown], "blur", oval=True)
    row = planes_of(flat)[0][160].astype(int)
    assert np.abs(np.diff(row)).max() < 30, "no hard edge where the oval ends"


def test_ovals_hide_as_much_around_a_face_as_rectangles_do() -> None:
    """Who stands at a corner may be somebody whose face no search finds."""

    class Nobody:
        def everything(self, luma: object) -> list[Detection]:
            return []

    times, boxes = np.array([0.0]), np.array([[100.0, 90.0, 60.0, 60.0]])
    cover = Cover(times, boxes, np.array([0, 1]), np.array([-1.0]), np.array([1.0]))
    before = np.random.default_rng(6).integers(16, 235, (240 * 3 // 2, 260)).astype(np.uint8)
    changed = {}
    for mode in ("blur", "pixelate"):
        after = before.copy()
        Anonymizer(cover, cast(Searcher, Nobody()), AnonymizeSettings(how=mode)).hide(after, 0.0)
        changed[mode] = int((planes_of(after)[0] != planes_of(before)[0]).sum())
    assert changed["blur"] >= changed["pixelate"]


def test_a_box_leaves_nothing() -> None:
    picture = _textured()
    hide(picture, [Box(20, 20, 60, 60)], "box")
    for plane, scale in zip(planes_of(picture), (1, 2, 2), strict=True):
        assert len(np.unique(plane[20 // scale : 80 // scale, 20 // scale : 80 // scale])) == 1


def test_faces_are_hidden_where_the_detector_sees_them() -> None:
    recording = probe(FACE)
    settings, whole = Settings(), Chunk(0, None, None, None, 0.0)
    detector = make_detector(settings.detector)
    in_tables = list(faces_in_chunk(recording, whole, settings, detector, ReadCounts()))
    hidden = list(Searcher(settings.anonymize, settings.detector).in_chunk(recording, whole))
    assert len(hidden) == len(in_tables)
    assert any(face.seen is not None for _, faces in in_tables for face in faces), "boxes of tables are steadied"
    assert all(face.seen is None for _, faces in hidden for face in faces)


@pytest.mark.parametrize("max_side", [320, 640, 1280, 1920])
@pytest.mark.parametrize("side", [300, 500, 640, 900, 1280])
def test_a_face_that_fills_the_picture_is_hidden_at_any_setting(max_side: int, side: int) -> None:
    (frame, faces), *_ = faces_in_chunk(
        probe(FACE), Chunk(0, None, None, None, 0.0), Settings(), make_detector(DetectorSettings()), ReadCounts()
    )
    face = faces[0]
    close = frame.luma.patch(face.x - 0.1 * face.w, face.y, 1.2 * face.w, side)
    found = Searcher(AnonymizeSettings(how="box", max_side=max_side), DetectorSettings()).search(
        Luma(close, limited=False, rotation=0)
    )
    assert any(one.box.overlap(Box(0, 0, side, side)) > 0.4 for one in found)


@pytest.mark.slow
def test_unknown_way_to_hide_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="blur, pixelate, box"):
        AnonymizeSettings(how="smear")
    assert videmo("analyze", tmp_path, "--anonymize", "smear").returncode == 2


def test_margins_matter_only_where_faces_are_hidden() -> None:
    def stage(**changes: Any) -> str:
        return hashes_of(STAGES, Settings(anonymize=AnonymizeSettings(**changes)), {}, {})["annotation"]

    assert stage() == stage(margin=0.5, hold_s=3.0)
    assert len({stage(), *(stage(how=mode) for mode in MODES), stage(how="box", margin=0.5)}) == 5


def _packets(path: Path, kind: str) -> list[tuple[float, str]]:
    with av.open(str(path)) as container:
        stream = getattr(container.streams, kind)[0]
        return [
            (float(packet.pts * packet.time_base), hashlib.sha256(bytes(packet)).hexdigest())
            for packet in container.demux(stream)
            if packet.size and packet.pts is not None
        ]


def _times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        start = (container.start_time or 0) / av.time_base
        return [float(frame.pts * frame.time_base) - start for frame in container.decode(video=0)]


def _length(path: Path) -> float:
    with av.open(str(path)) as container:
        assert container.duration is not None
        return container.duration / av.time_base


@pytest.fixture(scope="module")
def clip(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two persons, with sound, in several chunks."""
    path = tmp_path_factory.mktemp("clip") / "two-people.mp4"
    pictures: list[Picture] = []
    with av.open(str(samples / "two-people.mp4")) as container:
        for frame in container.decode(video=0):
            pictures.append(frame.to_ndarray(format="rgb24"))
            if len(pictures) == 40:
                break
    height, width = pictures[0].shape[:2]
    make_clip(
        path, size=(width, height), frames=len(pictures), fps=20, audio="aac", pictures=lambda number: pictures[number]
    )
    return path


@pytest.mark.slow
def test_hiding_redoes_the_video_alone_and_keeps_times_and_sound(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ("analyze", clip, "--out", out, "--fps", "10", "--no-plots")
    assert videmo(*arguments).returncode == 0
    folder = out / clip.name
    plain, written = (folder / "annotated.mp4").read_bytes(), tables(out)
    stamps = {path: path.stat().st_mtime_ns for path in folder.glob("*.csv")}
    videos = {}
    for mode in MODES:
        done = videmo("annotate", out, "--anonymize", mode)
        assert done.returncode == 0, done.stderr
        video = folder / "annotated.mp4"
        videos[mode] = video.read_bytes()
        assert np.allclose(_times(video), _times(clip), atol=1e-4)
        assert abs(_length(video) - _length(clip)) < 0.05
        assert _packets(video, "audio") == _packets(clip, "audio")
        assert json.loads((folder / "run.json").read_text())["settings"]["anonymize"]["how"] == mode
    assert len({plain, *videos.values()}) == 4
    assert tables(out) == written
    assert {path: path.stat().st_mtime_ns for path in folder.glob("*.csv")} == stamps
    assert videmo("annotate", out, "--no-audio").returncode == 0, "what was chosen before stays"
    with av.open(str(folder / "annotated.mp4")) as container:
        assert not container.streams.audio
    (folder / "annotated.mp4").write_bytes(plain)
    done = videmo(*arguments, "--no-annotate", "--anonymize", "blur")
    assert done.returncode == 0, done.stderr
    assert not (folder / "annotated.mp4").exists(), "an older video that shows the faces is removed"
    assert tables(out) == written
    assert videmo("annotate", out).returncode == 0
    (link,) = export_results(out, ["eaf"], None).files
    assert "./annotated.mp4" in link.read_text(encoding="utf-8"), "and exports don't lead to the faces"
    assert videmo("annotate", out, "--anonymize", "none").returncode == 0
    assert not leftovers(out)


@pytest.mark.slow
def test_hiding_that_is_interrupted_stays_hidden(clip: Path, tmp_path: Path) -> None:
    """Killed once the hidden video is written: nothing else shows faces, and later commands go on hiding them."""
    out = tmp_path / "out"
    analyze(clip, out=out, fps=5, plots=False, jobs=1)
    folder = ResultsFolder(out)
    results = folder.recording(clip.name)
    before = results.manifest.settings
    assert before is not None
    settings = merge_settings(before, None, {"anonymize.how": "blur"})
    work = plan_video(results, settings, network_hashes(settings))
    update = update_of(work)
    for phase in phases_of(work):
        for chunk in work.chunks if phase.chunked else ():
            run_chunk(work, phase, chunk.index)
        for stage in phase.whole:
            if stage.name == "report":
                break
            if stage.run is not None:
                stage.run(update, visible(STAGES, stage, settings))
            if stage.lasting:
                update.note_done({stage.name: work.hashes[stage.name]})
    hidden, there = results.video.read_bytes(), {path.name for path in (out / clip.name).iterdir()}
    assert there.isdisjoint({"report.html", "pictures.npz", "portraits.npz", "thumbnail.jpg", "tracks.npz"})
    assert report_folder(out, None, {}, plots=False).failures == ()
    assert (out / clip.name / "annotated.mp4").read_bytes() == hidden
    assert "data:image/jpeg" not in (out / clip.name / "report.html").read_text("utf-8")


@pytest.mark.slow
def test_faces_are_not_shown_again_unless_somebody_says_so(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ("--fps", "5", "--no-plots", "--jobs", "1", "--out", out)
    assert videmo("analyze", clip, *options, "--anonymize", "blur").returncode == 0
    hidden = (out / clip.name / "annotated.mp4").read_bytes()
    merged = ResultsFolder(out).recording(clip.name).manifest.settings
    assert merged is not None
    for more in ((), ("--dry-run",), ("--overwrite",), ("--no-annotate", "--no-report")):
        refused = videmo("analyze", clip, *options, *more)
        assert refused.returncode == 2
        assert f"--out {out}: faces are hidden in the results of 1 recording (two-people.mp4)" in refused.stderr
        assert "Name a way with 'anonymize' to go on hiding them, or 'none' to show them." in refused.stderr
    with pytest.raises(UsageError, match="faces are hidden in the results of 1 recording"):
        analyze(clip, out=out, fps=5, plots=False, jobs=1)
    assert (out / clip.name / "annotated.mp4").read_bytes() == hidden
    assert videmo("analyze", clip, *options, "--anonymize", "blur").returncode == 0
    begun = ResultsFolder(out).recording(clip.name)
    update = update_of(plan_analysis(Source(clip, clip.name), begun, merged, network_hashes(merged), afresh=True))
    update.manifest = dataclasses.replace(update.manifest, settings=None)
    update.note_done({})  # as far as an analysis gets that is interrupted before its tables
    with pytest.raises(UsageError, match="faces are hidden in the results of 1 recording"):
        analyze(clip, out=out, fps=5, plots=False, jobs=1)
    (tmp_path / "videmo.toml").write_text('[anonymize]\nhow = "none"\n')
    assert videmo("analyze", clip, *options, "--config", tmp_path / "videmo.toml").returncode == 0
    assert (out / clip.name / "annotated.mp4").read_bytes() != hidden


@pytest.mark.slow
def test_hidden_videos_are_the_same_bytes_for_any_number_of_jobs(clip: Path, tmp_path: Path) -> None:
    config = tmp_path / "short.toml"
    config.write_text("[reading]\nchunk_s = 1.0\n")
    found = set()
    for jobs, started in (("1", cold), ("3", videmo)):
        out = tmp_path / jobs
        arguments = ("--fps", "10", "--no-plots", "--config", config, "--anonymize", "blur", "--jobs", jobs)
        done = started("analyze", clip, "--out", out, *arguments)
        assert done.returncode == 0, done.stderr
        found.add((out / clip.name / "annotated.mp4").read_bytes())
    assert len(found) == 1


@pytest.mark.slow
def test_hidden_videos_show_numbers_instead_of_names(clip: Path, tmp_path: Path) -> None:
    videos = []
    for name in ("", "Anna"):
        out = tmp_path / f"out{name}"
        folder = out / clip.name
        folder.mkdir(parents=True)
        if name:
            (folder / "people.csv").write_text(f"person,name\n1,{name}\n")
        done = videmo("analyze", clip, "--out", out, "--fps", "10", "--no-plots", "--anonymize", "box")
        assert done.returncode == 0, done.stderr
        videos.append((folder / "annotated.mp4").read_bytes())
    assert videos[0] == videos[1]


def _yunet(path: Path, model: Path, step: int = 1) -> list[npt.NDArray[np.float32]]:
    """What YuNet finds in one frame in ``step``: ``(faces, 15)``, the box in the first four columns."""
    detector, found = None, []
    with av.open(str(path)) as container:
        for frame in itertools.islice(container.decode(video=0), 0, None, step):
            picture = frame.to_ndarray(format="bgr24")
            if detector is None:
                detector = cv2.FaceDetectorYN.create(str(model), "", picture.shape[1::-1], 0.6)
            _, faces = detector.detect(picture)
            found.append(np.zeros((0, 15), np.float32) if faces is None else faces)
    return found


_yunet_once = functools.cache(_yunet)
"""What it finds in recordings, which stay as they are."""


ALONE = ("man-smiles.mp4", "phone-neutral-to-smile.mp4", "lab-talker.mpg")
"""One person who is seen in every frame, and nothing else that looks like a face."""
WITH_HANDS = ("office-man-signing.mkv", "office-woman-signing.mkv")
"""One person, and hands that YuNet sometimes takes for faces: those stay in the picture."""
OF_EACH_KIND = (ALONE[0], WITH_HANDS[0])
"""What the other ways are tried on: what they cover is what blur covers, and `benchmarks/anonymise.py` tries all."""
HARD = ("silent-film.mp4", "stage-and-audience-cuts.mp4")
"""Small, dim and turned faces, an audience, cuts."""


@pytest.fixture(scope="module")
def hidden(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Results of the clips with one person, by the way in which faces are hidden; each way is run once.

    What differs are the videos; all others begin with the tables of the first.
    """

    @functools.cache
    def run(mode: str) -> Path:
        out = tmp_path_factory.mktemp(f"hidden-{mode}")
        if mode != "blur":
            shutil.copytree(run("blur"), out, dirs_exist_ok=True)
        clips = [data / "recordings" / name for name in _tried(mode)]
        arguments = ("--no-plots", "--no-report", "--anonymize", mode)
        done = videmo("analyze", *clips, "--out", out, *arguments, timeout=600)
        assert done.returncode == 0, done.stderr
        return out

    return run


def _tried(mode: str) -> tuple[str, ...]:
    return (*ALONE, *WITH_HANDS) if mode == "blur" else OF_EACH_KIND


@pytest.mark.parametrize("mode", ["blur", *(pytest.param(mode, marks=pytest.mark.thorough) for mode in MODES[1:])])
def test_another_detector_finds_no_face_in_real_clips(mode: str, data: Path, hidden: Callable[[str], Path]) -> None:
    model = data / "models" / "face_detection_yunet_2023mar.onnx"
    if not model.is_file():
        pytest.skip("VIDEMO_DATA has no models/face_detection_yunet_2023mar.onnx")
    out = hidden(mode)
    for clip in [data / "recordings" / name for name in _tried(mode)]:
        before, after = _yunet_once(clip, model), _yunet(out / clip.name / "annotated.mp4", model)
        assert len(before) == len(after)
        assert sum(len(faces) for faces in before) > 0.9 * len(before)
        if clip.name in WITH_HANDS:
            after = [left[_on_the_face(left, faces)] for left, faces in zip(after, before, strict=True)]
        assert [len(left) for left in after] == [0] * len(after), clip.name


def _on_the_face(left: npt.NDArray[np.float32], before: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Which boxes have their middle in the largest of those that were there before."""
    if not len(before):
        return np.zeros(len(left), np.bool_)
    x, y, width, height = before[(before[:, 2] * before[:, 3]).argmax(), :4]
    right, down = left[:, 0] + left[:, 2] / 2 - x, left[:, 1] + left[:, 3] / 2 - y
    return np.asarray((right >= 0) & (right <= width) & (down >= 0) & (down <= height))


@pytest.mark.thorough
def test_no_detector_finds_a_face_in_the_hardest_clips(data: Path, tmp_path: Path) -> None:
    model = data / "models" / "face_detection_yunet_2023mar.onnx"
    if not model.is_file():
        pytest.skip("VIDEMO_DATA has no models/face_detection_yunet_2023mar.onnx")
    clips = [data / "recordings" / name for name in HARD]
    arguments = ("--no-plots", "--no-report", "--anonymize", "blur")
    done = videmo("analyze", *clips, "--out", tmp_path, *arguments, timeout=600)
    assert done.returncode == 0, done.stderr
    # A person's face is sure once: below that, the edges of covers are taken for a face now and then.
    detector = make_detector(DetectorSettings(min_score=sure_score(DetectorSettings())))
    for clip in clips:
        video = tmp_path / clip.name / "annotated.mp4"
        assert sum(map(len, _yunet(clip, model, step=10))) > 20
        assert not any(map(len, _yunet(video, model, step=3))), clip.name
        with av.open(str(video)) as container:
            for frame in itertools.islice(container.decode(video=0), 0, None, 2):
                assert not detector.detect(luma_of(frame, 0)), f"{clip.name}, {frame.time} s"


def test_our_own_detector_finds_no_person_in_hidden_videos(hidden: Callable[[str], Path], tmp_path: Path) -> None:
    clips = [Path(name) for name in ALONE]
    (tmp_path / "hidden").mkdir()
    for clip in clips:
        shutil.copy(hidden("blur") / clip.name / "annotated.mp4", tmp_path / "hidden" / f"{clip.stem}.mp4")
    again = videmo("analyze", tmp_path / "hidden", "--out", tmp_path / "again", "--no-plots", "--no-annotate")
    assert again.returncode == 0, again.stderr
    assert pd.read_csv(tmp_path / "again" / "recordings.csv")["people"].tolist() == [0] * len(clips)
    for clip in clips:
        table = pd.read_csv(tmp_path / "again" / f"{clip.stem}.mp4" / "observations.csv")
        before = pd.read_csv(hidden("blur") / clip.name / "observations.csv")
        across, down = table["x"] + table["w"] / 2, table["y"] + table["h"] / 2
        inside = across.between(before["x"].min(), (before["x"] + before["w"]).max())
        inside &= down.between(before["y"].min(), (before["y"] + before["h"]).max())
        # What is followed may be more doubtful than what was a face when every frame was searched by itself; and the
        # edge of a cover, or the hair above it, may be taken for a face of a few pixels.
        assert not (table["face_score"][inside] >= 0.6).any(), clip.name
        assert not (table["status"] == "ok").any(), clip.name


def test_a_moving_face_does_not_leave_its_cover() -> None:
    faces: list[Face] = [(0.0, 9.9, 0.0, "happy")]
    table = observations(faces, 10.0)
    table["x"] = 300.0 + 150.0 * np.sin(table["time_s"])
    hiding = _hiding(table)
    for time_s in np.arange(0.0, 9.9, 1 / (4 * RATE)):
        assert _covers(hiding.at(time_s), 300.0 + 150.0 * np.sin(time_s)), time_s
