"""Probing, planning and reading: every picture once, each with its true time, upright."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from clips import Picture, claim_keyframes, damage_packets, make_clip, number_picture, read_number
from videmo.errors import RecordingError
from videmo.records import Chunk, Recording
from videmo.video.announced import ends_early
from videmo.video.cells import sampling_cell
from videmo.video.packets import packets_of
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe
from videmo.video.read import Frame, ReadCounts, read_frames
from videmo.video.stills import read_stills

OPEN_GOP = {
    "x265-params": "keyint=12:min-keyint=12:scenecut=0:bframes=3:b-adapt=0:open-gop=1:pools=none:frame-threads=1"
    ":log-level=none"
}
OPEN_GOP_H264 = {"x264-params": "keyint=12:min-keyint=12:scenecut=0:bframes=3:b-adapt=0:open-gop=1"}
UNEVEN = [0.0, 0.033, 0.1, 0.5, 0.52, 0.9, 1.27, 1.3, 1.9, 2.0, 2.01, 2.6, 2.9]

CLIPS: dict[str, tuple[str, dict[str, Any]]] = {
    "h264 with B-frames in mp4": ("a.mp4", {"bframes": 3}),
    "h264 with B-frames in mov beside audio": ("a.mov", {"bframes": 2, "audio": "aac"}),
    "h264 with B-frames in mkv": ("a.mkv", {"bframes": 3}),
    "h264 with B-frames in mkv beside audio": ("b.mkv", {"bframes": 3, "audio": "aac"}),
    "h264 with open groups in mp4": ("a.mp4", {"bframes": 3, "options": OPEN_GOP_H264}),
    "h264 with open groups in mkv": ("a.mkv", {"bframes": 3, "options": OPEN_GOP_H264}),
    "hevc with open groups in mp4": ("a.mp4", {"codec": "libx265", "bframes": 3, "options": OPEN_GOP}),
    "hevc with open groups in mkv": ("a.mkv", {"codec": "libx265", "bframes": 3, "options": OPEN_GOP}),
    "mpeg2 with B-frames in mkv": ("a.mkv", {"codec": "mpeg2video", "bframes": 2}),
    "vp9 in webm": ("a.webm", {"codec": "libvpx-vp9"}),
    "mjpeg in avi": ("a.avi", {"codec": "mjpeg", "pix_fmt": "yuvj420p", "full_range": True}),
    "mpeg4 in avi": ("a.avi", {"codec": "mpeg4"}),
    "mpeg4 with B-frames in avi": ("a.avi", {"codec": "mpeg4", "bframes": 2}),
    "variable rate in mp4": ("a.mp4", {"times": UNEVEN, "gop": 3, "bframes": 1}),
    "variable rate in mkv": ("a.mkv", {"times": UNEVEN, "gop": 3, "bframes": 1}),
    "starting late in mp4": ("a.mp4", {"start_s": 3.0}),
    "starting late in mkv": ("a.mkv", {"start_s": 3.0, "bframes": 2, "audio": "aac"}),
    "rotated in mp4": ("a.mp4", {"rotation": 90, "bframes": 2}),
}


def _whole(recording: Recording) -> Chunk:
    (chunk,) = plan_chunks(recording, chunk_s=math.inf)
    return chunk


def _seen(recording: Recording, chunk: Chunk, *, fps: float | None = None) -> list[tuple[int, float, int, bytes]]:
    """Time stamp, time, number and pixels of each frame."""
    return [
        (frame.pts, frame.time_s, read_number(frame.luma.full()), frame.luma.full().tobytes())
        for frame in read_frames(recording, chunk, fps=fps, counts=ReadCounts())
    ]


def _times(recording: Recording, *, fps: float | None = None) -> list[float]:
    return [frame[1] for frame in _seen(recording, _whole(recording), fps=fps)]


def _first(recording: Recording) -> Frame:
    return next(read_frames(recording, _whole(recording), fps=None, counts=ReadCounts()))


@pytest.mark.parametrize("name", CLIPS)
def test_chunks_hold_every_frame_once_and_as_it_is_in_the_whole(name: str, tmp_path: Path) -> None:
    file, making = CLIPS[name]
    made = make_clip(tmp_path / file, **making)
    recording = probe(tmp_path / file)
    chunks = plan_chunks(recording, chunk_s=0.4)
    assert len(chunks) > 2
    whole = _seen(recording, _whole(recording))
    assert [number for _, _, number, _ in whole] == list(range(len(made)))
    assert [frame for chunk in chunks for frame in _seen(recording, chunk)] == whole


@pytest.mark.parametrize("name", CLIPS)
def test_chunks_meet_without_gap_and_begin_where_planned(name: str, tmp_path: Path) -> None:
    file, making = CLIPS[name]
    make_clip(tmp_path / file, **making)
    recording = probe(tmp_path / file)
    chunks = plan_chunks(recording, chunk_s=0.4)
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    assert (chunks[0].start_pts, chunks[-1].end_pts) == (None, None)
    assert [chunk.end_pts for chunk in chunks[:-1]] == [chunk.start_pts for chunk in chunks[1:]]
    for chunk in chunks[1:]:
        assert _seen(recording, chunk)[0][0] == chunk.start_pts


def test_plan_depends_on_file_and_length_alone(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", bframes=2)
    assert plan_chunks(probe(tmp_path / "a.mkv"), chunk_s=0.9) == plan_chunks(probe(tmp_path / "a.mkv"), chunk_s=0.9)


def test_no_chunk_but_the_last_is_shorter_than_asked(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", frames=75, gop=5)
    chunks = plan_chunks(probe(tmp_path / "a.mp4"), chunk_s=0.5)
    assert len(chunks) == 5
    assert all(chunk.duration_s >= 0.5 for chunk in chunks[:-1])
    assert sum(chunk.duration_s for chunk in chunks) == pytest.approx(3.0, abs=0.05)


@pytest.mark.parametrize("file", ["a.mp4", "a.mov"])
def test_late_mp4_with_b_frames_is_cut_too(file: str, tmp_path: Path) -> None:
    make_clip(tmp_path / file, start_s=3.0, bframes=2)
    assert len(plan_chunks(probe(tmp_path / file), chunk_s=0.4)) > 2


@pytest.mark.parametrize("file", ["a.ts", "a.flv", "a.mpg"])
def test_container_without_index_is_one_chunk_with_every_frame(file: str, tmp_path: Path) -> None:
    old = {"codec": "mpeg1video", "audio": "mp2"} if file.endswith("mpg") else {"audio": "aac"}
    make_clip(tmp_path / file, bframes=2, **old)
    recording = probe(tmp_path / file)
    (chunk,) = plan_chunks(recording, chunk_s=0.4)
    frames = _seen(recording, chunk)
    assert [number for _, _, number, _ in frames] == list(range(50))
    assert np.diff([time_s for _, time_s, _, _ in frames]) == pytest.approx(0.04, abs=0.001)


@pytest.mark.parametrize("file", ["a.mp4", "a.mov", "a.mkv", "a.webm"])
@pytest.mark.parametrize("bframes", [0, 2])
def test_variable_rate_gives_the_times_that_were_written(file: str, bframes: int, tmp_path: Path) -> None:
    codec = "libvpx-vp9" if file.endswith("webm") else "libx264"
    made = make_clip(tmp_path / file, codec=codec, times=UNEVEN, bframes=bframes)
    assert _times(probe(tmp_path / file)) == pytest.approx(made, abs=0.001)


def test_rate_of_ntsc_does_not_drift(tmp_path: Path) -> None:
    tick = Fraction(1001, 30000)
    made = make_clip(
        tmp_path / "a.mp4", times=[float(index * tick) for index in range(61)], time_base=tick, size=(64, 48), fps=30
    )
    assert made[-1] == pytest.approx(2.002)
    assert _times(probe(tmp_path / "a.mp4")) == pytest.approx(made, abs=1e-6)


@pytest.mark.parametrize(("file", "making"), [("a.mp4", {}), ("a.mp4", {"bframes": 2}), ("a.mkv", {"bframes": 2})])
def test_times_count_from_the_container_start_when_it_starts_late(
    file: str, making: dict[str, Any], tmp_path: Path
) -> None:
    made = make_clip(tmp_path / file, start_s=3.0, **making)
    recording = probe(tmp_path / file)
    assert recording.start_s == pytest.approx(3.0)
    assert _times(recording) == pytest.approx([moment - 3.0 for moment in made], abs=0.001)


def test_times_count_from_the_audio_where_it_begins_first(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", start_s=3.0, audio="pcm_s16le", audio_start_s=-0.5)
    recording = probe(tmp_path / "a.mkv")
    assert recording.start_s == pytest.approx(2.5)
    assert _times(recording)[:2] == pytest.approx([0.5, 0.54], abs=0.001)


def test_transport_stream_starting_late_begins_near_zero(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.ts", start_s=60.0)
    recording = probe(tmp_path / "a.ts")
    assert recording.start_s > 59
    assert _times(recording) == pytest.approx([index / 25 for index in range(50)], abs=0.001)


def _corner(_: int) -> Picture:
    """A bright block in the top left corner of a dark picture of 160 by 120."""
    picture = np.full((120, 160, 3), 30, np.uint8)
    picture[:30, :40] = 220
    return picture


@pytest.mark.parametrize("file", ["a.mp4", "a.mov", "a.mkv"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotated_recording_is_seen_upright(file: str, rotation: int, tmp_path: Path) -> None:
    make_clip(tmp_path / file, rotation=rotation, frames=1, pictures=_corner)
    recording = probe(tmp_path / file)
    assert (recording.rotation, recording.width, recording.height) == (rotation, 160, 120)
    frame = _first(recording)
    assert (frame.picture.width, frame.picture.height) == ((160, 120) if rotation % 180 == 0 else (120, 160))
    luma = frame.luma
    assert (luma.width, luma.height) == (160, 120)
    expected = _corner(0)[:, :, 0].astype(int)
    assert np.abs(luma.full() - expected)[4:26, 4:36].max() < 20
    assert np.abs(luma.full() - expected).mean() < 3
    assert luma.scaled(16, 12)[:3, :4].min() > 200
    assert luma.scaled(16, 12)[3:].max() < 60
    assert luma.patch(0, 0, 30, 10).min() > 190
    assert luma.patch(130, 0, 30, 10).max() < 60
    assert luma.patch(0, 90, 30, 10).max() < 60
    assert luma.patch(20, 10, 40, 8)[0, 0] > 200
    assert luma.patch(20, 10, 40, 8)[-1, 0] < 60


def _first_in_each_cell(times: list[float], fps: float) -> list[float]:
    kept: dict[int, float] = {}
    for moment in times:
        kept.setdefault(math.floor(Fraction(moment).limit_denominator(100000) * Fraction(fps)), moment)
    return list(kept.values())


@pytest.mark.parametrize("fps", [1.0, 4.0, 5.0, 7.0, 12.5, 25.0, 60.0])
@pytest.mark.parametrize("times", [None, UNEVEN])
def test_sampling_takes_the_first_frame_of_each_cell(times: list[float] | None, fps: float, tmp_path: Path) -> None:
    made = make_clip(tmp_path / "a.mkv", times=times, size=(64, 48), bframes=2)
    assert _times(probe(tmp_path / "a.mkv"), fps=fps) == pytest.approx(_first_in_each_cell(made, fps), abs=1e-6)


@pytest.mark.parametrize("times", [None, UNEVEN])
def test_sampling_of_chunks_is_that_of_the_whole_once_second_samples_are_dropped(
    times: list[float] | None, tmp_path: Path
) -> None:
    make_clip(tmp_path / "a.mp4", times=times, gop=3, bframes=1, size=(64, 48))
    recording = probe(tmp_path / "a.mp4")
    chunks = plan_chunks(recording, chunk_s=0.1)
    assert len(chunks) > 3
    joined: dict[int, float] = {}
    for chunk in chunks:
        for _, time_s, _, _ in _seen(recording, chunk, fps=5.0):
            joined.setdefault(sampling_cell(time_s, 5.0), time_s)
    assert list(joined.values()) == _times(recording, fps=5.0)


def test_time_just_before_a_cell_is_not_in_it_and_rounding_does_not_move_one() -> None:
    assert [sampling_cell(time_s, 5.0) for time_s in (0.0, 0.199, 0.2, 0.3999, 0.6)] == [0, 0, 1, 1, 3]
    assert 0.29 * 100 < 29
    assert sampling_cell(0.29, 100.0) == 29


def test_seek_that_arrives_early_adds_no_frame(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", bframes=2)
    recording = probe(tmp_path / "a.mkv")
    chunk = Chunk(0, 0, 600, 1000, 0.4)
    assert [number for _, _, number, _ in _seen(recording, chunk)] == list(range(15, 25))


def test_frames_are_numbered_within_their_chunk_whether_sampled_or_not(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", bframes=2)
    recording = probe(tmp_path / "a.mp4")
    counts = ReadCounts()
    frames = list(read_frames(recording, _whole(recording), fps=5.0, counts=counts))
    assert [frame.index for frame in frames] == list(range(0, 50, 5))
    assert (counts.frames, counts.damaged, counts.unordered) == (50, 0, 0)
    assert counts.last_s == pytest.approx(49 / 25)
    second = plan_chunks(recording, chunk_s=0.4)[1]
    assert [frame.index for frame in read_frames(recording, second, fps=None, counts=ReadCounts())] == list(range(12))


@pytest.mark.parametrize("bframes", [0, 2])
def test_damaged_packets_are_counted_and_cost_only_their_group(bframes: int, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", bframes=bframes)
    damage_packets(tmp_path / "a.mp4", range(26, 29))
    recording = probe(tmp_path / "a.mp4")
    counts = ReadCounts()
    frames = {
        round(frame.time_s * 25): read_number(frame.luma.full())
        for frame in read_frames(recording, _whole(recording), fps=None, counts=counts)
    }
    assert counts.damaged >= 1
    assert counts.unordered == 0
    healthy = [*range(24), *range(36, 50)]
    assert {number: frames.get(number) for number in healthy} == {number: number for number in healthy}


def test_damaged_keyframe_does_not_end_reading(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4")
    damage_packets(tmp_path / "a.mp4", range(24, 25))
    recording = probe(tmp_path / "a.mp4")
    for chunks in (plan_chunks(recording, chunk_s=math.inf), plan_chunks(recording, chunk_s=0.4)):
        counts = ReadCounts()
        numbers = [
            read_number(frame.luma.full())
            for chunk in chunks
            for frame in read_frames(recording, chunk, fps=None, counts=counts)
        ]
        assert numbers[:24] == list(range(24))
        assert numbers[-14:] == list(range(36, 50))
        assert counts.damaged >= 1


@pytest.mark.parametrize(
    ("codec", "size", "file"),
    [("mpeg4", (160, 120), "a.mp4"), ("h263", (176, 144), "a.3gp"), ("mpeg4", (160, 120), "a.mov")],
)
@pytest.mark.parametrize("keyframes", [(31, 51, 71), (26, 51, 76), (30, 51, 80), (2, 3, 4)])
def test_frame_that_only_the_container_calls_a_keyframe_begins_no_chunk(
    codec: str, size: tuple[int, int], file: str, keyframes: tuple[int, ...], tmp_path: Path
) -> None:
    make_clip(tmp_path / file, codec=codec, size=size, frames=100, gop=25)
    claim_keyframes(tmp_path / file, keyframes)
    recording = probe(tmp_path / file)
    whole = _seen(recording, _whole(recording))
    assert [number for _, _, number, _ in whole] == list(range(100))
    chunks = plan_chunks(recording, chunk_s=0.4)
    assert len(chunks) == 1 + len({26, 51, 76} & set(keyframes))
    assert [frame for chunk in chunks for frame in _seen(recording, chunk)] == whole
    stills = {time_s: read_number(still[:, :, 1]) for time_s, still in read_stills(recording, [1.24, 2.4, 3.2])}
    assert stills == {1.24: 31, 2.4: 60, 3.2: 80}


@pytest.mark.parametrize("file", ["a.mp4", "a.mkv", "a.avi"])
def test_file_that_was_cut_off_is_read_to_its_end_and_said_to_be(file: str, tmp_path: Path) -> None:
    codec = "mpeg4" if file.endswith("avi") else "libx264"
    front = {"movflags": "faststart"} if file.endswith("mp4") else None
    make_clip(tmp_path / file, codec=codec, frames=100, mux_options=front)
    content = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(content[: len(content) // 2])
    recording = probe(tmp_path / file)
    counts = ReadCounts()
    numbers = [
        read_number(frame.luma.full()) for frame in read_frames(recording, _whole(recording), fps=None, counts=counts)
    ]
    assert 20 < len(numbers) < 80
    assert numbers[:20] == list(range(20))
    assert "cut off" in ends_early(recording, counts.last_s)


def test_whole_file_is_not_said_to_be_cut_off(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", bframes=2, audio="aac")
    recording = probe(tmp_path / "a.mp4")
    assert ends_early(recording, _times(recording)[-1]) == ""


@pytest.mark.parametrize(
    ("file", "codec", "pix_fmt", "size"),
    [
        ("a.mp4", "libx264", "yuv444p", (33, 17)),
        ("a.webm", "libvpx-vp9", "yuv420p", (35, 19)),
        ("a.mkv", "ffv1", "yuv420p", (37, 21)),
        ("a.avi", "mjpeg", "yuvj420p", (41, 23)),
    ],
)
def test_odd_sizes_are_read_whole(file: str, codec: str, pix_fmt: str, size: tuple[int, int], tmp_path: Path) -> None:
    make_clip(tmp_path / file, codec=codec, pix_fmt=pix_fmt, size=size, frames=5, full_range=pix_fmt.startswith("yuvj"))
    recording = probe(tmp_path / file)
    assert (recording.width, recording.height) == size
    frames = list(read_frames(recording, _whole(recording), fps=None, counts=ReadCounts()))
    assert {frame.luma.full().shape for frame in frames} == {size[::-1]}
    assert [number for _, _, number, _ in _seen(recording, _whole(recording))] == list(range(5))


@pytest.mark.parametrize("file", ["a.mp4", "a.mkv", "a.avi", "a.webm", "a.ts"])
def test_single_frame_is_one_chunk_with_one_frame(file: str, tmp_path: Path) -> None:
    codec = {"webm": "libvpx-vp9", "avi": "mpeg4"}.get(file[2:], "libx264")
    make_clip(tmp_path / file, codec=codec, frames=1)
    recording = probe(tmp_path / file)
    (chunk,) = plan_chunks(recording, chunk_s=0.001)
    assert [(time_s, number) for _, time_s, number, _ in _seen(recording, chunk)] == [(0.0, 0)]


def test_single_pixel_is_a_picture(tmp_path: Path) -> None:
    make_clip(
        tmp_path / "a.mkv", codec="ffv1", size=(1, 1), frames=3, pictures=lambda _: np.full((1, 1, 3), 128, np.uint8)
    )
    frame = _first(probe(tmp_path / "a.mkv"))
    assert frame.luma.full().tolist() == [[pytest.approx(128, abs=2)]]
    assert frame.luma.patch(-3, -3, 7, 5).shape == (5, 5)


def test_uncompressed_avi_stored_bottom_up_is_upright(tmp_path: Path) -> None:
    make_clip(
        tmp_path / "a.avi",
        codec="rawvideo",
        pix_fmt="bgr24",
        frames=3,
        mux_options={"flipped_raw_rgb": "1"},
        pictures=lambda number: np.ascontiguousarray(number_picture(number)[::-1]),
    )
    recording = probe(tmp_path / "a.avi")
    assert [number for _, _, number, _ in _seen(recording, _whole(recording))] == [0, 1, 2]


def test_probing_says_what_the_file_is(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", bframes=2, audio=("aac", "ac3"))
    recording = probe(tmp_path / "a.mp4")
    assert (recording.codec, recording.pixel_format) == ("h264", "yuv420p")
    assert recording.audio == ("aac", "ac3")
    assert recording.duration_s == pytest.approx(2.0)
    assert recording.average_fps == pytest.approx(25.0)
    assert recording.frame_count_from_header == 50
    assert len(recording.keyframes) == 5
    assert recording.size_bytes == (tmp_path / "a.mp4").stat().st_size


def _sound_only(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), format="s16", layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "empty"), (b"These are words, not pictures. " * 40, "not a readable video"), (None, "gone")],
)
def test_file_that_is_no_video_is_named_with_the_reason(content: bytes | None, words: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(RecordingError, match=words) as caught:
        probe(tmp_path / "a.mp4")
    assert str(tmp_path / "a.mp4") in str(caught.value)


def test_sound_without_pictures_is_refused(tmp_path: Path) -> None:
    _sound_only(tmp_path / "a.wav")
    with pytest.raises(RecordingError, match=r"no video stream \(it has 1 audio stream"):
        probe(tmp_path / "a.wav")


def test_video_of_an_unknown_codec_is_refused_in_a_sentence(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", audio="aac")
    content = bytearray((tmp_path / "a.mp4").read_bytes())
    place = content.index(b"avc1", content.index(b"stsd"))
    content[place : place + 4] = b"zzz1"
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(RecordingError, match=r"a\.mp4: its video has a codec that FFmpeg does not know"):
        probe(tmp_path / "a.mp4")


class _Growing:
    """A container in which a stream appeared on the way, as PyAV treats it."""

    def demux(self, *_: object) -> Iterator[str]:
        yield "packet"
        raise IndexError("list index out of range")


def test_stream_that_appears_on_the_way_ends_nothing_early() -> None:
    assert list(packets_of(_Growing())) == ["packet"]  # type: ignore[arg-type, comparison-overlap]


def test_headers_without_any_picture_are_refused(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", mux_options={"movflags": "faststart"})
    content = (tmp_path / "a.mp4").read_bytes()
    (tmp_path / "a.mp4").write_bytes(content[: content.index(b"mdat") + 4])
    with pytest.raises(RecordingError, match=r"no frame can be decoded|not a readable video"):
        probe(tmp_path / "a.mp4")


def test_animated_webp_is_refused_for_what_it_is(tmp_path: Path) -> None:
    first, *others = (Image.fromarray(number_picture(number)) for number in range(3))
    first.save(tmp_path / "a.webp", save_all=True, append_images=others, duration=200)
    with pytest.raises(RecordingError, match="animated WebP") as caught:
        probe(tmp_path / "a.webp")
    assert "Convert it to a video, such as H.264 in MP4, or to a GIF" in str(caught.value)
    assert "damaged" not in str(caught.value)
    first.save(tmp_path / "still.webp", lossless=True)
    content = (tmp_path / "still.webp").read_bytes()
    (tmp_path / "still.webp").write_bytes(content[:30])
    with pytest.raises(RecordingError, match="damaged or cut off"):
        probe(tmp_path / "still.webp")


def test_recording_that_vanished_since_is_an_error_that_names_it(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4")
    recording = probe(tmp_path / "a.mp4")
    chunk = _whole(recording)
    (tmp_path / "a.mp4").unlink()
    with pytest.raises(RecordingError, match=r"a\.mp4: the file is gone"):
        list(read_frames(recording, chunk, fps=None, counts=ReadCounts()))
