"""Letters that our font lacks are taken from fonts of the system; where there is none, that is said."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from runs import videmo
from videmo.annotate.glyphs import drawable, text_mask
from videmo.plots import fonts
from videmo.plots.save import save_figure
from videmo.plots.style import figure, plain

RARE = "\U00013080\U00013081"
"""Hieroglyphs: our font has none, and no font is on the machines that run these tests."""


def make_font(path: Path, family: str, letters: str) -> Path:
    """A font whose letters are triangles."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    pen = TTGlyphPen(None)
    for step, point in enumerate([(50, 0), (500, 800), (950, 0)]):
        pen.lineTo(point) if step else pen.moveTo(point)
    pen.closePath()
    names = [".notdef", *(f"u{ord(letter):x}" for letter in letters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): f"u{ord(letter):x}" for letter in letters})
    shape = pen.glyph()
    builder.setupGlyf(dict.fromkeys(names, shape))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(path)
    return path


def forget() -> None:
    for cached in (fonts._chosen, fonts._system_fonts, drawable, text_mask):
        cached.cache_clear()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """The only fonts of the system; filled by the tests."""
    from matplotlib import font_manager

    files: list[Path] = []
    before = list(font_manager.fontManager.ttflist)
    own = [font for font in before if font.name == fonts.OWN]
    monkeypatch.setattr(font_manager.fontManager, "ttflist", own)
    monkeypatch.setattr(fonts, "font_files", lambda: files)
    forget()
    yield files
    forget()


def drawn(title: str, path: Path) -> bytes:
    """Draw a figure with a title; returns the file. A warning would be an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        created = figure("page", 1.0)
        created.suptitle(plain(title))
        save_figure(created, path, dpi=100)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_letter_that_our_font_lacks_is_drawn_in_one_that_has_it(
    suffix: str, installed: list[Path], tmp_path: Path
) -> None:
    boxes = drawn(RARE, tmp_path / f"without.{suffix}")
    installed.append(make_font(tmp_path / "rare.ttf", "Rare Sans", RARE))
    forget()
    assert fonts.lacking(RARE) == ""
    assert list(fonts.families_for(RARE).values()) == ["Rare Sans"]
    assert drawn(RARE, tmp_path / f"with.{suffix}") != boxes
    assert drawn(f"two scripts: {RARE}", tmp_path / f"both.{suffix}")


def test_where_no_font_has_a_letter_nothing_is_printed_and_a_sign_stands_for_it(
    installed: list[Path], tmp_path: Path
) -> None:
    replaced = drawn("clip \N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}", tmp_path / "sign.png")
    assert drawn(f"clip {RARE}", tmp_path / "rare.png") == replaced
    assert fonts.lacking(f"clip {RARE}{RARE}") == RARE


def test_as_few_fonts_as_may_be_are_mixed(installed: list[Path], tmp_path: Path) -> None:
    installed.append(make_font(tmp_path / "a.ttf", "A Half", RARE[0]))
    installed.append(make_font(tmp_path / "b.ttf", "B Whole", RARE))
    assert list(fonts.families_for(RARE).values()) == ["B Whole"]
    assert list(fonts.families_for(RARE[0]).values()) == ["A Half"]


def test_what_our_font_has_stays_in_it(installed: list[Path], tmp_path: Path) -> None:
    installed.append(make_font(tmp_path / "a.ttf", "All", "abcdefgäöüжλ"))
    assert fonts.families_for("abc äöü жλ") == {}
    assert fonts.file_for("abc äöü жλ") == fonts.own_file()


def test_a_broken_font_is_passed_over(installed: list[Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"no font")
    installed.append(broken)
    assert fonts.lacking(RARE) == RARE


def test_names_in_videos_are_drawn_in_such_a_font_too(installed: list[Path], tmp_path: Path) -> None:
    assert not drawable(RARE)
    installed.append(make_font(tmp_path / "rare.ttf", "Rare Sans", f"{RARE} 0123456789"))
    forget()
    assert drawable(RARE)
    mask, _, _ = text_mask(RARE, 20.0)
    assert np.mean(mask > 0.5) > 0.2


@pytest.mark.slow
def test_a_recording_with_such_a_name_gets_a_note_and_no_warnings(samples: Path, tmp_path: Path) -> None:
    clip = tmp_path / f"{RARE}.mp4"
    clip.write_bytes((samples / "expressions.mp4").read_bytes())
    done = videmo("analyze", clip, "--out", tmp_path / "out", "--fps", "2", "--no-annotate")
    assert done.returncode == 0
    assert "Warning" not in done.stderr
    assert "no font for" in done.stdout
    plain = videmo("analyze", samples / "no-face.mp4", "--out", tmp_path / "out2", "--fps", "2", "--no-annotate")
    assert "no font for" not in plain.stdout
