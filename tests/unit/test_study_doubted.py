"""A study says where it is doubtful who is who."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from studies import make_study
from videmo.pipeline.study.begin import check_study
from videmo.results.manifest import Course
from videmo.results.recording import RecordingResults
from videmo.study.clock import Clock
from videmo.study.design import Design, Facts, Placement, Seen
from videmo.study.doubted import doubted_persons
from videmo.study.participants import Participants

MINE = "28" * 6 + ".0" * 4 + "28" * 10


def said(other: str, seen_s: float = 4.0, doubts: tuple[str, ...] = (), *, both: bool = False) -> list[str]:
    facts = Facts("a.mp4", 20.0, (Seen(1, "", 16.0, parts=MINE), Seen(2, "", seen_s, parts=other)), doubts=doubts)
    placements = [Placement("P01", "a.mp4", 1, Clock(), where="cast.csv, line 2")]
    placements += [Placement("P02", "a.mp4", 2, Clock(), where="cast.csv, line 3")] if both else []
    design = Design(Participants((), ()), tuple(placements), (), {}, ())
    return [*map(str, doubted_persons(design, {"a.mp4": facts}))]


def test_a_further_person_who_is_seen_where_the_participant_is_missing_may_be_the_same() -> None:
    gap = ".0" * 6 + "19" * 4 + ".0" * 10
    (words,) = said(gap)
    assert words.startswith("cast.csv, line 2: person 2 of a.mp4 is seen for 4.0 s between 6.0 and 10.0 s, where 'P01'")
    assert "write 1 into merge_into of person 2 in its people.csv" in words
    assert len(said(".0" * 5 + "19" * 5 + ".0" * 10)) == 1, "parts are not exact"


@pytest.mark.parametrize("other", ["19" * 20, ".0" * 6 + "19" * 8 + ".0" * 6, ".0" * 20, ""])
def test_who_is_seen_beside_the_participant_is_somebody_else(other: str) -> None:
    assert not said(other)


def test_so_is_a_participant_and_who_is_seen_for_a_moment() -> None:
    gap = ".0" * 6 + "19" * 4 + ".0" * 10
    assert not said(gap, both=True)
    assert not said(gap, seen_s=0.8)


def test_many_recordings_are_one_line() -> None:
    facts = {key: Facts(key, doubts=("person 1 is of doubtful identity",)) for key in "abcdefgh"}
    placements = tuple(Placement(f"P{key}", key, 1, Clock(), where=f"cast.csv, line {key}") for key in facts)
    (words,) = map(str, doubted_persons(Design(Participants((), ()), placements, (), {}, ()), facts))
    assert "cast.csv, line a: persons are of doubtful identity in 8 recordings (a, b, c, d, e, f …)" in words


def test_doubtful_identity_is_told_in_a_check(tmp_path: Path) -> None:
    study = make_study(tmp_path, 2)
    assert "of doubtful identity" not in str(check_study(study).study.remarks)
    results = RecordingResults(tmp_path / "out" / "sub-02_task-film.mp4")
    doubt = "person 1 is of doubtful identity: the faces may belong to two people, or to another person here"
    manifest = dataclasses.replace(results.manifest, notes={"identity": (doubt,)})
    courses = (Course(1, MINE),)
    results.finish(dataclasses.replace(manifest, result=dataclasses.replace(manifest.result, courses=courses)))
    remarks = "\n".join(map(str, check_study(study).study.remarks))
    assert f"cast.csv, line 3: in sub-02_task-film.mp4, {doubt}; look at its page" in remarks
