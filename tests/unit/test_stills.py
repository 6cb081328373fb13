"""Single pictures out of a recording: the right ones, as displayed."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from clips import make_clip, read_number
from videmo.records import Chunk
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames
from videmo.video.stills import read_between, read_stills

WHOLE = Chunk(0, None, None, None, 0.0)


@pytest.mark.parametrize("name", ["expressions.mp4", "phone-rotated.mp4", "interview-vfr.mp4", "two-people.mp4"])
def test_a_still_is_the_frame_that_is_shown_at_that_time(name: str, samples: Path) -> None:
    recording = probe(samples / name)
    frames = {
        frame.time_s: frame.luma.full().astype(int)
        for frame in read_frames(recording, WHOLE, fps=2, counts=ReadCounts())
    }
    order = sorted(frames)
    asked = [order[5], order[0], order[-1], order[2], order[2]]
    found = dict(read_stills(recording, asked))
    assert sorted(found) == sorted(set(asked))
    for time_s, picture in found.items():
        assert picture.shape == (recording.height, recording.width, 3)
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(int)
        differences = {other: float(np.abs(grey - luma).mean()) for other, luma in frames.items()}
        assert min(differences, key=lambda other: differences[other]) == time_s


@pytest.mark.parametrize(("codec", "bframes"), [("libx264", 2), ("mpeg2video", 3), ("mpeg2video", 0)])
def test_stills_of_a_program_stream_are_those_that_were_analysed(codec: str, bframes: int, tmp_path: Path) -> None:
    """One time stamp stands for several pictures there, and FFmpeg numbers them otherwise after a seek."""
    make_clip(tmp_path / "a.mpg", codec=codec, frames=40, gop=12, bframes=bframes, size=(160, 128))
    recording = probe(tmp_path / "a.mpg")
    frames = [
        (frame.time_s, read_number(frame.luma.full()))
        for frame in read_frames(recording, WHOLE, fps=None, counts=ReadCounts())
    ]
    for time_s, number in frames[::3]:
        [(_, picture)] = read_stills(recording, [time_s])
        assert read_number(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)) == number
    between = [picture for _, picture in read_between(recording, frames[20][0], frames[25][0])]
    assert [read_number(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY)) for each in between] == [n for _, n in frames[20:25]]


def test_times_behind_the_end_are_left_out(samples: Path) -> None:
    assert [time_s for time_s, _ in read_stills(probe(samples / "phone-rotated.mp4"), [1.0, 99.0])] == [1.0]


def test_real_containers(data: Path) -> None:
    told = json.loads((data / "recordings" / "expected.json").read_text(encoding="utf-8"))
    for name in sorted(name for name, seen in told.items() if isinstance(seen, dict)):
        recording = probe(data / "recordings" / name)
        times = sorted(frame.time_s for frame in read_frames(recording, WHOLE, fps=0.5, counts=ReadCounts()))
        found = [time_s for time_s, _ in read_stills(recording, times)]
        assert found == times, name
