"""From templates and assets to one self-contained page that loads nothing and runs nothing but its own script."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from jinja2 import Environment

ASSETS = Path(__file__).parent / "assets"
MISSING = "–"


def render(template: str, *, styles: Sequence[str], scripts: Sequence[str], **values: Any) -> str:
    """Fill in a template of the assets folder; every value is escaped.

    The page gets a content security policy that allows its own style and script, by their hashes, pictures inside of
    the page, and videos from where the page itself lies. So nothing that came in by a file name or label can run, and
    no request leaves the page.

    Args:
        template: file name.
        styles: file names of the CSS, in order.
        scripts: file names of the JavaScript, in order; they become one strict function.
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
    """As `render`, with a folder of assets that is looked into first, and other sources that the page may load from.

    Returns:
        The page, and its content security policy.
    """
    style = "\n".join(_asset(name, assets) for name in styles)
    script = '(() => {\n"use strict";\n' + "\n".join(_asset(name, assets) for name in scripts) + "\n})();"
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; {sources}; "
        "base-uri 'none'; form-action 'none'"
    )
    # A page can't say itself who may frame it; browsers complain where it tries to.
    within = "; ".join(part for part in policy.split("; ") if not part.startswith("frame-ancestors"))
    page = _environment(assets).get_template(template)
    return page.render(style=Markup(style), script=Markup(script), policy=within, **values) + "\n", policy


def json_block(content: Any) -> Markup:
    """JSON that is safe inside of a script element: nothing in it can end the element."""
    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def data_uri(jpeg: bytes) -> str:
    """A picture as an address that holds it."""
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode('ascii')}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share as percent; a dash where it is not known."""
    return MISSING if share is None or share != share else f"{100 * share:.{digits}f}\N{NO-BREAK SPACE}%"


def number(value: float | None, digits: int = 1) -> str:
    """A number with some digits behind the point; a dash where it is not known."""
    return MISSING if value is None or value != value else f"{value:,.{digits}f}"


def clock(seconds: float | None) -> str:
    """A time as m:ss.t or h:mm:ss.t."""
    if seconds is None or seconds != seconds:
        return MISSING
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    start = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{start}:{rest // 10:02}.{rest % 10}"


def duration(seconds: float | None) -> str:
    """A length in words."""
    if seconds is None or seconds != seconds:
        return MISSING
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


@lru_cache(maxsize=2)
def _environment(assets: Path) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader([assets, ASSETS]), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters.update(percent=percent, number=number, clock=clock, duration=duration, picture=data_uri)
    return made


def _asset(name: str, assets: Path) -> str:
    own = assets / name
    return (own if own.is_file() else ASSETS / name).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    # Browsers hash the text between the tags; the templates put it there without anything around it.
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
