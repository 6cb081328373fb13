"""Writing annotated videos: what browsers play, with the recording's own times, sound and orientation."""

from __future__ import annotations

import hashlib
import math
import os
import platform
import struct
import subprocess
import sys
from collections.abc import Sequence
from itertools import combinations, product
from pathlib import Path
from typing import Any

import av
import numpy as np
import pandas as pd
import pytest
from av.video.reformatter import ColorRange

import moving
from clips import Picture, damage_packets, make_clip, read_number
from videmo.annotate import overlay
from videmo.annotate.canvas import Canvas, Colour
from videmo.annotate.labels import Label, Labels, sights_of
from videmo.annotate.overlay import Overlay
from videmo.annotate.segment import annotate_chunk
from videmo.errors import OutputError
from videmo.measures.emotions import EMOTIONS
from videmo.records import Recording
from videmo.settings import AnnotationSettings
from videmo.video.display import orientation_of
from videmo.video.displayed import displayed_yuv420p
from videmo.video.luma import luma_of
from videmo.video.mux import join_segments
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames
from videmo.video.write import SEGMENT_SUFFIX, segment_writer

UNEVEN = [0.0, 0.033, 0.1, 0.5, 0.52, 0.9, 1.27, 1.3, 1.9, 2.0, 2.01, 2.6, 2.9]
NOBODY = pd.DataFrame(
    {name: pd.Series(dtype=float) for name in ("time_s", "person", "x", "y", "w", "h", *EMOTIONS)}
    | {name: pd.Series(dtype=str) for name in ("status", "left_out")}
)
SETTINGS = AnnotationSettings(quality=18)


def _annotated(
    path: Path, *, chunk_s: float = math.inf, audio: bool = True, observations: pd.DataFrame = NOBODY
) -> tuple[Path, tuple[str, ...]]:
    """Annotate a file as the pipeline does: a segment a chunk, then all joined."""
    recording = probe(path)
    labels = Labels(sights_of(observations), 0.5)
    segments = []
    for chunk in plan_chunks(recording, chunk_s=chunk_s):
        segments.append(path.with_name(f"{path.name}-{chunk.index}{SEGMENT_SUFFIX}"))
        annotate_chunk(recording, chunk, labels, segments[-1], SETTINGS)
    target = path.with_name(f"{path.name}-annotated-{len(segments)}.mp4")
    return target, join_segments(segments, recording, target, audio=audio)


def _ticks(path: Path, recording: Recording) -> list[int]:
    """Times of all frames in ticks of ``recording``, as far as the file tells, from its own zero."""
    with av.open(str(path)) as container:
        times = [frame.pts * frame.time_base for frame in container.decode(video=0)]
    ticks = [moment / recording.time_base for moment in times]
    assert all(tick.denominator == 1 for tick in ticks)
    return [int(tick) for tick in ticks]


def _ticks_of(recording: Recording) -> list[int]:
    """Times of all frames of a recording in ticks from the start of its container."""
    (whole,) = plan_chunks(recording, chunk_s=math.inf)
    frames = read_frames(recording, whole, fps=None, counts=ReadCounts())
    return [round(frame.time_s / recording.time_base) for frame in frames]


