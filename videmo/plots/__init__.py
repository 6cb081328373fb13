"""Make figures from tables. Each function returns a matplotlib figure; none saves or shows one.

>>> from videmo.plots import plot_shares, save_figure
>>> figure = plot_shares(summary, title="Interview 3", width="column")
>>> save_figure(figure, Path("shares.svg"), dpi=300)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from videmo.plots.agreement import plot_confusion
    from videmo.plots.courses import plot_timecourse
    from videmo.plots.dyads import plot_synchrony
    from videmo.plots.effects import plot_effects, plot_sensitivity
    from videmo.plots.overview import plot_overview
    from videmo.plots.people import plot_people
    from videmo.plots.raincloud import plot_raincloud
    from videmo.plots.save import save_figure
    from videmo.plots.shares import plot_shares
    from videmo.plots.timeline import plot_timeline
    from videmo.plots.transitions import plot_transitions

_HOMES = {
    "plot_confusion": "agreement", "plot_effects": "effects", "plot_overview": "overview", "plot_people": "people",
    "plot_raincloud": "raincloud", "plot_sensitivity": "effects", "plot_shares": "shares", "plot_synchrony": "dyads",
    "plot_timecourse": "courses", "plot_timeline": "timeline", "plot_transitions": "transitions",
    "save_figure": "save",
}  # fmt: skip
__all__ = [
    "plot_confusion",
    "plot_effects",
    "plot_overview",
    "plot_people",
    "plot_raincloud",
    "plot_sensitivity",
    "plot_shares",
    "plot_synchrony",
    "plot_timecourse",
    "plot_timeline",
    "plot_transitions",
    "save_figure",
]


def __getattr__(name: str) -> Any:
    """Load a function when it is first used: the colours alone need no matplotlib."""
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(f"videmo.plots.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'videmo.plots' has no attribute {name!r}")
