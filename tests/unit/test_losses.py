"""Frames that are lost are not lost in silence: what FFmpeg complains of, gaps in a steady rate, files that are cut."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clips import damage_packets, drop_packets, make_clip
from results import build_manifest
from videmo.pipeline.chunks import ChunkObservations, Columns
from videmo.pipeline.stages.observation import joined
from videmo.results.manifest import Result
from videmo.settings import Settings
from videmo.video.losses import Rhythm, is_steady
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames
from videmo.video.wholeness import doubts, ends_in

FORMATS: dict[str, dict[str, Any]] = {
    "a.ts": {"audio": "mp2"},
    "a.m2ts": {"muxer": "mpegts", "mux_options": {"mpegts_m2ts_mode": "1"}},
    "a.vob": {"codec": "mpeg2video"},
    "a.mpg": {"codec": "mpeg1video"},
    "a.mkv": {},
    "a.webm": {"codec": "libvpx"},
    "a.ogv": {"codec": "libvpx", "muxer": "ogg"},
    "a.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "a.flv": {"codec": "flv"},
    "a.wmv": {"codec": "wmv2"},
    "a.mxf": {"codec": "mpeg2video"},
    "a.gif": {"codec": "gif", "pix_fmt": "rgb8"},
    "a.dv": {"codec": "dvvideo", "size": (720, 576), "frames": 8},
    "a.y4m": {"codec": "wrapped_avframe", "muxer": "yuv4mpegpipe"},
    "a.h264": {},
    "a.hevc": {"codec": "libx265"},
    "a.m2v": {"codec": "mpeg2video", "muxer": "mpeg2video"},
    "a.mjpeg": {"codec": "mjpeg", "pix_fmt": "yuvj420p"},
    "a.mp4": {"bframes": 2},
    "fragmented.mp4": {"mux_options": {"movflags": "frag_keyframe+empty_moov"}},
}


def said_of(path: Path, *, chunk_s: float = 1000.0) -> tuple[int, list[str]]:
    """Read a file as an analysis does; returns how many frames there are, and all that is said about losses."""
    recording, parts = probe(path), []
    for chunk in plan_chunks(recording, chunk_s=chunk_s):
        counts, columns = ReadCounts(), Columns(lambda landmarks, values: None)
        for frame in read_frames(recording, chunk, fps=None, counts=counts):
            columns.add(frame.index, frame, [])
        parts.append(columns.finish(counts))
    return _said(path, parts)


def _said(path: Path, parts: list[ChunkObservations]) -> tuple[int, list[str]]:
    recording = probe(path)
    _, result = joined(parts, Settings())
    manifest = replace(build_manifest(path, path.name), recording=recording, result=result, notes={})
    ends = ends_in(recording)
    warnings = [said for said in manifest.warnings if "were assumed" not in said]
    return result.decoded, [*warnings, *doubts(recording), *([ends] if ends else [])]


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_said_about_whole_recordings(name: str, tmp_path: Path) -> None:
    frames = len(make_clip(tmp_path / name, **FORMATS[name]))
    assert said_of(tmp_path / name) == (frames, [])


@pytest.mark.parametrize("chunk_s", [0.4, 1000.0])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_nothing_is_said_where_a_whole_recording_is_cut_into_chunks(name: str, chunk_s: float, tmp_path: Path) -> None:
    options = {"preset": "ultrafast", "x264-params": "keyint=12:min-keyint=12:scenecut=0:bframes=2:open-gop=1"}
    make_clip(tmp_path / name, options=options)
    assert said_of(tmp_path / name, chunk_s=chunk_s) == (50, [])


def _without(begin: float, end: float, align: int = 1) -> Callable[[bytes], bytes]:
    def damage(content: bytes) -> bytes:
        first, last = (int(len(content) * share) // align * align for share in (begin, end))
        return content[:first] + content[last:]

    return damage


LOSSES = {
    "packets of TS are missing": ("a.ts", _without(0.4, 0.6, 188)),
    "TS is cut within a packet": ("a.ts", lambda content: content[: len(content) // 2 // 188 * 188 + 77]),
    "TS begins anywhere": ("a.ts", _without(0.0, 0.3, 188)),
    "M2TS is cut within a packet": ("a.m2ts", lambda content: content[: len(content) // 2 // 192 * 192 + 77]),
    "bytes of VOB are missing": ("a.vob", _without(0.4, 0.6)),
    "bytes of MPEG-1 are missing": ("a.mpg", _without(0.4, 0.6)),
    "VOB is cut": ("a.vob", _without(0.7, 1.0)),
    "bytes of MKV are missing": ("a.mkv", _without(0.4, 0.6)),
    "bytes of WebM are missing": ("a.webm", _without(0.4, 0.6)),
    "bytes of Ogg are missing": ("a.ogv", _without(0.4, 0.6)),
    "Ogg is cut": ("a.ogv", _without(0.7, 1.0)),
    "bytes of AVI are missing": ("a.avi", _without(0.5, 0.52)),
    "bytes of FLV are missing": ("a.flv", _without(0.4, 0.6)),
    "bytes of MXF are missing": ("a.mxf", _without(0.4, 0.45)),
    "GIF is cut": ("a.gif", _without(0.5, 1.0)),
    "DV is cut": ("a.dv", _without(0.7, 1.0)),
    "DV begins within a frame": ("a.dv", _without(0.0, 0.3)),
    "Y4M is cut": ("a.y4m", _without(0.711, 1.0)),
    "H.264 begins anywhere": ("a.h264", _without(0.0, 0.3)),
    "HEVC begins anywhere": ("a.hevc", _without(0.0, 0.3)),
    "MPEG-2 begins anywhere": ("a.m2v", _without(0.0, 0.3)),
    "Motion JPEG begins anywhere": ("a.mjpeg", _without(0.0, 0.3)),
    "WMV is cut": ("a.wmv", _without(0.7, 1.0)),
    "a fragment is missing": ("fragmented.mp4", _without(0.4, 0.6)),
}


@pytest.mark.parametrize("case", LOSSES)
def test_a_recording_that_lost_frames_says_so(case: str, tmp_path: Path) -> None:
    name, damage = LOSSES[case]
    whole = len(make_clip(tmp_path / name, **{"frames": 100, **FORMATS[name]}))
    (tmp_path / name).write_bytes(damage((tmp_path / name).read_bytes()))
    frames, said = said_of(tmp_path / name)
    assert 0 < frames < whole
    assert said


def test_the_container_of_a_file_without_its_beginning_is_missed(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.avi", codec="mjpeg", pix_fmt="yuvj420p")
    content = (tmp_path / "a.avi").read_bytes()
    (tmp_path / "a.avi").write_bytes(content[content.index(b"\xff\xd8", len(content) // 2) :])
    frames, (said, *_) = said_of(tmp_path / "a.avi")
    assert 0 < frames < 50
    assert "named .avi, but only a raw mjpeg stream was found" in said


@pytest.mark.parametrize("name", ["b.mkv", "b.ts", "b.nut"])
@pytest.mark.parametrize("gone", [range(20, 21), range(20, 32)])
def test_a_gap_in_a_steady_rate_is_told(name: str, gone: range, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", codec="mpeg2video", gop=1)
    drop_packets(tmp_path / "a.mkv", tmp_path / name, gone)
    frames, said = said_of(tmp_path / name)
    assert frames == 50 - len(gone)
    count = "1 frame" if len(gone) == 1 else f"{len(gone)} frames"
    assert len(said) == 1
    assert said[0].startswith(f"{count} may be missing in 1 place, unless the picture stood still: ")


def test_a_gap_between_chunks_is_told_once(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", codec="mpeg4")
    drop_packets(tmp_path / "a.mkv", tmp_path / "b.mkv", range(20, 24))
    assert len(plan_chunks(probe(tmp_path / "b.mkv"), chunk_s=0.4)) > 2
    assert said_of(tmp_path / "b.mkv", chunk_s=0.4) == said_of(tmp_path / "b.mkv")
    assert "4 frames may be missing" in said_of(tmp_path / "b.mkv")[1][0]


def test_a_still_stretch_of_mp4_is_no_gap_for_each_frame_has_its_length(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", times=[*(number / 25 for number in range(30)), *(9 + n / 25 for n in range(20))])
    assert said_of(tmp_path / "a.mp4") == (50, [])


def test_a_varying_rate_has_no_gaps(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.1, 0.13, 0.21, 0.25, 0.36, 0.4, 0.44, 0.6, 0.64, 0.68, 0.9, 0.94, 1.0]
    make_clip(tmp_path / "a.mkv", times=times)
    assert said_of(tmp_path / "a.mkv") == (15, [])


@pytest.mark.parametrize(
    ("counts", "steady"), [((40, 0, 1), True), ((40, 3, 1), False), ((2, 0, 1), False), ((0, 0, 0), True)]
)
def test_a_rate_is_steady_if_nearly_all_steps_are_even(counts: tuple[int, int, int], steady: bool) -> None:
    assert is_steady(*counts) is steady


def test_steps_are_even_odd_or_gaps() -> None:
    rhythm = Rhythm()
    for step in (40, 41, 39, 80, 121, 55, 0, -40):
        rhythm.add(step, 40, 1.5)
    assert (rhythm.even, rhythm.odd, rhythm.gaps, rhythm.missing) == (3, 3, 2, 3)


@pytest.mark.parametrize("codec", ["mpeg4", "mpeg2video"])
def test_pictures_that_the_decoder_patched_up_count_as_damaged(codec: str, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", codec=codec)
    damage_packets(tmp_path / "a.mkv", range(26, 29), keep=60)
    frames, (said, *_) = said_of(tmp_path / "a.mkv")
    assert frames == 50
    assert "damaged packets or frames" in said


def test_what_ffmpeg_says_is_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_clip(tmp_path / "a.mp4")
    damage_packets(tmp_path / "a.mp4", range(26, 29))
    with caplog.at_level(logging.DEBUG):
        assert said_of(tmp_path / "a.mp4")[1]
    assert caplog.text == ""


def test_fewer_frames_than_the_header_counts_are_told_where_headers_count_well(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.avi", codec="mjpeg", pix_fmt="yuvj420p")
    manifest = replace(build_manifest(tmp_path / "a.avi", "a.avi"), recording=probe(tmp_path / "a.avi"), notes={})
    assert replace(manifest, result=Result(decoded=50)).warnings == []
    assert replace(manifest, result=Result(decoded=48)).warnings == [
        "its header announces 50 frames, and 48 could be read"
    ]


def test_where_parts_were_put_together_nothing_is_damaged(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.ts", audio="mp2")
    (tmp_path / "b.ts").write_bytes(3 * (tmp_path / "a.ts").read_bytes())
    frames, (said,) = said_of(tmp_path / "b.ts")
    assert frames == 150
    assert said.startswith("its clock began anew 2 times")
