"""Run ``videmo probe``."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videmo.cli.console import Debug, printable, say_error
from videmo.cli.options import AssumeFps, Stream, given
from videmo.cli.words import counted
from videmo.errors import RecordingError

if TYPE_CHECKING:
    from videmo.records import Chunk, Recording


def probe(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, folders or glob patterns.")],
    assume_fps: AssumeFps = None,
    stream: Stream = None,
    debug: Debug = False,
) -> None:
    """Show what recordings contain, and whether they can be analysed. Of a folder, all that are in it.

    Example: videmo probe interview.mp4

    Exit code: 0 all of them work, 1 at least one does not, 2 wrong usage.
    """
    from videmo.batch.discover import locate
    from videmo.config import load_settings
    from videmo.store.recordings import reading as reading_from
    from videmo.video.plan import plan_chunks
    from videmo.video.probe import probe as read_headers

    chosen = given({"reading.assume_fps": assume_fps, "reading.stream": stream})
    reading = load_settings(None, chosen).reading
    failed = 0
    files = [file for path in paths for file in locate(path)]
    for path in files:
        try:
            with reading_from(path) as local:
                recording = read_headers(local, reading.stream, assume_fps=reading.assume_fps)
                chunks = plan_chunks(recording, chunk_s=reading.chunk_s)
            typer.echo(_describe(replace(recording, path=path), chunks))
        except RecordingError as exc:
            if debug:
                raise
            failed += 1
            say_error(str(exc))
    if len(files) > 1:
        typer.echo(f"{counted(len(files), 'recording')}: {len(files) - failed:,} can be analysed, {failed:,} cannot.")
    raise typer.Exit(1 if failed else 0)


def _describe(recording: Recording, chunks: tuple[Chunk, ...]) -> str:
    length = "length unknown" if recording.duration_s is None else f"{recording.duration_s:.3f} s"
    rate = "rate unknown" if recording.average_fps is None else f"{recording.average_fps:.3f} frames/s on average"
    if recording.assumed_fps is not None:
        rate = f"rate unknown: {recording.assumed_fps:g} frames/s are assumed (see --assume-fps)"
    turned = f"{recording.width}×{recording.height}{_display(recording)}"
    audio = ", ".join(recording.audio) or "none"
    cut = f"{len(chunks)} chunks" if len(chunks) > 1 else "1 chunk"
    why = "" if recording.keyframes else " (its container has no keyframe index, so it is read in one go)"
    lines = (
        f"{recording.path}: works",
        f"  video   {recording.codec}, {recording.pixel_format}, {turned}, {rate}",
        *([f"  others  {', '.join(recording.other_streams)}; choose with --stream"] if recording.other_streams else []),
        f"  audio   {audio}",
        f"  length  {length}, starts at {recording.start_s:.3f} s on its own clock",
        f"  plan    {cut}{why}",
    )
    return "\n".join(printable(line) for line in lines)


def _display(recording: Recording) -> str:
    """Say how stored pictures are changed for display."""
    mirrored = ", mirrored" if recording.mirrored else ""
    turned = f", rotated by {recording.rotation}°" if recording.rotation else ""
    shape = Fraction(recording.pixel_aspect).limit_denominator(1000)
    return f"{mirrored}{turned}{f', pixels {shape.numerator}:{shape.denominator}' if shape != 1 else ''}"
