"""Run ``videmo probe``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videmo.cli.console import Debug, printable, say_error
from videmo.cli.options import Stream, given
from videmo.errors import RecordingError

if TYPE_CHECKING:
    from videmo.records import Chunk, Recording


def probe(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Recordings to inspect.")],
    stream: Stream = None,
    debug: Debug = False,
) -> None:
    """Show what a file contains, and whether it can be analysed.

    Example: videmo probe interview.mp4
    """
    from videmo.config import load_settings
    from videmo.settings import ReadingSettings
    from videmo.video.plan import plan_chunks
    from videmo.video.probe import probe as read_headers

    chosen = load_settings(None, given({"reading.stream": stream})).reading.stream
    failed = False
    for path in files:
        try:
            recording = read_headers(path, chosen)
            typer.echo(_describe(recording, plan_chunks(recording, chunk_s=ReadingSettings().chunk_s)))
        except RecordingError as exc:
            if debug:
                raise
            failed = True
            say_error(str(exc))
    raise typer.Exit(1 if failed else 0)


def _describe(recording: Recording, chunks: tuple[Chunk, ...]) -> str:
    length = "length unknown" if recording.duration_s is None else f"{recording.duration_s:.3f} s"
    rate = "rate unknown" if recording.average_fps is None else f"{recording.average_fps:.3f} frames/s on average"
    turned = f", rotated by {recording.rotation}°" if recording.rotation else ""
    audio = ", ".join(recording.audio) or "none"
    cut = f"{len(chunks)} chunks" if len(chunks) > 1 else "1 chunk"
    why = "" if recording.keyframes else " (its container has no keyframe index, so it is read in one go)"
    lines = (
        f"{recording.path}: works",
        f"  video   {recording.codec}, {recording.pixel_format}, {recording.width}×{recording.height}{turned}, {rate}",
        *([f"  others  {', '.join(recording.other_streams)}; choose with --stream"] if recording.other_streams else []),
        f"  audio   {audio}",
        f"  length  {length}, starts at {recording.start_s:.3f} s on its own clock",
        f"  plan    {cut}{why}",
    )
    return "\n".join(printable(line) for line in lines)
