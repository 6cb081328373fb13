"""Build the page that shows a source while it is watched, and open it."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import webbrowser
from html import escape
from pathlib import Path
from typing import Final

from videmo.live.history import CELL_S, WINDOW_S
from videmo.measures.registry import carried
from videmo.plots.style import COLOURS
from videmo.records import Recording
from videmo.report.html import json_block, render_with_policy
from videmo.settings import Settings

ASSETS: Final = Path(__file__).parent / "assets"
_SOURCES: Final = "img-src data: blob:; connect-src 'self'; frame-ancestors 'none'"


def live_page(name: str, recording: Recording, settings: Settings, *, recorded: bool) -> tuple[str, str]:
    """Build the page.

    Args:
        name: of the source.
        recording: what is known of it.
        settings: of the session.
        recorded: whether the session is recorded.

    Returns:
        The page, and its content security policy for the header.
    """
    data = {
        "emotions": list(carried().words),
        "colours": [COLOURS[emotion] for emotion in carried().words],
        "cell": CELL_S,
        "window": WINDOW_S,
        "width": recording.width,
        "height": recording.height,
    }
    return render_with_policy(
        "live.html.j2",
        styles=["base.css", "live.css"],
        scripts=["live-timeline.js", "live.js"],
        assets=ASSETS,
        sources=_SOURCES,
        name=name,
        recording=recording,
        detector=settings.detector.name,
        classifier=settings.classifier.name,
        fps=settings.reading.fps,
        hides=settings.anonymize.how if settings.anonymize.hides_faces else "",
        recorded=recorded,
        emotions=carried().words,
        data=json_block(data),
    )


def open_in_browser(address: str) -> None:
    """Open the page where there is a graphical browser; do nothing elsewhere.

    The browser gets a file that redirects to the page: all users of a machine can read each other's command lines,
    and would find the token there.
    """
    if not (os.name == "nt" or sys.platform == "darwin" or {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ)):
        return

    def work() -> None:
        try:
            handle, path = tempfile.mkstemp(prefix="videmo-live-", suffix=".html")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(f'<!doctype html><meta http-equiv="refresh" content="0;url={escape(address)}">')
            webbrowser.open(Path(path).as_uri())
            timer = threading.Timer(20.0, lambda: Path(path).unlink(missing_ok=True))
            timer.daemon = True
            timer.start()
        except (OSError, webbrowser.Error):
            pass  # the address is on the terminal

    threading.Thread(target=work, name="videmo-browser", daemon=True).start()
