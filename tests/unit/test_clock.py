"""Times of recordings whose own are wrong: parts put together, stamps that are off, files without stamps."""

from __future__ import annotations

import dataclasses
import math
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pandas as pd
import pytest

from clips import damage_packets, make_clip, number_picture, read_number, remux
from videmo.annotate.labels import Labels, sights_of
from videmo.annotate.segment import annotate_chunk
from videmo.live.source import open_source, parse_source
from videmo.measures.emotions import EMOTIONS
from videmo.records import Recording
from videmo.results.manifest import new_manifest
from videmo.settings import AnnotationSettings, ReadingSettings
from videmo.video.announced import ends_early
from videmo.video.clock import AHEAD, Mender, rising
from videmo.video.luma import luma_of
from videmo.video.mux import join_segments
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames
from videmo.video.stills import read_stills
from videmo.video.write import SEGMENT_SUFFIX

NOBODY = pd.DataFrame(
    {name: pd.Series(dtype=float) for name in ("time_s", "person", "x", "y", "w", "h", *EMOTIONS)}
    | {name: pd.Series(dtype=str) for name in ("status", "left_out")}
)
Seen = list[tuple[float, int]]


def seen_in(path: Path, chunk_s: float = math.inf) -> tuple[Seen, ReadCounts, Recording]:
    """Time and number of each frame, in the order of reading."""
    recording, counts = probe(path), ReadCounts()
    frames = [
        (round(frame.time_s, 6), read_number(frame.luma.full()))
        for chunk in plan_chunks(recording, chunk_s=chunk_s)
        for frame in read_frames(recording, chunk, fps=None, counts=counts)
    ]
    return frames, counts, recording


def annotated(path: Path, chunk_s: float, counts: ReadCounts) -> Path:
    """Annotate a file as the pipeline does."""
    recording = probe(path)
    segments = []
    for chunk in plan_chunks(recording, chunk_s=chunk_s):
        segments.append(path.with_name(f"{path.name}-{chunk.index}{SEGMENT_SUFFIX}"))
        annotate_chunk(recording, chunk, Labels(sights_of(NOBODY), 0.5), segments[-1], AnnotationSettings(quality=18))
    target = path.with_name(f"{path.name}-annotated.mp4")
    join_segments(segments, recording, target, audio=True, restarts=counts.restarts)
    return target


def numbers_in(path: Path) -> list[tuple[float, int]]:
    """Time and number of each frame of an annotated video."""
    with av.open(str(path)) as container:
        return [(float(frame.time or 0), read_number(luma_of(frame, 0).full())) for frame in container.decode(video=0)]


def put_together(folder: Path, suffix: str, *makings: dict[str, Any]) -> Path:
    """Write clips one behind the other into one file; the numbers of each begin 100 higher than those before."""
    content = b""
    for place, making in enumerate(makings):
        part = folder / f"part-{place}{suffix}"
        make_clip(part, pictures=lambda number, first=100 * place: number_picture(first + number), **making)  # type: ignore[misc]
        content += part.read_bytes()
    (folder / f"a{suffix}").write_bytes(content)
    return folder / f"a{suffix}"


H264 = {"bframes": 2, "audio": "aac"}
MPEG2 = {"codec": "mpeg2video", "bframes": 2, "audio": "mp2"}


@pytest.mark.slow
@pytest.mark.parametrize("starts", [(0.0, 0.0, 0.0), (100.0, 1.0, 50.0), (0.0, 5000.0, 3.0), (1.0, 1.52, 31.0)])
@pytest.mark.parametrize(
    ("suffix", "making"), [(".ts", H264), (".mts", {"bframes": 2}), (".mpg", MPEG2), (".vob", MPEG2)]
)
def test_parts_put_together_go_on_in_time(
    suffix: str, making: dict[str, Any], starts: tuple[float, ...], tmp_path: Path
) -> None:
    lengths = (50, 40, 30)
    makings = [{"frames": count, "start_s": start_s, **making} for count, start_s in zip(lengths, starts)]
    if suffix == ".vob":
        makings = [{**each, "muxer": "vob"} for each in makings]
    path = put_together(tmp_path, suffix, *makings)
    frames, counts, _ = seen_in(path)
    assert [number for _, number in frames] == [
        100 * part + n for part, many in enumerate(lengths) for n in range(many)
    ]
    times = np.array([time_s for time_s, _ in frames])
    assert np.diff(times) == pytest.approx(0.04, abs=0.001)
    assert counts.end_s == pytest.approx(times[-1] + 0.04, abs=0.002)
    assert counts.restarts == 2
    video = numbers_in(annotated(path, math.inf, counts))
    assert [number for _, number in video] == [number for _, number in frames]
    assert [time_s for time_s, _ in video] == pytest.approx(times.tolist(), abs=0.001)


