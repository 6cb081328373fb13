"""Build the page that shows a source while it is watched, and open it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from videmo.live.history import CELL_S, WINDOW_S
from videmo.measures.emotions import LEFT_OUT
from videmo.measures.registry import carried
from videmo.plots.style import COLOURS
from videmo.records import Recording
from videmo.report.html import json_block, render_with_policy
from videmo.settings import Settings
from videmo.timeline.summary import MORE_LIKELY

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
    words = carried(settings).words
    data = {
        "emotions": list(words),
        "colours": [COLOURS[emotion] for emotion in words],
        "likely": MORE_LIKELY,
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
        emotions=words,
        left_out_words=[word for word in LEFT_OUT if word not in words],
        data=json_block(data),
    )
