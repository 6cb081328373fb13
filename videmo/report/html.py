"""Turn templates and assets into one self-contained page that loads nothing and runs only its own script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from jinja2 import Environment

ASSETS = Path(__file__).parent / "assets"
MISSING = "–"
_TOGETHER = re.compile(r"95 % CI|\d %|[^\s,;]+ [=<] [^\s,;]*[^\s,;.]")
"""What must not be torn apart at the end of a line."""


def render(template: str, *, styles: Sequence[str], scripts: Sequence[str], **values: Any) -> str:
    """Fill in a template of the assets folder; every value is escaped.

    The page gets a content security policy that allows its own style and script, by their hashes, pictures inside the
    page, and videos from the place of the page itself. So nothing that came in through a file name or a label can run,
    and the page sends no requests.

    Args:
        template: file name.
        styles: file names of the CSS, in order.
        scripts: file names of the JavaScript, in order; they are joined into one strict function.
        **values: what the template shows.
    """
    return render_with_policy(template, styles=styles, scripts=scripts, **values)[0]


def render_with_policy(
    template: str,
    *,
    styles: Sequence[str],
    scripts: Sequence[str],
    assets: Path = ASSETS,
    sources: str = "img-src data:; media-src 'self' file:",
    **values: Any,
) -> tuple[str, str]:
    """Do the same as `render`, with a folder of assets that is searched first and other sources to load from.

    Returns:
        The page, and its content security policy.
    """
    style = "\n".join(_asset(name, assets) for name in styles)
    script = '(() => {\n"use strict";\n' + "\n".join(_asset(name, assets) for name in scripts) + "\n})();"
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; {sources}; "
        "base-uri 'none'; form-action 'none'"
    )
    # A page can't say itself who may frame it; browsers complain if it tries to.
    within = "; ".join(part for part in policy.split("; ") if not part.startswith("frame-ancestors"))
    page = _environment(assets).get_template(template)
    return page.render(style=Markup(style), script=Markup(script), policy=within, **values) + "\n", policy


def json_block(content: Any) -> Markup:
    """Return JSON that is safe inside a script element: nothing in it can end the element."""
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def data_uri(jpeg: bytes) -> str:
    """Return a picture as an address that contains it."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


def percent(share: float | None, digits: int = 1) -> str:
    """Write a share in percent; a dash where it is unknown."""
    return MISSING if share is None or share != share else f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def unbroken(sentence: str) -> Markup:
    """Keep statistics such as ``p < .001`` on one line; the text stays the same."""
    parts, at = [], 0
    for found in _TOGETHER.finditer(sentence):
        parts += [escape(sentence[at : found.start()]), Markup('<span class="whole">%s</span>') % found.group()]
        at = found.end()
    return Markup("").join([*parts, escape(sentence[at:])])


def signed(value: float) -> str:
    """Write a number between -1 and 1 with its sign."""
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def number(value: float | None, digits: int = 1) -> str:
    """Write a number with some decimals; a dash where it is unknown."""
    return MISSING if value is None or value != value else f"{value:,.{digits}f}"


def counted(count: int, noun: str, several: str = "") -> str:
    """Write a number and what it counts: one of it, or several."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def clock(seconds: float | None) -> str:
    """Write a time as m:ss.t or h:mm:ss.t; a dash where it is unknown."""
    if seconds is None or seconds != seconds:
        return MISSING
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    start = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{start}:{rest // 10:02}.{rest % 10}"


def duration(seconds: float | None) -> str:
    """Write a length of time with its units, never torn apart; a dash where it is unknown."""
    if seconds is None or seconds != seconds:
        return MISSING
    if seconds < 60:
        words = f"{seconds:.1f} s"
    else:
        minutes, rest = divmod(round(seconds), 60)
        words = f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
    return words.replace(" ", "\N{NO-BREAK SPACE}")


@lru_cache(maxsize=2)
def _environment(assets: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader([assets, ASSETS]), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters.update(
        percent=percent, number=number, signed=signed, clock=clock, duration=duration, picture=data_uri,
        unbroken=unbroken, counted=counted,
    )  # fmt: skip
    return made


def _asset(name: str, assets: Path) -> str:
    own = assets / name
    return (own if own.is_file() else ASSETS / name).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    # Browsers hash the text between the tags; the templates put nothing around it.
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