@pytest.mark.parametrize(("suffix", "making"), [(".ts", H264), (".mpg", MPEG2)])
def test_sound_of_parts_stays_with_their_pictures(suffix: str, making: dict[str, Any], tmp_path: Path) -> None:
    path = put_together(tmp_path, suffix, {"frames": 50, **making}, {"frames": 50, "click_s": 1.0, **making})
    frames, counts, _ = seen_in(path)
    picture_s = next(time_s for time_s, number in frames if number == 125)
    target = annotated(path, math.inf, counts)
    with av.open(str(target)) as container:
        parts = [(frame.time, frame.to_ndarray()[0], frame.sample_rate) for frame in container.decode(audio=0)]
    late = [(time_s, wave, rate) for time_s, wave, rate in parts if time_s is not None and time_s > 2.3]
    loudest = max(late, key=lambda part: float(np.abs(part[1]).max()))
    click_s = loudest[0] + int(np.abs(loudest[1]).argmax()) / loudest[2]
    assert click_s == pytest.approx(picture_s, abs=0.06)
    assert parts[-1][0] > 3.5


def test_picture_that_stands_still_while_the_sound_goes_on_is_no_new_part(tmp_path: Path) -> None:
    times = [*(n / 25 for n in range(50)), *(30 + n / 25 for n in range(40))]
    make_clip(tmp_path / "a.ts", times=times, audio="aac")
    frames, counts, _ = seen_in(tmp_path / "a.ts")
    assert counts.restarts == 0
    begin_s = frames[0][0]
    assert [time_s - begin_s for time_s, _ in frames] == pytest.approx(times, abs=0.001)


# A picture that stands still for 15 s, in containers in which no clock may leap.
STILL: dict[str, dict[str, Any]] = {
    "a.wmv": {"codec": "wmv2"},
    "a.flv": {"codec": "flv"},
    "h264.flv": {"bframes": 2},
    "a.nut": {"codec": "mpeg4"},
    "a.ivf": {"codec": "libvpx"},
    "a.gif": {"codec": "gif", "pix_fmt": "rgb8", "time_base": Fraction(1, 100)},
    "a.apng": {"codec": "apng", "pix_fmt": "rgb24"},
}


@pytest.mark.parametrize("audio", [None, "mp2"], ids=["silent", "sounding"])
@pytest.mark.parametrize("file", STILL)
def test_picture_that_stands_still_keeps_its_time(file: str, audio: str | None, tmp_path: Path) -> None:
    if audio and file not in ("a.wmv", "a.nut"):
        pytest.skip("no such sound in there")
    times = [*(n / 25 for n in range(30)), *(16.2 + n / 25 for n in range(30))]
    make_clip(tmp_path / file, times=times, audio=audio, **STILL[file])
    frames, counts, _ = seen_in(tmp_path / file)
    assert [number for _, number in frames] == list(range(60))
    assert [time_s - frames[0][0] for time_s, _ in frames] == pytest.approx(times, abs=0.0011)
    assert counts.end_s == pytest.approx(times[-1] + 0.04, abs=0.05)
    assert (counts.restarts, counts.mended, counts.unordered) == (0, 0, 0)


def test_picture_that_stands_still_in_ogg_is_no_new_part(tmp_path: Path) -> None:
    """FFmpeg writes some of the times there a frame early."""
    times = [*(n / 25 for n in range(30)), *(17 + n / 25 for n in range(30))]
    make_clip(tmp_path / "a.ogg", codec="libvpx", times=times)
    frames, counts, _ = seen_in(tmp_path / "a.ogg")
    assert frames[-1][0] == pytest.approx(times[-1], abs=0.05)
    assert counts.restarts == 0


