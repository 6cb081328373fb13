"""Real files of many makers: each is read the same whole or in chunks, or refused with its name."""

from __future__ import annotations

import math
import os
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pytest

from videmo.annotate.labels import Labels, sights_of
from videmo.annotate.segment import annotate_chunk
from videmo.errors import RecordingError
from videmo.measures.emotions import EMOTIONS
from videmo.records import Chunk, Recording
from videmo.settings import AnnotationSettings
from videmo.video.mux import join_segments
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames
from videmo.video.write import SEGMENT_SUFFIX

LARGEST = 1_500_000
"""Bytes; larger files are left to the benchmarks."""
REFUSED = {"audio_only.mp4"}
MAY_BE_REFUSED = {"opens_without_frames.ogv"}
"""Some versions of FFmpeg find pictures in it."""
SUFFIXES = {".mp4", ".mov", ".mkv", ".avi", ".webm", ".flv", ".mpg", ".ogv"}


def _root() -> Path | None:
    folder = os.environ.get("VIDEMO_DATA", "")
    return Path(folder) / "recordings" if folder else None


def _files() -> list[Path]:
    root = _root()
    if root is None:
        return []
    return sorted(
        path
        for folder in (root, root / "formats")
        for path in folder.glob("*")
        if path.suffix in SUFFIXES and path.stat().st_size < LARGEST
    )


FILES = _files() or [
    pytest.param(None, marks=pytest.mark.skip(reason="VIDEMO_DATA is not set to a folder with recordings/"))
]
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name if path else "none")


@lru_cache(maxsize=1)
def _probed(path: Path) -> Recording | RecordingError:
    try:
        return probe(path)
    except RecordingError as refused:
        return refused


def _readable(path: Path) -> Recording:
    probed = _probed(path)
    if isinstance(probed, RecordingError):
        pytest.skip("refused, as another test expects")
    return probed


def _thumbnails(recording: Recording, chunk: Chunk, counts: ReadCounts) -> list[tuple[int, float, bytes]]:
    """Time stamp, time and a small look of each frame."""
    return [
        (frame.pts, frame.time_s, frame.luma.scaled(16, 16).tobytes())
        for frame in read_frames(recording, chunk, fps=None, counts=counts)
    ]


@each_file
def test_file_is_probed_or_refused_by_name(path: Path) -> None:
    probed = _probed(path)
    if path.name in REFUSED:
        assert isinstance(probed, RecordingError)
        assert str(path) in str(probed)
    elif path.name not in MAY_BE_REFUSED:
        assert isinstance(probed, Recording)
        assert probed.width > 0
        assert probed.height > 0


@each_file
def test_file_in_chunks_is_the_file_as_a_whole(path: Path) -> None:
    recording = _readable(path)
    counts = ReadCounts()
    (single,) = plan_chunks(recording, chunk_s=math.inf)
    whole = _thumbnails(recording, single, counts)
    assert len(whole) == counts.frames > 0
    stamps = [pts for pts, _, _ in whole]
    times = [time_s for _, time_s, _ in whole]
    if counts.unordered == 0:
        assert times == sorted(set(times))
    chunks = plan_chunks(recording, chunk_s=0.5)
    if len(chunks) == 1:
        return
    parts = [_thumbnails(recording, chunk, ReadCounts()) for chunk in chunks]
    assert [pts for part in parts for pts, _, _ in part] == stamps
    assert [frame for part in parts for frame in part] == whole


@each_file
def test_annotated_file_has_the_same_times(path: Path, tmp_path: Path) -> None:
    recording = _readable(path)
    if recording.size_bytes > 100_000:
        pytest.skip("too large to encode in a test")
    columns = ("time_s", "status", "left_out", "person", "x", "y", "w", "h", *EMOTIONS)
    nothing = pd.DataFrame({name: [] for name in columns})
    segments, times = [], []
    for chunk in plan_chunks(recording, chunk_s=2.0):
        segments.append(tmp_path / f"{chunk.index}{SEGMENT_SUFFIX}")
        annotate_chunk(recording, chunk, Labels(sights_of(nothing), 0.5), segments[-1], AnnotationSettings())
        times += [frame.time_s for frame in read_frames(recording, chunk, fps=None, counts=ReadCounts())]
    join_segments(segments, recording, tmp_path / "annotated.mp4", audio=True)
    written = probe(tmp_path / "annotated.mp4")
    (whole,) = plan_chunks(written, chunk_s=math.inf)
    stamps = [frame.time_s for frame in read_frames(written, whole, fps=None, counts=ReadCounts())]
    assert stamps == pytest.approx(times, abs=0.001)
    assert len(written.audio) == len(recording.audio)
