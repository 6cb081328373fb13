"""Find fonts on this system for letters that videmo's own font lacks, such as Chinese, Japanese and Korean ones."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

_FILE: Final = Path("fonts") / "ttf" / "DejaVuSans.ttf"
OWN: Final = "DejaVu Sans"
"""Ships with matplotlib: text in scripts that it has looks the same everywhere."""
_PREFERRED: Final = ("Noto Sans", "Source Han Sans", "WenQuanYi", "IPA", "Droid Sans", "Arial Unicode")
"""How the names of fonts begin that fit beside ours; others are tried after them."""


def lacking(text: str) -> str:
    """Return the characters that neither our font nor any on this system has, each once, in order."""
    return "".join(
        dict.fromkeys(each for each in _foreign(text) if not any(_has(path, each) for path in families_for(each)))
    )


def replaced(text: str) -> str:
    """Put replacement characters for what no font has: matplotlib would draw boxes, and print a warning for each."""
    missing = "" if text.isascii() else lacking(text)
    return text.translate(dict.fromkeys(map(ord, missing), "\N{REPLACEMENT CHARACTER}"))


def families_for(text: str) -> dict[str, str]:
    """Choose fonts of this system for what our font lacks.

    Returns:
        The family of each font by its path; none where nothing is lacking. As few as may be, for text in one font
        looks better.
    """
    return dict(_chosen("".join(sorted(set(_foreign(text))))))


def file_for(text: str) -> Path | None:
    """Return the one font file that has every character of a text, ours if it does; None if no font has."""
    if not _foreign(text):
        return own_file()
    return next((Path(path) for path, _ in _system_fonts() if all(_has(path, each) for each in set(text))), None)


@lru_cache(maxsize=1)
def own_file() -> Path:
    """Find our font among matplotlib's data. That is beside its code nearly everywhere; importing it takes a while."""
    found = find_spec("matplotlib")
    for place in (found and found.submodule_search_locations) or ():
        font = Path(place) / "mpl-data" / _FILE
        if font.is_file():
            return font
    import matplotlib as mpl

    return Path(mpl.get_data_path()) / _FILE


def _foreign(text: str) -> list[str]:
    if text.isascii():
        return []  # known without a look at the font
    own = str(own_file())
    return [each for each in text if each.isprintable() and not _has(own, each)]


@lru_cache(maxsize=256)
def _chosen(characters: str) -> tuple[tuple[str, str], ...]:
    chosen, left = [], set(characters)
    for _ in range(len(left)):
        best = max(_system_fonts(), key=lambda font: sum(_has(font[0], each) for each in left), default=None)
        covered = {each for each in left if best is not None and _has(best[0], each)}
        if best is None or not covered:
            break
        chosen.append(best)
        left -= covered
    return tuple(chosen)


@lru_cache(maxsize=1)
def _system_fonts() -> tuple[tuple[str, str], ...]:
    """List path and family of the fonts of this system whose letters are outlines, the preferred ones first.

    Looked for only when a name needs one: it takes a moment.
    """
    from matplotlib import font_manager

    known = {Path(font.fname).resolve() for font in font_manager.fontManager.ttflist}
    for path in font_files():
        if path.resolve() not in known:  # matplotlib's list may be older than the font
            _added(font_manager.fontManager, path)
    fonts = {
        (font.fname, font.name)
        for font in font_manager.fontManager.ttflist
        if font.style == "normal" and font.name != OWN and "Last Resort" not in font.name and _scalable(font.fname)
    }
    return tuple(sorted(fonts, key=lambda font: (_rank(font[1]), font[1], font[0])))


def font_files() -> list[Path]:
    """List the files of fonts on this system."""
    from matplotlib import font_manager

    return sorted(map(Path, font_manager.findSystemFonts()))


def _added(manager: Any, path: Path) -> None:
    try:
        manager.addfont(str(path))
    except (OSError, RuntimeError, ValueError, KeyError):  # of a font that can't be read, or a kind that is not drawn
        return


def _rank(family: str) -> int:
    places = [place for place, begins in enumerate(_PREFERRED) if family.startswith(begins)]
    return places[0] if places else len(_PREFERRED)


def _scalable(path: str) -> bool:
    try:
        return bool(_face(path).scalable)
    except (OSError, RuntimeError, ValueError):
        return False


@lru_cache(maxsize=64)
def _face(path: str) -> Any:
    from matplotlib.ft2font import FT2Font

    return FT2Font(path)


def _has(path: str, character: str) -> bool:
    return ord(character) in _characters(path)


@lru_cache(maxsize=64)
def _characters(path: str) -> frozenset[int]:
    return frozenset(_face(path).get_charmap())


def fit(texts: Iterable[Any]) -> None:
    """Give matplotlib's texts the fonts that their letters need."""
    for text in texts:
        words = text.get_text()
        if not words.isascii() and _foreign(words):
            text.set_fontfamily([OWN, *families_for(words).values()])