@pytest.mark.parametrize(("file", "codec", "audio"), [("a.wmv", "wmv2", "mp2"), ("a.flv", "flv", "aac")])
def test_pause_of_picture_and_sound_keeps_its_time(file: str, codec: str, audio: str, tmp_path: Path) -> None:
    whole = tmp_path / f"whole-{file}"
    make_clip(whole, codec=codec, audio=audio, frames=100)
    with av.open(str(whole)) as clip, av.open(str(tmp_path / file), "w") as container:
        streams = [container.add_stream_from_template(stream) for stream in clip.streams]
        for packet in clip.demux():
            if packet.size:
                later = round(15 / packet.time_base) if packet.dts * packet.time_base >= 1.99 else 0  # type: ignore[operator]
                packet.pts, packet.dts = packet.pts + later, packet.dts + later  # type: ignore[operator]
                packet.stream = streams[packet.stream_index]
                container.mux(packet)
    frames, counts, _ = seen_in(tmp_path / file)
    times = [n / 25 + (15 if n >= 50 else 0) for n in range(100)]
    assert [time_s for time_s, _ in frames] == pytest.approx(times, abs=0.05)
    assert counts.restarts == 0


def test_two_matroska_files_in_one_go_on_in_time(tmp_path: Path) -> None:
    path = put_together(tmp_path, ".mkv", {"frames": 50, "bframes": 2}, {"frames": 40, "bframes": 2})
    for chunk_s in (math.inf, 0.4):
        frames, counts, _ = seen_in(path, chunk_s)
        assert [number for _, number in frames] == [*range(50), *range(100, 140)]
        assert [time_s for time_s, _ in frames] == pytest.approx([n / 25 for n in range(90)], abs=0.001)
        assert counts.restarts == 1


def _off(which: int, by_s: float) -> Callable[[int, Any], None]:
    def edit(number: int, packet: Any) -> None:
        packet.dts += round(min(0.0, by_s) / packet.time_base)  # no muxer takes frames that are shown before
        if number == which:
            packet.pts += round(by_s / packet.time_base)

    return edit


@pytest.mark.slow
@pytest.mark.parametrize("by_s", [10800.0, 1e6, 3.0, 0.5, -1.5, -0.5])
@pytest.mark.parametrize("which", [50, 75, 63, 64, 65, 149, 148])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_frame_with_a_stamp_that_is_off_stays_in_its_place(
    suffix: str, which: int, by_s: float, tmp_path: Path
) -> None:
    if by_s == 1e6 and suffix != ".mkv":
        by_s = 9e4  # the clock of TS ends at 95,443 s, and MP4 keeps offsets in 32 bits
    if which >= 148 and 0 < by_s < 3600:
        pytest.skip("a last picture may well be late")
    make_clip(tmp_path / "made.mp4", frames=150, gop=25, bframes=2)
    remux(tmp_path / "made.mp4", tmp_path / f"a{suffix}", _off(which, by_s))
    plain = [number / 25 for number in range(150)]
    for chunk_s in (math.inf, 1.0, 0.4):
        frames, counts, _ = seen_in(tmp_path / f"a{suffix}", chunk_s)
        assert [number for _, number in frames] == list(range(150))
        begin_s = frames[0][0]
        times = np.array([time_s - begin_s for time_s, _ in frames])
        assert times == pytest.approx(plain, abs=0.021)
        assert (np.abs(times - plain) > 0.001).sum() <= 1
        assert (np.diff(times) > 0).all()
        assert counts.mended == 1
        assert counts.end_s - begin_s == pytest.approx(6.0, abs=0.03)
    video = numbers_in(annotated(tmp_path / f"a{suffix}", 1.0, counts))
    assert [number for _, number in video] == list(range(150))


