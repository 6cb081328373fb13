"""Run ``videmo live``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from videmo.cli.console import Config, Debug, Quiet, a_folder, printable, say_error
from videmo.cli.interrupts import INTERRUPTED
from videmo.cli.options import (
    Anonymize,
    AssumeFps,
    ClassifierName,
    DetectorName,
    Emotions,
    FpsLive,
    MaxSide,
    MinFace,
    RecordedPlots,
    RecordedReport,
    given,
)
from videmo.errors import Given, UsageError

if TYPE_CHECKING:
    from videmo.live.watch import Watched

_EXAMPLES = """[bold]Examples[/bold]

videmo live 0\n
videmo live 0 --size 1280x720 --record results --video\n
videmo live rtsp://192.168.1.20/stream --fps 10\n
videmo live interview.mp4 --loop

The page can be opened on this machine only, and only with the token in its address. To open it from elsewhere, start
with --port PORT and forward that port: ssh -L PORT:127.0.0.1:PORT HOST.

Stop with Ctrl-C. A recorded session then gets the tables, plots and page that [bold]videmo analyze[/bold] writes. After
a power cut, run [bold]videmo report OUT[/bold] to make them.

Exit code: 0 the file ended, 1 the source was lost or could not be opened, 2 wrong usage, 130 stopped with Ctrl-C.
"""


def live(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="A camera (0, 1 …), an address (rtsp://…, http://…) or a file.")
    ],
    record: Annotated[
        Path | None,
        typer.Option(
            "--record",
            metavar="OUT",
            callback=a_folder,
            help="Record into this folder, with the tables that [bold]analyze[/bold] writes.",
        ),
    ] = None,
    video: Annotated[
        bool,
        typer.Option("--video", help="With --record, for a camera or stream: also keep the video, as an MP4 file."),
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the page; 0 for any free one.")] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Print the address without opening a browser.")] = False,
    fps: FpsLive = None,
    assume_fps: AssumeFps = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="Ask a camera for frames of this size.")] = None,
    detector: DetectorName = None,
    min_face: MinFace = None,
    max_side: MaxSide = None,
    classifier: ClassifierName = None,
    emotions: Emotions = None,
    anonymize: Anonymize = None,
    every_frame: Annotated[
        bool, typer.Option("--every-frame", help="Make a file wait until each frame has been analysed.")
    ] = False,
    loop: Annotated[bool, typer.Option("--loop", help="Play a file again and again.")] = False,
    plots: RecordedPlots = None,
    report: RecordedReport = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="With --record: replace earlier results.")] = False,
    config: Config = None,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    """Watch a camera, a stream or a file: faces, persons and emotions on a page in your browser."""
    from videmo.config import load_settings
    from videmo.live.source import parse_source
    from videmo.live.watch import WatchOptions, watch
    from videmo.loopback import open_in_browser

    settings = load_settings(
        config,
        given(
            {
                "reading.fps": fps,
                "reading.assume_fps": assume_fps,
                "detector.name": detector,
                "detector.min_size_px": min_face,
                "detector.max_side": max_side,
                "classifier.name": classifier,
                "classifier.emotions": emotions,
                "anonymize.how": anonymize,
                "plots.enabled": plots,
                "report.enabled": report,
            }
        ),
    )
    wanted = parse_source(source)
    options = WatchOptions(port, record, video, every_frame, loop, _size(size), overwrite)

    def ready(address: str) -> None:
        typer.echo(f"Watching {printable(wanted.name)} at {address}")
        if not quiet:
            typer.echo("Only this machine can open it. Stop with Ctrl-C.")
        if not no_open:
            open_in_browser(address)

    try:
        watched = watch(wanted, settings, options, ready)
    except KeyboardInterrupt:
        kept = "" if record is None else f" Run 'videmo report {record}' to make tables of what was recorded."
        say_error(f"interrupted.{kept}")
        raise typer.Exit(INTERRUPTED) from None
    if not quiet:
        _print_closing(watched)
    if watched.state == "lost":
        say_error(watched.message)
    raise typer.Exit({"ended": 0, "lost": 1}.get(watched.state, INTERRUPTED))


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 16 <= int(width) <= 16384 and 16 <= int(height) <= 16384):
        raise UsageError(Given("size", text), "not a size", "width and height in pixels, such as 1280x720")
    return int(width), int(height)


def _print_closing(watched: Watched) -> None:
    persons = "1 person" if watched.people == 1 else f"{watched.people} persons"
    typer.echo(
        f"{watched.analysed:,} of {watched.captured:,} frames analysed in {watched.seconds:.1f} s, {persons}. "
        f"From capture to result: half within {watched.latency_ms[0]} ms, 95 % within {watched.latency_ms[1]} ms."
    )
    if watched.folder is not None:
        typer.echo(f"Results: {printable(str(watched.folder))}")


live.__doc__ = f"{live.__doc__}\n\n{_EXAMPLES}"