def _numbers(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [read_number(luma_of(frame, 0).full()) for frame in container.decode(video=0)]


def _audio_packets(path: Path, index: int = 0) -> list[tuple[float, str]]:
    """Time and contents of each packet of an audio stream."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[index]
        return [
            (float(packet.pts * packet.time_base), hashlib.sha256(bytes(packet)).hexdigest())
            for packet in container.demux(stream)
            if packet.size and packet.pts is not None
        ]


def _boxes(path: Path) -> list[str]:
    """Names of the boxes of an MP4's first level, in their order."""
    content, names, place = path.read_bytes(), [], 0
    while place + 8 <= len(content):
        size, name = struct.unpack(">I4s", content[place : place + 8])
        if size == 1:
            size = struct.unpack(">Q", content[place + 8 : place + 16])[0]
        names.append(name.decode())
        place += size
    return names


CLIPS: dict[str, tuple[str, dict[str, Any]]] = {
    "constant rate, mp4": ("a.mp4", {"bframes": 2}),
    "constant rate, mkv": ("a.mkv", {"bframes": 2}),
    "constant rate, avi": ("a.avi", {"codec": "mpeg4"}),
    "constant rate, webm": ("a.webm", {"codec": "libvpx-vp9"}),
    "transport stream": ("a.ts", {"bframes": 2, "audio": "aac"}),
    "program stream": ("a.mpg", {"codec": "mpeg1video", "audio": "mp2"}),
    "variable rate, mp4": ("a.mp4", {"times": UNEVEN, "gop": 3, "bframes": 1}),
    "variable rate, mkv": ("a.mkv", {"times": UNEVEN, "gop": 3}),
    "late start, mp4": ("a.mp4", {"start_s": 3.0, "bframes": 2}),
    "late start, mkv": ("a.mkv", {"start_s": 3.0, "audio": "aac"}),
    "video after audio, mkv": ("a.mkv", {"start_s": 3.0, "audio": "pcm_s16le", "audio_start_s": -0.5}),
    "one frame": ("a.mp4", {"frames": 1}),
}


@pytest.mark.parametrize("name", list(CLIPS))
def test_frames_keep_their_times_to_the_tick_and_their_pictures(name: str, tmp_path: Path) -> None:
    file, making = CLIPS[name]
    made = make_clip(tmp_path / file, **making)
    target, warnings = _annotated(tmp_path / file)
    assert warnings == ()
    recording = probe(tmp_path / file)
    assert _ticks(target, recording) == _ticks_of(recording)
    assert _numbers(target) == list(range(len(made)))


@pytest.mark.parametrize("name", [name for name in CLIPS if "stream" not in name and name != "one frame"])
def test_many_segments_are_as_good_as_one(name: str, tmp_path: Path) -> None:
    file, making = CLIPS[name]
    if name == "late start, mp4":
        making = making | {"bframes": 0}
    make_clip(tmp_path / file, **making)
    one, _ = _annotated(tmp_path / file)
    many, _ = _annotated(tmp_path / file, chunk_s=0.4)
    assert one != many
    recording = probe(tmp_path / file)
    assert _ticks(many, recording) == _ticks(one, recording)
    assert _numbers(many) == _numbers(one)


def test_output_is_what_browsers_play(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", codec="libvpx-vp9", audio="pcm_s16le")
    target, _ = _annotated(tmp_path / "a.mkv", chunk_s=0.9)
    written = probe(target)
    assert (written.codec, written.pixel_format, written.audio) == ("h264", "yuv420p", ("aac",))
    assert "mp4" in written.container
    names = _boxes(target)
    assert names.index("moov") < names.index("mdat")


@pytest.mark.parametrize(
    ("file", "making"),
    [
        ("a.mp4", {"bframes": 2}),
        ("a.mp4", {"frames": 37, "fps": 10}),
        ("a.mkv", {"audio": "aac"}),
        ("a.avi", {"codec": "mpeg4", "fps": 30}),
        ("a.mp4", {"frames": 1}),
    ],
)
@pytest.mark.parametrize("chunk_s", [math.inf, 0.4])
def test_length_is_kept_to_within_a_frame(file: str, making: dict[str, Any], chunk_s: float, tmp_path: Path) -> None:
    made = make_clip(tmp_path / file, **making)
    target, _ = _annotated(tmp_path / file, chunk_s=chunk_s)
    step = 1 / making.get("fps", 25)
    assert probe(target).duration_s == pytest.approx(made[-1] + step, abs=step + 1e-6)


@pytest.mark.parametrize("codec", ["aac", "ac3", "mp2", "flac", "libopus", "libmp3lame"])
@pytest.mark.parametrize("start_s", [0.0, 3.0])
def test_sound_that_mp4_can_carry_is_copied_byte_for_byte(codec: str, start_s: float, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", audio=codec, start_s=start_s)
    target, warnings = _annotated(tmp_path / "a.mkv")
    assert warnings == ()
    source = _audio_packets(tmp_path / "a.mkv")
    copied = _audio_packets(target)
    assert [content for _, content in copied] == [content for _, content in source]
    begins = probe(tmp_path / "a.mkv").start_s
    assert [moment for moment, _ in copied] == pytest.approx([moment - begins for moment, _ in source], abs=0.002)


@pytest.mark.parametrize("file", ["a.mp4", "a.mov", "a.ts", "a.flv"])
def test_aac_is_copied_from_every_container(file: str, tmp_path: Path) -> None:
    make_clip(tmp_path / file, audio="aac", bframes=2)
    target, warnings = _annotated(tmp_path / file)
    assert warnings == ()
    source, copied = _audio_packets(tmp_path / file), _audio_packets(target)
    assert len(copied) == len(source)
    if file != "a.ts":
        assert [content for _, content in copied] == [content for _, content in source]


def _click_s(path: Path) -> float:
    """When the burst in the sound begins, in seconds from the start of the container."""
    with av.open(str(path)) as container:
        begins = (container.start_time or 0) / av.time_base
        for frame in container.decode(audio=0):
            loud = np.abs(frame.to_ndarray().astype(float))
            loud = loud.reshape(-1, 2).max(axis=1) if not frame.format.is_planar else loud.max(axis=0)
            full = 32768.0 if frame.format.name.startswith("s16") else 1.0
            above = np.flatnonzero(loud > 0.3 * full)
            if len(above):
                assert frame.time is not None
                return frame.time + float(above[0]) / frame.sample_rate - begins
    raise AssertionError("no click")


@pytest.mark.parametrize("audio", ["aac", "pcm_s16le"])
@pytest.mark.parametrize(
    ("file", "late"),
    [
        ("a.mkv", {}),
        ("a.mkv", {"start_s": 3.0}),
        ("a.mkv", {"start_s": 3.0, "audio_start_s": -0.5}),
        ("a.mkv", {"audio_start_s": 0.7}),
        ("a.mov", {}),
        ("a.mov", {"start_s": 3.0}),
        ("a.mov", {"audio_start_s": 0.7}),
    ],
)
def test_sound_stays_with_its_picture(file: str, late: dict[str, float], audio: str, tmp_path: Path) -> None:
    making: dict[str, Any] = dict(late)
    make_clip(tmp_path / file, audio=audio, click_s=1.2, **making)
    target, warnings = _annotated(tmp_path / file)
    assert warnings == ()
    recording = probe(tmp_path / file)
    source, written = _click_s(tmp_path / file), _click_s(target)
    shown, meant = (
        first * float(recording.time_base) for first in (_ticks(target, recording)[0], _ticks_of(recording)[0])
    )
    assert shown == pytest.approx(meant, abs=0.0011)
    assert written == pytest.approx(source, abs=0.006)


@pytest.mark.parametrize("audio", ["pcm_s16le", "pcm_u8", "pcm_mulaw", "adpcm_ima_wav"])
def test_sound_that_mp4_cannot_carry_becomes_aac(audio: str, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.avi", codec="mpeg4", audio=audio)
    target, warnings = _annotated(tmp_path / "a.avi")
    assert warnings == ()
    assert probe(target).audio == ("aac",)
    with av.open(str(target)) as container:
        loud = [np.abs(frame.to_ndarray()).max() for frame in container.decode(audio=0)]
        assert container.streams.audio[0].duration is not None
        assert float(container.streams.audio[0].duration * container.streams.audio[0].time_base) == pytest.approx(
            2.0, abs=0.06
        )
    assert np.median(loud) == pytest.approx(0.27, abs=0.06)


@pytest.mark.parametrize("audio", [("aac", "aac"), ("aac", "pcm_s16le"), ("pcm_s16le", "pcm_s16le")])
def test_both_sounds_are_kept_in_their_order(audio: tuple[str, str], tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", audio=audio)
    target, warnings = _annotated(tmp_path / "a.mkv", chunk_s=0.9)
    assert warnings == ()
    assert probe(target).audio == ("aac", "aac")
    assert [_pitch(target, index) for index in (0, 1)] == [pytest.approx(440, abs=15), pytest.approx(880, abs=15)]
    for index, codec in enumerate(audio):
        if codec == "aac":
            source, copied = (_audio_packets(path, index) for path in (tmp_path / "a.mkv", target))
            assert [content for _, content in copied] == [content for _, content in source]


def _pitch(path: Path, index: int) -> float:
    with av.open(str(path)) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=index)])
        rate = container.streams.audio[index].rate
    strength = np.abs(np.fft.rfft(sound[4096:36864]))
    return float(strength.argmax()) * rate / 32768


def test_sound_is_left_out_on_demand(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", audio=("aac", "aac"))
    target, _ = _annotated(tmp_path / "a.mp4", audio=False)
    assert probe(target).audio == ()
    assert len(_numbers(target)) == 50


def test_recording_without_sound_gives_a_video_without_sound(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4")
    target, warnings = _annotated(tmp_path / "a.mp4")
    assert (probe(target).audio, warnings) == ((), ())


@pytest.mark.parametrize(
    ("size", "pix_fmt", "codec"),
    [
        ((33, 17), "yuv444p", "libx264"),
        ((34, 17), "yuv422p", "libx264"),
        ((37, 64), "yuv420p", "ffv1"),
        ((1, 1), "yuv444p", "ffv1"),
        ((3, 2), "bgr0", "ffv1"),
    ],
)
@pytest.mark.parametrize("rotation", [0, 90])
def test_odd_size_becomes_even(size: tuple[int, int], pix_fmt: str, codec: str, rotation: int, tmp_path: Path) -> None:
    # What the encoder accepts is about the stored size.
    displayed = size if rotation % 180 == 0 else size[::-1]
    make_clip(tmp_path / "a.mkv", codec=codec, pix_fmt=pix_fmt, size=displayed, frames=3, rotation=rotation)
    target, _ = _annotated(tmp_path / "a.mkv")
    written = probe(target)
    assert (written.width, written.height) == tuple(side + side % 2 for side in displayed)
    recording = probe(tmp_path / "a.mkv")
    assert len(_ticks(target, recording)) == 3


def _corner(_: int) -> Picture:
    """A red block in the top left corner of a dark picture of 160 by 120."""
    picture = np.full((120, 160, 3), 30, np.uint8)
    picture[:30, :40] = (230, 60, 60)
    return picture


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("file", ["a.mp4", "a.mkv"])
def test_rotated_recording_is_written_upright(file: str, rotation: int, tmp_path: Path) -> None:
    make_clip(tmp_path / file, rotation=rotation, frames=3, pictures=_corner)
    target, _ = _annotated(tmp_path / file)
    with av.open(str(target)) as container:
        frame = next(container.decode(video=0))
        assert orientation_of(frame) == (0, False)
        pixels = frame.to_ndarray(format="rgb24").astype(int)
    assert pixels.shape == (120, 160, 3)
    assert np.abs(pixels - _corner(0))[4:26, 4:36].mean() < 12
    assert np.abs(pixels - _corner(0)).mean() < 5


def _bars(_: int) -> Picture:
    """Black, gray, white and red, green, blue bars: 160 by 120."""
    colours = [
        (0, 0, 0),
        (128, 128, 128),
        (255, 255, 255),
        (200, 30, 30),
        (30, 180, 30),
        (30, 30, 200),
        (0, 0, 0),
        (250, 250, 250),
    ]
    return np.ascontiguousarray(np.repeat(np.array([colours], np.uint8), 20, axis=1).repeat(120, axis=0))


@pytest.mark.parametrize(
    ("pix_fmt", "codec", "full_range"),
    [
        ("yuv420p", "libx264", False),
        ("yuv420p", "libx264", True),
        ("yuvj420p", "mjpeg", True),
        ("yuv444p", "libx264", True),
        ("yuv420p10le", "libx264", False),
        ("yuv420p10le", "libx264", True),
        ("yuv444p12le", "ffv1", False),
        ("bgr0", "ffv1", False),
    ],
)
def test_brightness_and_colours_survive(pix_fmt: str, codec: str, full_range: bool, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mkv", codec=codec, pix_fmt=pix_fmt, full_range=full_range, frames=3, pictures=_bars)
    target, _ = _annotated(tmp_path / "a.mkv")
    with av.open(str(target)) as container:
        frame = next(container.decode(video=0))
        luma = luma_of(frame, 0).full().astype(int)
        assert luma_of(frame, 0).limited
        pixels = frame.to_ndarray(format="rgb24").astype(int)
    meant = _bars(0).astype(int)
    middle = np.concatenate([np.arange(20 * bar + 6, 20 * bar + 14) for bar in range(8)])
    assert np.abs(luma - meant @ np.array([0.299, 0.587, 0.114]))[10:-10, middle].max() <= 8
    assert np.abs(pixels - meant)[10:-10, middle].max() <= 16


def _encoded_in_filled_memory(fill: int, folder: Path) -> dict[str, str]:
    """Encode moving clips in a process whose memory is filled when it is given out; returns the hash of each."""
    folder.mkdir()
    environment = {**os.environ, "MALLOC_PERTURB_": str(fill)}
    subprocess.run([sys.executable, moving.__file__, str(folder)], env=environment, check=True)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


@pytest.mark.slow
@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only the GNU C library can fill memory that it gives out"
)
def test_what_lay_in_memory_before_does_not_show_in_the_video(tmp_path: Path) -> None:
    plain = _encoded_in_filled_memory(0, tmp_path / "0")
    assert len(plain) == len(moving.SIZES)
    for fill in (1, 85, 200):
        assert _encoded_in_filled_memory(fill, tmp_path / str(fill)) == plain, fill


def test_picture_given_to_the_writer_is_the_displayed_one(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", rotation=90, frames=2, size=(120, 90))
    recording = probe(tmp_path / "a.mp4")
    (whole,) = plan_chunks(recording, chunk_s=math.inf)
    for frame in read_frames(recording, whole, fps=None, counts=ReadCounts()):
        picture = displayed_yuv420p(frame.picture, recording)
        assert (picture.shape, picture.dtype, picture.flags.c_contiguous) == ((135, 120), np.uint8, True)
        assert read_number(picture[:90]) == frame.index


def test_drawing_does_not_reach_the_decoded_picture(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", frames=3)
    recording = probe(tmp_path / "a.mp4")
    (whole,) = plan_chunks(recording, chunk_s=math.inf)
    for frame in read_frames(recording, whole, fps=None, counts=ReadCounts()):
        displayed_yuv420p(frame.picture, recording)[:] = 0
        assert read_number(frame.luma.full()) == frame.index


@pytest.mark.parametrize("codec", ["libx264", "libvpx-vp9"])
@pytest.mark.parametrize("size", [(120, 90), (96, 64)])
def test_picture_that_needs_no_conversion_is_what_the_scaler_makes_of_it(
    codec: str, size: tuple[int, int], tmp_path: Path
) -> None:
    make_clip(tmp_path / "a.mkv", codec=codec, frames=2, size=size)
    recording = probe(tmp_path / "a.mkv")
    with av.open(str(tmp_path / "a.mkv")) as container:
        for picture in container.decode(video=0):
            for labelled in (ColorRange.UNSPECIFIED, ColorRange.MPEG):
                picture.color_range = labelled
                scaled = picture.reformat(format="yuv420p", dst_color_range=ColorRange.MPEG).to_ndarray()
                assert np.array_equal(displayed_yuv420p(picture, recording), scaled)


@pytest.mark.parametrize("group", [0, 1, 3])
def test_chunk_without_one_readable_frame_costs_only_itself(group: int, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", frames=48, audio="aac")
    damage_packets(tmp_path / "a.mp4", range(12 * group, 12 * group + 12), keep=5)
    target, _ = _annotated(tmp_path / "a.mp4", chunk_s=0.4)
    left = [number for number in range(48) if number // 12 != group]
    assert _numbers(target) == left
    recording = probe(tmp_path / "a.mp4")
    assert _ticks(target, recording) == [round(number / 25 / recording.time_base) for number in left]


@pytest.mark.parametrize("chunk_s", [math.inf, 0.4])
def test_length_at_a_variable_rate_reaches_past_the_last_frame(chunk_s: float, tmp_path: Path) -> None:
    made = make_clip(tmp_path / "a.mkv", times=UNEVEN, gop=3)
    target, _ = _annotated(tmp_path / "a.mkv", chunk_s=chunk_s)
    length = probe(target).duration_s
    assert length is not None
    assert made[-1] < length < made[-1] + 1.0


@pytest.mark.parametrize("name", ["bt709", "smpte170m"])
def test_colours_are_labelled_as_they_were(name: str, tmp_path: Path) -> None:
    plan = f"colorprim={name}:transfer={name}:colormatrix={name}"
    make_clip(tmp_path / "a.mp4", frames=2, options={"x264-params": plan})
    target, _ = _annotated(tmp_path / "a.mp4")
    labels = []
    for path in (tmp_path / "a.mp4", target):
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
            labels.append((frame.colorspace, frame.color_primaries, frame.color_trc))
    assert labels[0] == labels[1]


def test_segment_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", frames=2)
    recording = probe(tmp_path / "a.mp4")
    (tmp_path / "out").mkdir()

    def half_written() -> None:
        with segment_writer(tmp_path / "out" / "0.nut", recording, quality=23) as writer:
            writer.write(np.full((180, 160), 128, np.uint8), 0)
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        half_written()
    assert list((tmp_path / "out").iterdir()) == []


def test_target_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", frames=2)
    recording = probe(tmp_path / "a.mp4")
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(OutputError, match="file"),
        segment_writer(tmp_path / "file" / "0.nut", recording, quality=23),
    ):
        pass


def test_colon_in_a_relative_folder_is_only_a_colon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "take:2").mkdir()
    make_clip(tmp_path / "take:2" / "a.mp4", frames=3)
    target, _ = _annotated(Path("take:2") / "a.mp4")
    assert _numbers(tmp_path / target) == [0, 1, 2]


def test_segments_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", bframes=2, audio="aac")
    first, _ = _annotated(tmp_path / "a.mp4", chunk_s=0.4)
    content = first.read_bytes()
    second, _ = _annotated(tmp_path / "a.mp4", chunk_s=0.4)
    assert first == second
    assert second.read_bytes() == content


def test_face_is_drawn_while_it_is_there_and_not_after(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", pictures=lambda _: np.full((120, 160, 3), 60, np.uint8))
    rows = {
        "time_s": [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 1.8],
        "status": ["ok"] * 4 + ["no_face"] * 6,
        "left_out": [""] * 10,
        "person": [1.0] * 4 + [math.nan] * 6,
    }
    rows |= {name: [value] * 4 + [math.nan] * 6 for name, value in zip("xywh", (60.0, 60.0, 40.0, 40.0))}
    rows |= {name: [float(name == "happy")] * 4 + [math.nan] * 6 for name in EMOTIONS}
    target, _ = _annotated(tmp_path / "a.mp4", observations=pd.DataFrame(rows), chunk_s=0.4)
    with av.open(str(target)) as container:
        drawn = [luma_of(frame, 0).full()[60:62, 66:94].mean() > 80 for frame in container.decode(video=0)]
    # Seen until 0.6 s and carried to the next sample, 0.8 s, at the latest.
    assert drawn == [True] * 20 + [False] * (len(drawn) - 20) or drawn == [True] * 21 + [False] * (len(drawn) - 21)


class _Watched(Canvas):
    """Keeps the rectangles of the panels."""

    panels: list[tuple[float, float, float, float]]

    def __init__(self, picture: Picture) -> None:
        super().__init__(picture)
        _Watched.panels = []

    def fill(self, left: float, top: float, right: float, bottom: float, colour: Colour, opacity: float = 1.0) -> None:
        """Fill a rectangle; only panels are see-through."""
        if opacity < 1:
            _Watched.panels.append((left, top, right, bottom))
        super().fill(left, top, right, bottom, colour, opacity)


def _draw(picture: Picture, labels: Sequence[Label]) -> None:
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    Overlay(width, height, words=EMOTIONS).draw(picture, labels)


def _label(person: int, box: tuple[float, float, float, float], strongest: str = "surprise") -> Label:
    return Label(person, box, tuple(1.0 if name == strongest else 0.0 for name in EMOTIONS))


def _blank(width: int, height: int) -> Picture:
    return np.full((height * 3 // 2, width), 128, np.uint8)


SIZES = (
    *((64, 64), (66, 120), (120, 66), (160, 120), (320, 240), (426, 240), (640, 360), (720, 1280)),
    *((1280, 720), (1920, 1080), (3840, 2160)),
)


def _places(width: int, height: int) -> list[tuple[float, float, float, float]]:
    """Small, large and overhanging boxes at the corners, the edges and the middle."""
    boxes = []
    for share in (0.1, 0.5, 1.0, 1.3):
        side = share * min(width, height)
        for x, y in product((-side / 3, 0.0, (width - side) / 2, width - side, width - side / 3), repeat=2):
            boxes.append((x, y * height / width if y > 0 else y, side, side))
    return [*boxes, (-500.0, -500.0, 20.0, 20.0), (width + 500.0, 3.0, 20.0, 20.0), (5.5, 5.5, 0.4, 0.4)]


@pytest.mark.parametrize("size", SIZES)
def test_drawing_changes_pixels_and_never_fails(size: tuple[int, int]) -> None:
    for box in _places(*size):
        picture = _blank(*size)
        _draw(picture, [_label(1, box)])
        assert (picture != 128).any()


@pytest.mark.parametrize("size", SIZES)
def test_panel_stays_inside_the_picture(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "Canvas", _Watched)
    for box in _places(*size):
        _draw(_blank(*size), [_label(12, box)])
        ((left, top, right, bottom),) = _Watched.panels
        assert left >= 0
        assert top >= 0
        assert right <= size[0] + 0.5
        assert bottom <= size[1] + 0.5


@pytest.mark.parametrize("size", [(320, 240), (640, 360), (1920, 1080)])
def test_panel_leaves_other_faces_free_where_there_is_room(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlay, "Canvas", _Watched)
    width, height = size
    side = 0.12 * height
    first = (0.5 * width, 0.5 * height, side, side)
    for x, y in ((0.5, 0.5 - 0.16), (0.5, 0.5 + 0.16), (0.5 + 0.16, 0.5), (0.5 - 0.16, 0.5)):
        second = (x * width, y * height, side, side)
        _draw(_blank(*size), [_label(1, first), _label(2, second)])
        for panel, face in product(_Watched.panels, (first, second)):
            assert _common(panel, (face[0], face[1], face[0] + side, face[1] + side)) == 0


def test_panels_do_not_cover_one_another_where_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay, "Canvas", _Watched)
    _draw(_blank(1280, 720), [_label(1, (500, 300, 60, 60)), _label(2, (580, 300, 60, 60))])
    first, second = _Watched.panels
    assert _common(first, second) == 0


def _common(one: Sequence[float], other: Sequence[float]) -> float:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, across) * max(0.0, down)


def test_each_emotion_has_its_own_colour() -> None:
    pictures = []
    for emotion in EMOTIONS:
        picture = _blank(320, 240)
        _draw(picture, [_label(1, (100, 100, 60, 60), emotion)])
        pictures.append(picture[:, 100:103])
    assert all(not np.array_equal(one, other) for one, other in combinations(pictures, 2))


def test_nobody_changes_nothing() -> None:
    picture = _blank(160, 120)
    _draw(picture, [])
    assert (picture == 128).all()


@pytest.mark.parametrize("codec", ["flac", "libopus"])
def test_sound_that_cannot_be_copied_as_it_should_is_encoded_or_left_out(codec: str, tmp_path: Path) -> None:
    """Without the header of its codec, MP4 can't hold a copy: the video matters more than the way its sound is kept."""
    path = tmp_path / "a.mkv"
    make_clip(path, audio=codec)
    content = bytearray(path.read_bytes())
    place = content.rindex(b"\x63\xa2", 0, content.index({"flac": b"fLaC", "libopus": b"OpusHead"}[codec]))
    content[place + 1] = 0xA3  # an element that nobody knows
    path.write_bytes(content)
    target, warnings = _annotated(path)
    assert len(_numbers(target)) == 50
    assert bool(probe(target).audio) != any("left out" in warning for warning in warnings)