@pytest.mark.parametrize("by_s", [10800.0, 20.0, 3.0, -1.0])
@pytest.mark.parametrize("which", [range(30, 31), range(50, 51), range(63, 67)])
def test_decode_times_that_are_off_for_a_moment_begin_no_part(which: range, by_s: float, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.flv", codec="flv", frames=100, gop=25)
    content = bytearray((tmp_path / "a.flv").read_bytes())
    place, number = 13, -1
    while place + 11 <= len(content):
        number += content[place] == 9  # a picture
        if content[place] == 9 and number in which:
            low, high = content[place + 4 : place + 7], content[place + 7 : place + 8]
            stamp = int.from_bytes(high + low, "big") + round(1000 * by_s)
            content[place + 4 : place + 7], content[place + 7] = (stamp & 0xFFFFFF).to_bytes(3, "big"), stamp >> 24
        place += 15 + int.from_bytes(content[place + 1 : place + 4], "big")
    (tmp_path / "a.flv").write_bytes(content)
    frames, counts, _ = seen_in(tmp_path / "a.flv")
    assert [number for _, number in frames] == list(range(100))
    assert [time_s for time_s, _ in frames] == pytest.approx([number / 25 for number in range(100)], abs=0.021)
    assert (counts.restarts, counts.mended) == (0, len(which))


def test_several_stamps_that_are_off_are_mended_each(tmp_path: Path) -> None:
    def edit(number: int, packet: Any) -> None:
        if number in (30, 31, 32, 80, 100, 101):
            packet.pts += round((500 + number) / packet.time_base)

    make_clip(tmp_path / "made.mp4", frames=150, gop=25)
    remux(tmp_path / "made.mp4", tmp_path / "a.mkv", edit)
    frames, counts, _ = seen_in(tmp_path / "a.mkv", 1.0)
    assert [number for _, number in frames] == list(range(150))
    assert [time_s for time_s, _ in frames] == pytest.approx([number / 25 for number in range(150)], abs=0.001)
    assert counts.mended == 6


def _mended(stamps: Sequence[int], per_s: float = 100.0) -> list[int]:
    mender: Mender[int] = Mender(4, per_s)
    found = list(mender.mended((stamp, place) for place, stamp in enumerate(stamps)))
    assert [place for _, _, place in found] == list(range(len(stamps)))
    return [stamp for stamp, _, _ in found]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([0, 4, 8, 12], [0, 4, 8, 12]),
        ([0, 4, 8, 5000, 5004], [0, 4, 8, 5000, 5004]),
        ([0, 4, 9000, 12, 16], [0, 4, 8, 12, 16]),
        ([9000, 4, 8, 12], [0, 4, 8, 12]),
        ([0, 4, 8, 9_000_000], [0, 4, 8, 12]),
        ([0, 4, -900, 12, 16], [0, 4, 8, 12, 16]),
        ([0, 4, 8, 12, -900], [0, 4, 8, 12, 16]),
        ([0, 4, 11, 9, 12, 16], [0, 4, 6, 9, 12, 16]),
        ([0, 4, 10, 9, 12, 16], [0, 4, 10, 11, 12, 16]),
        ([0, 4, 4, 8], [0, 4, 6, 8]),
        ([7, 7, 7], [7, 11, 15]),
        ([], []),
    ],
)
def test_stamps_are_mended_from_those_around_them(stamps: list[int], expected: list[int]) -> None:
    assert _mended(stamps) == expected


def test_clock_that_begins_anew_goes_on() -> None:
    first, second = [*range(0, 100, 4)], [*range(2, 80, 4)]
    assert _mended([*first, *second]) == [*first, *(stamp + 98 for stamp in second)]


def test_few_frames_wait_and_only_where_a_stamp_may_be_off() -> None:
    taken = 0

    def stamps() -> Any:
        nonlocal taken
        for place in range(100):
            taken += 1
            yield (place * 4 if place < 50 else 5000 + place * 4), place

    waiting = [taken - place for _, _, place in Mender(4, 100.0).mended(stamps())]  # type: ignore[arg-type]
    assert max(waiting[:48]) <= 2
    assert max(waiting) <= AHEAD + 1


def test_longest_rising_chain() -> None:
    assert rising([]) == []
    assert rising([3, 1, 2]) == [1, 2]
    assert rising([1, 900, 2, 3], 0) == [0, 2, 3]
    assert rising([5, 6, 7], 6) == [2]


