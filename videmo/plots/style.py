"""Define the colours, fonts and style that figures, pages and the annotated video share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from videmo.measures.emotions import LEFT_OUT
from videmo.plots.fonts import OWN, fit, replaced
from videmo.spreadsheet import csv_plain

COLOURS: Final = {
    "neutral": "#9AA0A6",
    "happy": "#E69F00",
    "sad": "#0072B2",
    "surprise": "#CC79A7",
    "angry": "#C1401B",
    "fear": "#56B4E9",
    "disgust": "#009E73",
}
"""After Okabe and Ito (2008): distinguishable with all common kinds of colour blindness, and in print."""
VALENCE_MAP: Final = "PRGn"
"""Colours of valence, from purple at -1 over white to green at 1: not those of emotions, and as easy to tell apart."""
OTHER_HATCH: Final = "\\\\\\\\"
"""Of cells that more likely than not show none of the five words."""
LEFT_OUT_HATCH: Final = "xxxxx"
"""Of stretches in which somebody was seen, but not well enough."""
LEFT_OUT_SAID: Final = "seen, but left out"
OTHER_SAID: Final = f"more likely {' or '.join(LEFT_OUT)}"
INK: Final = "#2B2F33"
SOFT: Final = "#57606A"
FAINT: Final = "#E9EBEE"
HATCH: Final = "#C9CDD2"
WARN: Final = "#B98A3A"
Width = Literal["page", "column"]
WIDTHS: Final = {"page": 7.2, "column": 3.5}
"""Inches: 183 and 89 mm, the width of a page and of a column in most journals."""
_RC: Final = {
    "font.family": OWN,
    "font.size": 7.5,
    "axes.edgecolor": "#8A9096",
    "axes.linewidth": 0.7,
    "axes.labelcolor": SOFT,
    "axes.labelsize": 7.5,
    "axes.titlesize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "text.color": INK,
    "hatch.linewidth": 0.5,
    "svg.hashsalt": "videmo",
}


def figure(width: Width | float, height: float) -> Any:
    """Make a figure of a size in inches, outside pyplot's registry: nothing to close, safe in any thread."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    class Fitted(Figure):
        """A figure whose texts get the fonts that their letters need, whoever draws it."""

        def draw(self, renderer: Any) -> None:
            fit(self.findobj(Text))
            super().draw(renderer)

    across = WIDTHS[width] if isinstance(width, str) else width
    with mpl.rc_context(_RC):
        created = Fitted(figsize=(across, height), layout="constrained")
    FigureCanvasAgg(created)
    return created


def keep_layout(created: Any) -> None:
    """Leave the parts of a figure where they are, whatever it is written to next."""
    import matplotlib as mpl

    # Not "none": with any engine at all, also with that one, each file is drawn twice. What stands for no engine in a
    # user's settings is no layout of ours.
    with mpl.rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
        created.set_layout_engine(None)


def styled() -> Any:
    """Return the context in which axes get videmo's style."""
    import matplotlib as mpl

    return mpl.rc_context(_RC)


def emotion_legend(
    created: Any,
    words: Sequence[str],
    *,
    gaps: bool = False,
    valence: bool = False,
    left_out: bool = False,
    other: bool = False,
    columns: int = 6,
) -> None:
    """Draw one legend below the whole figure: the emotions and, where they are drawn, valence and hatchings."""
    import matplotlib as mpl
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=COLOURS[emotion], label=emotion) for emotion in words]
    if valence:
        shades = mpl.colormaps[VALENCE_MAP]
        handles += [
            Patch(facecolor=shades(0.05), label="valence \N{MINUS SIGN}1"),
            Patch(facecolor=shades(0.95), label="valence 1"),
        ]
    if gaps:
        handles.append(Patch(facecolor=FAINT, edgecolor=HATCH, hatch="//////", label="not seen", linewidth=0))
    if left_out:
        handles.append(Patch(facecolor="white", edgecolor=WARN, hatch=LEFT_OUT_HATCH, label=LEFT_OUT_SAID, linewidth=0))
    if other:
        handles.append(Patch(facecolor="white", edgecolor=SOFT, hatch=OTHER_HATCH, label=OTHER_SAID, linewidth=0))
    created.legend(
        handles=handles, loc="outside lower center", ncols=min(columns, len(handles)), frameon=False, fontsize=7,
        handlelength=1.4, handleheight=0.9, columnspacing=1.4,
    )  # fmt: skip


def plain(text: str, longest: int = 60) -> str:
    """Make any file name fit to print: no mathematics, no line breaks, not too long."""
    printable = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    printable = replaced(printable)
    short = printable if len(printable) <= longest else f"…{printable[1 - longest :]}"
    return short.replace("$", r"\$")


def called(row: Any) -> str:
    """Return the name of the person in a row of the summary, else ``Person 1``."""
    name = row.get("name", "")
    return plain(csv_plain(name), 30) if isinstance(name, str) and name else f"Person {row['person']}"


def seen_for(row: Any) -> str:
    """Say for how long the person in a row of the summary was seen, if only for an instant."""
    return "in one frame" if row.get("usable") == 1 else f"{max(row['seen_s'], 0.1):.1f} s"


def clock(seconds: float) -> str:
    """Write a time as m:ss or h:mm:ss."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
