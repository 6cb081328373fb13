"""Colours, fonts and the look that all figures, and the annotated video, share."""

from __future__ import annotations

from typing import Any, Final

from videmo.tables.csv import csv_plain

COLOURS: Final = {
    "neutral": "#9AA0A6",
    "happy": "#E69F00",
    "sad": "#0072B2",
    "surprise": "#CC79A7",
    "angry": "#C1401B",
}
"""After Okabe and Ito (2008): told apart with all common kinds of colour blindness, and in print."""
INK: Final = "#2B2F33"
FAINT: Final = "#E7E9EC"
_RC: Final = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.edgecolor": "#8A9096",
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "svg.hashsalt": "videmo",
}


def figure(width: float, height: float) -> Any:
    """A new figure of a size in inches, outside of pyplot's registry: nothing to close, safe in any thread."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(_RC):
        created = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(created)
    return created


def styled() -> Any:
    """Context in which axes get videmo's look."""
    import matplotlib as mpl

    return mpl.rc_context(_RC)


def plain(text: str, longest: int = 60) -> str:
    """Make any file name fit to print: no mathematics, no line breaks, not too long."""
    printable = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    short = printable if len(printable) <= longest else f"…{printable[1 - longest :]}"
    return short.replace("$", r"\$")


def called(row: Any) -> str:
    """What to call the person of a row of the summary: the name, else ``Person 1``."""
    name = row.get("name", "")
    return plain(csv_plain(name), 30) if isinstance(name, str) and name else f"Person {row['person']}"


def clock(seconds: float) -> str:
    """Spell a time as m:ss or h:mm:ss."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
