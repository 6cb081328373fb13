"""Names and texts in tables: harmless in a spreadsheet, and read back as they were."""

from __future__ import annotations

from pathlib import Path

import pytest

from videmo.persons.cast import Role
from videmo.persons.cast_file import cast_text, parse_cast
from videmo.spreadsheet import csv_path, csv_plain, csv_safe, csv_text, csv_unsafe


@pytest.mark.parametrize("name", ["=a.mp4", "+a.mp4", "-a.mp4", "@a.mp4", "\ta.mp4", "=day/a.mp4"])
def test_names_that_a_spreadsheet_would_calculate_are_made_harmless_and_come_back(name: str) -> None:
    safe = csv_safe(name)
    assert safe[0] not in "=+-@\t\r "
    assert csv_unsafe(safe) == csv_path(safe) == csv_path(f" {safe}") == name


@pytest.mark.parametrize("name", [" a.mp4", "a.mp4 ", "\u3000a.mp4", "\xa0a.mp4", "\na.mp4", "\x0ba.mp4"])
def test_names_with_blanks_around_them_come_back_though_readers_leave_blanks_out(name: str) -> None:
    assert csv_unsafe(csv_safe(name)) == csv_path(csv_safe(name)) == csv_path(f" {csv_safe(name)}") == name
    assert parse_cast(cast_text([Role(name, 1, "P01")], {}), Path("cast.csv")).of(name)


@pytest.mark.parametrize("name", ["a.mp4", "day=1/a.mp4", ".a.mp4", "größe.mp4", "a b.mp4"])
def test_other_names_stay_as_they_are(name: str) -> None:
    assert csv_safe(name) == name
    assert csv_unsafe(name) == csv_path(f"{name} ") == name


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-x", "@home", "\tx", "'quoted", "'=1", "''"])
def test_texts_that_a_spreadsheet_would_calculate_are_quoted_as_one_types_them_and_come_back(text: str) -> None:
    safe = csv_text(text)
    assert safe == f"'{text}"
    assert csv_plain(safe) == text


@pytest.mark.parametrize("text", ["Anna", "O'Brien", "1=1", "", " =1", "größe"])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert csv_text(text) == text
    assert csv_plain(text) == text
