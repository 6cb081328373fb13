"""Build the sample clips and the list of what they show: ``python samples/build.py [--out FOLDER]``.

Needs scikit-image (for the portrait and the photograph of a coffee cup) next to the packages that videmo itself needs.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from av.codec.context import Flags
from numpy.typing import NDArray

from scenes import SEED, VIDEO_CLOCK, Clip, clips, in_picture, pictures
from warp import Image, Portrait

AUDIO_RATE = 44_100
PLAIN = {"fflags": "+bitexact", "movflags": "+faststart"}
EXCERPT_S = (5.2, 8.2)
"""Of expressions.mp4: sad, then surprise."""


def melody(seconds: float) -> NDArray[np.float32]:
    """Return a quiet tune of soft tones over faint noise."""
    count = round(seconds * AUDIO_RATE)
    time = np.arange(count) / AUDIO_RATE
    notes = 220 * 2 ** (np.array([0, 4, 7, 12, 9, 7, 4, 2]) / 12)
    beat = (time / 0.5).astype(int)
    tone = np.sin(2 * np.pi * notes[beat % len(notes)] * (time % 0.5)) * np.exp(-5 * (time % 0.5))
    noise = np.random.default_rng(SEED).normal(0, 0.002, count)
    return (0.08 * tone + noise).astype(np.float32)


def write(clip: Clip, path: Path, images: Iterator[Image]) -> None:
    """Encode a clip; nothing in the file depends on the time or the place where it is built."""
    with av.open(str(path), "w", format="mp4", options=PLAIN) as container:
        video = add_video(container, clip)
        audio = container.add_stream("aac", rate=AUDIO_RATE, layout="mono", bit_rate=48_000) if clip.sound else None
        if audio is not None:
            audio.codec_context.flags |= Flags.bitexact
            container.mux(list(audio_packets(audio, melody(clip.seconds))))
        lengths = {tick: following - tick for tick, following in pairwise(clip.ticks)}
        for (tick, length), image in zip(lengths.items(), images, strict=True):
            frame = av.VideoFrame.from_ndarray(cv2.cvtColor(image, cv2.COLOR_RGB2YUV_I420), format="yuv420p")
            frame.pts, frame.duration, frame.time_base = tick, length, Fraction(1, VIDEO_CLOCK)
            mux(container, video.encode(frame), lengths)
        mux(container, video.encode(None), lengths)


def mux(container: av.container.OutputContainer, packets: list[av.Packet], lengths: dict[int, int]) -> None:
    """Write packets; the encoder forgets how long frames last, which matters for the last one."""
    for packet in packets:
        packet.duration = lengths[packet.pts]
        container.mux(packet)


def add_video(container: av.container.OutputContainer, clip: Clip) -> av.VideoStream:
    """Add the H.264 stream of a clip."""
    # x264's AVX-512 code for macroblock trees reads memory that was never written: no two builds would be alike.
    options = {"crf": "21", "preset": "slow", "threads": "1", "mbtree": "0"}
    if clip.sound:
        options["bf"] = "0"  # with reordered frames MP4 can't say how long the last frame of an uneven clip lasts
    video = container.add_stream("libx264", rate=30 if clip.rotation or clip.sound else 25, options=options)
    video.width, video.height = clip.size if clip.rotation % 180 == 0 else clip.size[::-1]
    video.pix_fmt = "yuv420p"
    video.time_base = video.codec_context.time_base = Fraction(1, VIDEO_CLOCK)
    video.codec_context.thread_count = 1
    video.codec_context.flags |= Flags.bitexact
    if clip.rotation:
        video.set_display_rotation(clip.rotation)
    return video


def audio_packets(audio: av.AudioStream, samples: NDArray[np.float32]) -> Iterator[av.Packet]:
    """Encode sound in frames of the size that AAC wants."""
    for start in range(0, len(samples), 1024):
        frame = av.AudioFrame.from_ndarray(samples[None, start : start + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, start, Fraction(1, AUDIO_RATE)
        yield from audio.encode(frame)
    yield from audio.encode(None)


def excerpt(source: Path, target: Path) -> None:
    """Write a stretch of a clip in half its size: what ``videmo doctor`` analyses."""
    begin, end = EXCERPT_S
    with av.open(str(source)) as container:
        pictures = [
            cv2.resize(frame.to_ndarray(format="rgb24"), (320, 180), interpolation=cv2.INTER_AREA)
            for frame in container.decode(video=0)
            if frame.time is not None and begin <= frame.time < end
        ]
    options = {"crf": "28", "preset": "slow", "threads": "1", "mbtree": "0"}
    with av.open(str(target), "w", format="mp4", options=PLAIN) as container:
        video = container.add_stream("libx264", rate=25, options=options)
        video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, VIDEO_CLOCK)
        video.codec_context.thread_count = 1
        video.codec_context.flags |= Flags.bitexact
        length = VIDEO_CLOCK // 25
        lengths = {place * length: length for place in range(len(pictures))}
        for tick, picture in zip(lengths, pictures):
            frame = av.VideoFrame.from_ndarray(cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420), format="yuv420p")
            frame.pts, frame.duration, frame.time_base = tick, length, Fraction(1, VIDEO_CLOCK)
            mux(container, video.encode(frame), lengths)
        mux(container, video.encode(None), lengths)


def expected(clip: Clip) -> dict[str, object]:
    """Return what a reader of the clip should find."""
    width, height = clip.size
    facts: dict[str, object] = {"frames": len(clip.ticks) - 1, "duration_s": seconds(clip.ticks[-1])}
    facts |= {"width": width, "height": height, "rotation": clip.rotation, "audio": clip.sound}
    facts["stretches"] = [
        {"who": person.who, "start": start, "end": end, "shown": shown}
        for person in clip.people
        for start, end, shown in person.shows
    ]
    facts["people"] = [stretch for person in clip.people for stretch in in_picture(clip, person)]
    if clip.sound:
        facts["times_s"] = [seconds(tick) for tick in clip.ticks[:-1]]
    return facts


def seconds(tick: int) -> float:
    """Return a moment in seconds."""
    return round(tick / VIDEO_CLOCK, 6)


def main() -> None:
    """Build everything into a folder."""
    from skimage import data

    parser = argparse.ArgumentParser(description="Build the sample clips.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write to")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    portrait, coffee = Portrait(data.astronaut()), data.coffee()
    for clip in clips():
        write(clip, folder / clip.name, pictures(clip, portrait, coffee))
        print(f"{clip.name}: {(folder / clip.name).stat().st_size / 1000:.0f} kB")
    excerpt(folder / "expressions.mp4", folder / "face.mp4")
    facts = {clip.name: expected(clip) for clip in clips()}
    (folder / "expected.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