def test_stills_of_parts_put_together_are_those_of_their_times(tmp_path: Path) -> None:
    path = put_together(tmp_path, ".ts", {"frames": 50, **H264}, {"frames": 50, **H264})
    frames, _, recording = seen_in(path)
    wanted = {frames[place][0]: frames[place][1] for place in (3, 60, 90)}
    found = {
        time_s: read_number(picture[:, :, 1]) for time_s, picture in read_stills(recording, [*wanted], steady=False)
    }
    assert found == wanted


WITHOUT_TIMES: dict[str, tuple[str, dict[str, Any]]] = {
    "h264 with B-frames in avi": ("a.avi", {"bframes": 2, "audio": "libmp3lame"}),
    "h264 with many B-frames in avi": ("a.avi", {"bframes": 3, "gop": 25}),
    "h264 with open groups in avi": (
        "a.avi",
        {"bframes": 3, "options": {"x264-params": "keyint=12:min-keyint=12:scenecut=0:bframes=3:b-adapt=0:open-gop=1"}},
    ),
    "h264 without B-frames in avi": ("a.avi", {"bframes": 0}),
    "raw h264": ("a.h264", {"bframes": 2}),
    "raw h265": ("a.hevc", {"codec": "libx265", "bframes": 2}),
    "raw h265 without a rate": (
        "a.hevc",
        {
            "codec": "libx265",
            "options": {"x265-params": "bframes=3:b-adapt=0:keyint=12:vui-timing-info=0:log-level=none"},
        },
    ),
    "raw mjpeg": ("a.mjpeg", {"codec": "mjpeg", "pix_fmt": "yuvj420p", "full_range": True}),
}


@pytest.mark.parametrize("name", WITHOUT_TIMES)
def test_frames_without_times_come_in_their_order_and_evenly(name: str, tmp_path: Path) -> None:
    file, making = WITHOUT_TIMES[name]
    make_clip(tmp_path / file, frames=78, **making)
    for chunk_s in (math.inf, 0.4):
        frames, counts, _ = seen_in(tmp_path / file, chunk_s)
        assert [number for _, number in frames] == list(range(78))
        assert [time_s for time_s, _ in frames] == pytest.approx([number / 25 for number in range(78)], abs=1e-6)
        assert (counts.mended, counts.unordered) == (0, 0)
        assert counts.end_s == pytest.approx(3.12)
    video = numbers_in(annotated(tmp_path / file, 0.4, counts))
    assert [number for _, number in video] == list(range(78))
    recording = probe(tmp_path / file)
    assert {at: read_number(still[:, :, 1]) for at, still in read_stills(recording, [0.4, 2.0])} == {0.4: 10, 2.0: 50}


