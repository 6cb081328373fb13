"""Files with several streams of video: the one that players show, or the one that was chosen, with its audio."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import pandas as pd
import pytest

from clips import make_clip, read_number
from runs import videmo
from videmo.errors import RecordingError
from videmo.records import Chunk
from videmo.video.displayed import displayed_yuv420p
from videmo.video.mux import join_segments
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe
from videmo.video.read import ReadCounts, read_frames
from videmo.video.stills import read_stills
from videmo.video.write import segment_writer

SECOND = 100
"""The numbers that the pictures of the second recording begin with."""


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("streams") / "one.mp4"
    make_clip(path, frames=30, audio="aac", options={"crf": "35"})
    return path


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Larger, and with more bits per second: what FFmpeg would prefer."""
    from clips import number_picture

    path = tmp_path_factory.mktemp("streams") / "other.mp4"
    make_clip(
        path, frames=30, size=(320, 240), audio="mp3", options={"crf": "1"},
        pictures=lambda number: number_picture(SECOND + number, (320, 240)),
    )  # fmt: skip
    return path


def mux(target: Path, streams: Sequence[tuple[Path, str]], *, default: Sequence[int] | None = None) -> Path:
    """Put streams of files into one file, in this order.

    Args:
        streams: the file and the type of the stream to take from it.
        default: places of the streams that are marked as default; None to mark as the container does.
    """
    with av.open(str(target), "w") as output:
        lanes = []
        for place, (path, kind) in enumerate(streams):
            source = av.open(str(path))
            stream: Any = getattr(source.streams, kind)[0]
            made: Any = output.add_stream_from_template(stream)
            if default is not None:
                made.disposition = av.stream.Disposition.default if place in default else av.stream.Disposition(0)
            lanes.append((source, stream, made))
        packets = []
        for source, stream, made in lanes:
            for packet in source.demux(stream):
                if packet.dts is not None:
                    packet.stream = made
                    packets.append((float(packet.dts * packet.time_base), packet))
        for _, packet in sorted(packets, key=lambda timed: timed[0]):
            output.mux(packet)
        for source, *_ in lanes:
            source.close()
    return target


def numbers(path: Path, stream: int | None = None, chunk_s: float = 0.4) -> list[int]:
    """The numbers that all frames of a file show, read chunk by chunk."""
    recording = probe(path, stream)
    chunks = plan_chunks(recording, chunk_s=chunk_s)
    return [
        read_number(frame.luma.full())
        for chunk in chunks
        for frame in read_frames(recording, chunk, fps=None, counts=ReadCounts())
    ]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_the_first_of_equal_streams_is_taken_whatever_its_bit_rate(
    suffix: str, one: Path, other: Path, tmp_path: Path
) -> None:
    both = mux(tmp_path / f"both{suffix}", [(one, "video"), (other, "video"), (one, "audio")], default=[0, 1])
    assert numbers(both) == [*range(30)]
    recording = probe(both)
    assert (recording.stream, recording.width) == (1, 160)
    assert recording.other_streams == ("2 (h264, 320×240)",)


def test_the_one_that_is_marked_as_default_is_taken(one: Path, other: Path, tmp_path: Path) -> None:
    both = mux(tmp_path / "both.mkv", [(one, "video"), (other, "video")], default=[1])
    assert numbers(both) == [*range(SECOND, SECOND + 30)]
    assert probe(both).other_streams == ("1 (h264, 160×120)",)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts"])
def test_another_one_is_taken_where_it_is_chosen(suffix: str, one: Path, other: Path, tmp_path: Path) -> None:
    both = mux(tmp_path / f"both{suffix}", [(one, "video"), (other, "video")])
    assert numbers(both, 2) == [*range(SECOND, SECOND + 30)]
    assert numbers(both, 1) == [*range(30)]
    [(_, still)] = read_stills(probe(both, 2), [0.0])
    assert still.shape == (240, 320, 3)


def test_a_stream_that_is_not_there_is_refused(one: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"no video stream 2 \(it has 1\)"):
        probe(one, 2)


