"""Pictures that are turned by the user's word, or by what faces say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from clips import make_clip, number_picture, read_number
from runs import videmo
from videmo.faces.turning import best_turn
from videmo.pipeline.work import Work
from videmo.records import Chunk, Source
from videmo.settings import DetectorSettings, Settings
from videmo.video.displayed import displayed_yuv420p
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames
from videmo.video.stills import read_stills
from videmo.video.turn import turned

WHOLE = Chunk(0, None, None, None, 0.0)


def stored(turn: int, source: Callable[[int], Any]) -> Callable[[int], Any]:
    """Pictures that have to be turned clockwise by this to stand upright."""
    return lambda number: np.ascontiguousarray(np.rot90(source(number), turn // 90))


@pytest.mark.parametrize("rotation", [0, 90, 180])
@pytest.mark.parametrize("turn", [90, 180, 270])
def test_turned_pictures_stand_upright_everywhere(turn: int, rotation: int, tmp_path: Path) -> None:
    """Analysis, stills and video agree, also where the file says a rotation of its own."""
    path, size = tmp_path / "clip.mp4", (160, 120)
    shown = size if turn % 180 == 0 else size[::-1]
    make_clip(path, size=shown, rotation=rotation, frames=5, pictures=stored(turn, lambda n: number_picture(n, size)))
    recording = turned(probe(path), turn)
    assert (recording.width, recording.height, recording.turned) == (160, 120, turn)
    frames = read_frames(recording, WHOLE, fps=None, counts=ReadCounts())
    for number, frame in enumerate(frames):
        assert read_number(frame.luma.full()) == number
        assert read_number(displayed_yuv420p(frame.picture, recording)[:120]) == number
    [(_, still)] = read_stills(recording, [0.0])
    assert still.shape == (120, 160, 3)


def faces_of(samples: Path) -> list[Any]:
    """Pictures of a recording with a face."""
    recording = probe(samples / "expressions.mp4")
    return [picture for _, picture in read_stills(recording, [number / 4 for number in range(24)])]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_direction_of_faces_is_found(turn: int, samples: Path, tmp_path: Path) -> None:
    pictures, path = faces_of(samples), tmp_path / "clip.mp4"
    size = pictures[0].shape[1::-1]
    shown = size if turn % 180 == 0 else size[::-1]
    make_clip(path, size=shown, fps=4, frames=24, pictures=stored(turn, lambda number: pictures[number]))
    assert best_turn(probe(path), DetectorSettings()) == turn


def test_a_recording_without_faces_stays_as_it_is(samples: Path) -> None:
    assert best_turn(probe(samples / "no-face.mp4"), DetectorSettings()) == 0


@pytest.mark.parametrize(
    "name",
    [
        "man-glasses.mp4",
        "woman-turns-head.mp4",
        "table-many-faces.mp4",
        "lab-talker.mpg",
        "stage-and-audience-cuts.mp4",
    ],
)
def test_real_recordings_stay_as_they_are(name: str, data: Path) -> None:
    assert best_turn(probe(data / "recordings" / name), DetectorSettings()) == 0


@pytest.mark.slow
def test_a_recording_that_is_upside_down_gets_a_note_and_auto_turns_it(samples: Path, tmp_path: Path) -> None:
    pictures, clip, out = faces_of(samples), tmp_path / "clip.mp4", tmp_path / "out"
    size = pictures[0].shape[1::-1]
    make_clip(clip, size=size, fps=4, frames=24, pictures=stored(180, lambda number: pictures[number]))
    plain = ("analyze", clip, "--out", out, "--no-annotate", "--no-plots")
    said = videmo(*plain)
    assert said.returncode == 0, said.stderr
    assert "faces are clearer when its pictures are turned by 180°" in said.stdout
    said = videmo(*plain, "--rotate", "auto", "--overwrite")
    assert "pictures were turned by 180°, as faces are clearest then" in said.stdout
    assert "pictures were turned" in pd.read_csv(out / "recordings.csv")["warnings"][0]
    auto = (out / "clip.mp4" / "observations.csv").read_bytes()
    assert "1 skipped" in videmo(*plain, "--rotate", "auto").stdout
    said = videmo(*plain, "--rotate", "180", "--overwrite")
    assert "1 analysed" in said.stdout
    assert (out / "clip.mp4" / "observations.csv").read_bytes() == auto
    wrong = videmo(*plain, "--rotate", "45")
    assert wrong.returncode == 2
    assert "auto" in wrong.stderr


def test_parts_are_those_of_one_view(tmp_path: Path) -> None:
    """What is kept of a run that was stopped is used only where pictures are seen the same way."""
    make_clip(tmp_path / "a.mp4", frames=5)
    recording = probe(tmp_path / "a.mp4")
    works = [
        Work(Source(recording.path, "a.mp4"), seen, (WHOLE,), tmp_path, Settings(), {"search": ""}, frozenset())
        for seen in (recording, turned(recording, 180), replace(recording, stream=2, other_streams=("1 (h264)",)))
    ]
    assert len({work.part("search", WHOLE) for work in works}) == 3
