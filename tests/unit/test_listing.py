"""The page of a folder: on which recordings events are shown."""

from __future__ import annotations

import pytest

from videmo.pipeline.listing import FolderEvents
from videmo.study.events import read_rows
from videmo.study.sheet import read_sheet

KEYS = ("anna.mp4", "clip1.mp4", "clip[1].mp4", "day1/anna.mp4", "day1/ben.mp4", "day2/ben.mp4", "day2/eve.mp4")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("anna.mp4", ["anna.mp4"]),
        ("clip[1].mp4", ["clip[1].mp4"]),
        ("eve.mp4", ["day2/eve.mp4"]),
        ("day1/*", ["day1/anna.mp4", "day1/ben.mp4"]),
        ("*", list(KEYS)),
        ("ben.mp4", []),
        ("nobody.mp4", []),
    ],
)
def test_events_are_shown_on_the_recordings_that_a_study_means(name: str, meant: list[str]) -> None:
    sheet = read_sheet(f"recording,onset,label,duration\n{name},2,door,1\n{name},1,bell,1\n".encode(), "events.csv")
    placed, remarks = FolderEvents(tuple(read_rows(sheet, {}))).of(KEYS)
    assert sorted(placed) == meant
    assert all({each.label for each in found} == {"bell", "door"} for found in placed.values())
    several = ("Events of 'ben.mp4' are not shown here: 2 recordings are called so, day1/ben.mp4 and day2/ben.mp4 for "
               "example.",)  # fmt: skip
    assert remarks == (several if name == "ben.mp4" else ())