def test_one_stream_is_nothing_to_speak_of(one: Path) -> None:
    recording = probe(one)
    assert recording.other_streams == ()
    assert recording.stream == 1


def sound_of(path: Path, stream: int | None, target: Path) -> tuple[str, ...]:
    """The codecs of the audio in a video that is made from a recording."""
    recording = probe(path, stream)
    with segment_writer(target / "0.nut", recording, quality=30) as writer:
        whole = Chunk(0, None, None, None, 1.0)
        for frame in read_frames(recording, whole, fps=None, counts=ReadCounts()):
            writer.write(displayed_yuv420p(frame.picture, recording), frame.pts)
    assert join_segments([target / "0.nut"], recording, target / "made.mp4", audio=True) == ()
    with av.open(str(target / "made.mp4")) as made:
        return tuple(sound.codec_context.codec.canonical_name for sound in made.streams.audio)


V1, V2, A1, A2 = "video 1", "video 2", "audio 1", "audio 2"


@pytest.mark.parametrize(
    ("order", "stream", "heard"),
    [
        ((V1, A1, V2, A2), 1, ("aac",)),
        ((V1, A1, V2, A2), 2, ("mp3",)),
        ((V1, V2, A1, A2), 1, ("aac", "mp3")),
        ((V1, V2, A1, A2), 2, ("aac", "mp3")),
        ((V1, V2, A1), 2, ("aac",)),
        ((V1, A1, V2), 1, ("aac",)),
        ((V1, A1, V2), 2, ("aac",)),
        ((A2, V1, A1), 1, ("mp3", "aac")),
        ((V1, A1, A2), 1, ("aac", "mp3")),
    ],
)
def test_the_audio_that_belongs_to_it_is_kept(
    order: tuple[str, ...], stream: int, heard: tuple[str, ...], one: Path, other: Path, tmp_path: Path
) -> None:
    files = {"1": one, "2": other}
    both = mux(tmp_path / "both.mp4", [(files[name[-1]], name[:-2]) for name in order])
    assert probe(both, stream).audio == heard
    assert sound_of(both, stream, tmp_path) == heard


@pytest.mark.slow
def test_probe_tables_and_page_name_the_others(one: Path, other: Path, tmp_path: Path) -> None:
    both, out = mux(tmp_path / "both.mp4", [(one, "video"), (other, "video"), (one, "audio")]), tmp_path / "out"
    said = videmo("probe", both)
    assert "2 (h264, 320×240)" in said.stdout
    assert "--stream" in said.stdout
    said = videmo("analyze", both, "--out", out, "--no-annotate", "--no-plots")
    assert said.returncode == 0, said.stderr
    expected = "video stream 1 of 2 was analysed; not looked at: 2 (h264, 320×240)"
    assert expected in said.stdout
    table = pd.read_csv(out / "recordings.csv")
    assert expected in table["warnings"][0]
    assert table["width"][0] == 160
    assert expected[1:] in (out / "both.mp4" / "report.html").read_text(encoding="utf-8")
    said = videmo("analyze", both, "--out", out, "--no-annotate", "--no-plots", "--stream", "2", "--overwrite")
    assert "1 analysed" in said.stdout
    assert pd.read_csv(out / "recordings.csv")["width"][0] == 320
    said = videmo("analyze", both, one, "--out", out, "--no-annotate", "--no-plots", "--stream", "3", "--overwrite")
    assert said.returncode == 1
    assert said.stderr.count("no video stream 3") == 2
    said = videmo("probe", "--stream", "2", both)
    assert "320×240" in said.stdout.splitlines()[1]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("noise.mp4", b"".join(bytes([9, kind, 0, 0, *[kind] * 20]) for kind in (1, 6, 38))),
        ("notes.txt", b"Notes of the first interview.\n" * 40),
    ],
)
def test_texts_and_noise_are_not_drawn_as_video(name: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with av.open(str(path)) as container:  # FFmpeg would
        assert sum(1 for _ in container.decode(video=0)) > 0
    with pytest.raises(RecordingError, match="not a recording"):
        probe(path)
