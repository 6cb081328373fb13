"""Draw the plots of a recording."""

from __future__ import annotations

import gc
from typing import Final

from videmo.measures.registry import words_in
from videmo.pipeline.stage import Stage
from videmo.pipeline.update import Update
from videmo.results import names
from videmo.settings import Settings

_PLOTTED = ("time_s", "status", "person", "left_out")


def _plot(update: Update, settings: Settings) -> None:
    """Draw the figures of a recording from its tables."""
    from videmo.plots.save import save_figure
    from videmo.plots.shares import plot_shares
    from videmo.plots.timeline import plot_timeline
    from videmo.plots.transitions import plot_transitions
    from videmo.timeline.transitions import count_transitions

    results, manifest = update.results, update.manifest
    words = words_in(results.timeline.columns)
    course = plot_timeline(
        results.timeline,
        results.episodes,
        results.summary,
        duration_s=manifest.result.duration_s,
        title=manifest.key,
        observations=results.observations((*_PLOTTED, *words)),
    )
    shares = plot_shares(results.summary, title=manifest.key)
    changes = plot_transitions(count_transitions(results.timeline, words), title=manifest.key)
    for name, figure in zip(names.PLOTS, (course, course, shares, changes), strict=True):
        with results.writing(name) as path:
            save_figure(figure, path, dpi=settings.plots.dpi)
    update.manifest = manifest.with_note("plots", _undrawn(manifest.key, *results.summary["name"].dropna()))
    del course, shares, changes, figure
    gc.collect()  # the parts of a figure hold each other: those of hundreds of persons would wait beside the page


def _undrawn(*words: str) -> list[str]:
    """Name the characters of names for which this system has no font."""
    from videmo.plots.fonts import lacking

    missing = lacking("".join(words))
    if not missing:
        return []
    shown = missing[:8] + ("…" if len(missing) > 8 else "")
    return [f"no font for {shown} is installed, so plots show another sign (Noto fonts have most scripts)"]


PLOTS: Final = Stage(
    name="plots",
    words="plots",
    needs=("tables",),
    settings=("plots",),
    files=names.PLOTS,
    run=_plot,
    version=7,
    enabled=lambda settings: settings.plots.enabled,
)