def test_frame_that_cannot_be_decoded_leaves_its_place_in_avi(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.avi", bframes=2, frames=78, gop=13)
    damage_packets(tmp_path / "a.avi", range(28, 30))
    frames, _, _ = seen_in(tmp_path / "a.avi")
    found = {number: time_s for time_s, number in frames}
    assert [found[number] for number in range(39, 78)] == pytest.approx(
        [number / 25 for number in range(39, 78)], abs=0.09
    )


NTSC: dict[str, Any] = {"codec": "dvvideo", "size": (720, 480), "pix_fmt": "yuv411p"}
NTSC |= {"times": [number * 1001 / 30000 for number in range(9)], "time_base": Fraction(1001, 30000)}


@pytest.mark.parametrize(
    ("file", "making", "fps"),
    [
        ("a.h264", {"fps": 30}, 30.0),
        ("a.mjpeg", {"codec": "mjpeg", "pix_fmt": "yuvj420p", "full_range": True}, 25.0),
        ("a.dv", {"codec": "dvvideo", "size": (720, 576)}, 25.0),
        ("b.dv", NTSC, 29.97),
    ],
)
def test_average_rate_is_that_of_the_frames(file: str, making: dict[str, Any], fps: float, tmp_path: Path) -> None:
    make_clip(tmp_path / file, frames=9, **making)
    recording = probe(tmp_path / file)
    assert recording.average_fps == pytest.approx(fps, abs=0.01)
    assert (recording.timing == "assumed") == file.endswith("mjpeg")


@pytest.mark.parametrize("file", ["a.mp4", "a.mov", "a.mkv"])
@pytest.mark.parametrize("bframes", [0, 2, 3])
@pytest.mark.parametrize("chunk_s", [math.inf, 0.4])
def test_a_picture_lasts_until_the_next_one_and_the_last_as_long_as_it_says(
    file: str, bframes: int, chunk_s: float, tmp_path: Path
) -> None:
    for still in (range(58, 61), range(76, 78), range(20, 21)):
        for first in still:
            times = [number / 25 + 10 * (number >= first) for number in range(78)]
            make_clip(tmp_path / file, times=times, bframes=bframes)
            frames, counts, _ = seen_in(tmp_path / file, chunk_s)
            assert [time_s for time_s, _ in frames] == pytest.approx(times, abs=0.001)
            assert counts.end_s == pytest.approx(13.12, abs=0.002), first
            assert counts.mended == 0


@pytest.mark.parametrize(("file", "left_out"), [("a.mp4", 5), ("a.mkv", 0)])
def test_frames_before_the_beginning_of_an_edit_list_are_left_out(file: str, left_out: int, tmp_path: Path) -> None:
    make_clip(tmp_path / file, bframes=2)
    recording = dataclasses.replace(probe(tmp_path / file), start_s=0.2)
    counts = ReadCounts()
    found = [
        (frame.index, round(frame.time_s, 3), read_number(frame.luma.full()))
        for chunk in plan_chunks(recording, chunk_s=0.4)
        for frame in read_frames(recording, chunk, fps=None, counts=counts)
    ]
    assert [number for _, _, number in found] == list(range(left_out, 50))
    assert (counts.early, counts.frames) == (left_out, 50 - left_out)
    assert found[0][:2] == (0, pytest.approx((left_out - 5) / 25, abs=1e-3))


def _with_subtitle(clip: Path, target: Path, ends_s: int) -> None:
    """Copy a clip beside a subtitle that is shown from 0.5 s on."""
    words = clip.with_suffix(".srt")
    words.write_text(f"1\n00:00:00,500 --> 00:00:{ends_s},000\nHello\n", encoding="utf-8")
    with av.open(str(clip)) as source, av.open(str(words)) as said, av.open(str(target), "w") as container:
        for stream in (source.streams.video[0], said.streams.subtitles[0]):
            container.add_stream_from_template(stream)
        packets = [*said.demux(subtitles=0), *source.demux(video=0)]
        for packet in sorted((each for each in packets if each.size), key=lambda each: each.dts * each.time_base):
            packet.stream = container.streams[int(packet.stream.type == "subtitle")]
            container.mux(packet)


def test_subtitle_that_outlasts_the_video_is_no_sign_of_a_file_that_is_cut_off(tmp_path: Path) -> None:
    make_clip(tmp_path / "made.mp4", frames=78, bframes=2)
    _with_subtitle(tmp_path / "made.mp4", tmp_path / "a.mkv", 59)
    frames, counts, recording = seen_in(tmp_path / "a.mkv")
    assert recording.duration_s == pytest.approx(59.0, abs=0.1)
    assert counts.end_s == pytest.approx(3.12)
    assert ends_early(recording, counts.end_s) == ""
    content = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "b.mkv").write_bytes(content[: len(content) // 2])
    frames, counts, recording = seen_in(tmp_path / "b.mkv")
    assert len(frames) < 60
    assert "cut off: its header announces 3.1 s" in ends_early(recording, counts.end_s)


def test_rate_of_a_file_that_does_not_say_it_can_be_given(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mjpeg", codec="mjpeg", pix_fmt="yuvj420p", full_range=True, frames=60)
    recording = probe(tmp_path / "a.mjpeg", assume_fps=30.0)
    assert (recording.average_fps, recording.assumed_fps) == (30.0, 30.0)
    (whole,) = plan_chunks(recording, chunk_s=1.0)
    times = [frame.time_s for frame in read_frames(recording, whole, fps=None, counts=ReadCounts())]
    assert times == pytest.approx([number / 30 for number in range(60)], abs=1e-5)
    (said,) = new_manifest("a.mjpeg", "a.mjpeg", recording).warnings
    assert "does not say how many frames it has per second: 30 were assumed" in said
    make_clip(tmp_path / "a.mp4", frames=9)
    known = probe(tmp_path / "a.mp4", assume_fps=30.0)
    assert (known.average_fps, known.assumed_fps) == (25.0, None)
    assert new_manifest("a.mp4", "a.mp4", known).warnings == []


def test_raw_stream_begins_at_zero(tmp_path: Path) -> None:
    """Raw MPEG-2 names no start: the first picture's time is it, not zero on a clock that nobody set."""
    making = {"codec": "mpeg2video", "muxer": "mpeg2video"}
    made = make_clip(tmp_path / "a.m2v", **making)
    frames, _, _ = seen_in(tmp_path / "a.m2v")
    assert [time_s for time_s, _ in frames] == pytest.approx(made, abs=1e-6)


@pytest.mark.parametrize("lost", [400, 1100, 1800, 3200, 3900, 4600])
def test_times_of_a_stream_whose_beginning_is_lost_are_not_negative(lost: int, tmp_path: Path) -> None:
    """FFmpeg makes up times for raw MPEG-4 before its first header: earlier than any start, or far ahead."""
    whole = tmp_path / "whole.avi"
    make_clip(whole, codec="mpeg4", fps=12, gop=6)
    path = tmp_path / "a.avi"
    path.write_bytes(whole.read_bytes()[whole.read_bytes().index(b"movi") + lost :])
    frames, counts, _ = seen_in(path)
    times = [time_s for time_s, _ in frames]
    assert len(times) == counts.frames > 0
    assert times[0] == 0.0
    assert times == sorted(set(times))
    assert len(_numbers_in(annotated(path, math.inf, counts))) == len(times)


def _numbers_in(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [read_number(luma_of(frame, 0).full()) for frame in container.decode(video=0)]


@pytest.mark.parametrize("stamps", [[500, 0, 10, 20, 30], [500, 3, 10, 20, 30], [500, 30, 40, 50, 60], [9, 0, 10, 20]])
def test_frames_whose_stamps_are_off_at_the_beginning_stay_behind_it(stamps: list[int]) -> None:
    mender: Mender[int] = Mender(10, 100, floor=0)
    mended = [stamp for stamp, _, _ in mender.mended((stamp, place) for place, stamp in enumerate(stamps))]
    assert mended[0] >= 0
    assert mended == sorted(set(mended))
    assert len(mended) == len(stamps)


def test_rate_that_is_assumed_holds_for_files_that_are_watched_live_too(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mjpeg", codec="mjpeg", pix_fmt="yuvj420p", frames=20)
    source = open_source(parse_source(str(tmp_path / "a.mjpeg")), reading=ReadingSettings(assume_fps=10.0))
    assert [frame.time_s for frame in source.frames()] == pytest.approx([number / 10 for number in range(20)])


LATE: dict[str, dict[str, Any]] = {
    "a.mkv": {"bframes": 2},
    "a.webm": {"codec": "libvpx"},
    "a.wmv": {"codec": "wmv2"},
    "a.nut": {"codec": "mpeg4"},
    "a.flv": {"codec": "flv"},
    "a.mp4": {},
    "a.ts": {},
}


@pytest.mark.parametrize("start_s", [0.5, 20.0])
@pytest.mark.parametrize("file", LATE)
def test_recording_whose_clock_begins_late_is_as_long_as_it_is(file: str, start_s: float, tmp_path: Path) -> None:
    making = LATE[file]
    make_clip(tmp_path / file, times=[n / 25 for n in range(100)], start_s=start_s, **making)
    _, counts, whole = seen_in(tmp_path / file)
    assert whole.duration_s == pytest.approx(4.0, abs=0.1)
    assert counts.end_s == pytest.approx(4.0, abs=0.1)
    assert ends_early(whole, counts.end_s) == ""


@pytest.mark.parametrize("file", ["a.mkv", "a.webm", "a.flv"])
def test_recording_whose_clock_begins_late_can_be_cut_off(file: str, tmp_path: Path) -> None:
    make_clip(tmp_path / file, times=[n / 25 for n in range(100)], start_s=20.0, **LATE[file])
    content = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(content[: len(content) * 6 // 10])
    _, counts, cut = seen_in(tmp_path / file)
    assert "cut off: its header announces 4.0 s" in ends_early(cut, counts.end_s)


@pytest.mark.parametrize("start_s", [2.0, 20.0])
def test_length_of_a_matroska_file_may_count_from_its_start(start_s: float, tmp_path: Path) -> None:
    """As mkvmerge writes it: its index then reaches behind that length."""
    make_clip(tmp_path / "a.mkv", frames=100, start_s=start_s)
    content = (tmp_path / "a.mkv").read_bytes()
    place = content.index(b"\x44\x89\x88") + 3
    content = content[:place] + struct.pack(">d", 4000.0) + content[place + 8 :]
    text = f"00:00:{4 + start_s:012.9f}".encode()
    assert content.count(text) == 1
    (tmp_path / "a.mkv").write_bytes(content.replace(text, b"00:00:04.000000000"))
    _, counts, recording = seen_in(tmp_path / "a.mkv")
    assert recording.duration_s == pytest.approx(4.0, abs=0.05)
    assert ends_early(recording, counts.end_s) == ""


@pytest.mark.parametrize("file", ["a.mkv", "a.avi", "a.flv", "a.mp4"])
def test_short_recording_that_is_cut_off_is_said_to_be(file: str, tmp_path: Path) -> None:
    """Two seconds, of which a third is lost: less than a second, but not little."""
    making = {"codec": "flv"} if file == "a.flv" else {}
    make_clip(tmp_path / file, mux_options={"movflags": "faststart"} if file == "a.mp4" else {}, **making)
    _, counts, whole = seen_in(tmp_path / file)
    assert ends_early(whole, counts.end_s) == ""
    content = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(content[: len(content) * 6 // 10])
    _, counts, cut = seen_in(tmp_path / file)
    assert "cut off" in ends_early(cut, counts.end_s)


JOINED: dict[str, dict[str, Any]] = {
    "a.mp4": {},
    "faststart.mov": {"mux_options": {"movflags": "faststart"}},
    "fragmented.mp4": {"mux_options": {"movflags": "frag_keyframe+empty_moov"}},
    "a.flv": {"codec": "flv"},
    "a.wmv": {"codec": "wmv2"},
    "a.mkv": {},
    "a.avi": {},
    "a.ts": {},
}


@pytest.mark.parametrize("file", JOINED)
def test_recordings_joined_byte_by_byte_are_read_or_named(file: str, tmp_path: Path) -> None:
    make_clip(tmp_path / file, **JOINED[file])
    once, _, whole = seen_in(tmp_path / file)
    content = (tmp_path / file).read_bytes()
    assert not new_manifest("a", "a", whole).notes
    (tmp_path / file).write_bytes(content + bytes(100))
    _, _, padded = seen_in(tmp_path / file)
    assert not padded.next_at_byte
    (tmp_path / file).write_bytes(2 * content)
    twice, _, joined = seen_in(tmp_path / file)
    if len(twice) < 2 * len(once):
        assert joined.next_at_byte == len(content)
        (note,) = new_manifest("a", "a", joined).notes["streams"]
        assert "another recording begins" in note
    else:
        assert not joined.next_at_byte


def test_frames_that_a_clock_puts_before_the_beginning_move_on_together() -> None:
    mender: Mender[int] = Mender(10, 100, floor=60, whole=True)
    mended = [stamp for stamp, _, _ in mender.mended((stamp, stamp) for stamp in range(50, 100, 10))]
    assert mended == [60, 70, 80, 90, 100]


def test_ivf_whose_first_stamp_is_absurd_begins_at_zero(tmp_path: Path) -> None:
    path = tmp_path / "a.ivf"
    make_clip(path, codec="libvpx-vp9", fps=12, gop=6)
    content = bytearray(path.read_bytes())
    content[36:44] = (-(2**60)).to_bytes(8, "little", signed=True)  # the stamp of the first frame
    path.write_bytes(content)
    frames, _, _ = seen_in(path)
    times = [time_s for time_s, _ in frames]
    assert times[0] == 0.0
    assert times == sorted(times)
    assert times[-1] < 5.0
