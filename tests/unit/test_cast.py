"""``cast.csv``: who is who over all recordings, as the user says and as faces propose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from videmo.errors import PeopleError
from videmo.persons.cast import Cast, Role, named
from videmo.persons.cast_file import Seen, cast_text, parse_cast
from videmo.persons.likeness import Described
from videmo.persons.matching import Candidate, match
from videmo.persons.people import People

PATH = Path("out/cast.csv")


def cast(text: str) -> Cast:
    return parse_cast(text, PATH)


def test_what_is_written_is_read_again() -> None:
    roles = (
        Role("day 1/=anna.mp4", 1, "P01", confirmed=True),
        Role("b,c.mp4", 2, "=Ben, the 'other'"),
        Role("b,c.mp4", 3, ""),
    )
    seen = {("b,c.mp4", 2): Seen(1.0, 2.5, 12, 0.1234, (("=P03", 0.25), ("P04", 0.3)))}
    text = cast_text(roles, seen)
    assert [(role.recording, role.person, role.participant, role.confirmed) for role in cast(text).roles] == [
        (role.recording, role.person, role.participant, role.confirmed) for role in roles
    ]
    assert "1.0,2.5,12,0.123,'=P03 (0.250); P04 (0.300)" in text
    assert not [cell for line in text.splitlines() for cell in line.split(",") if cell[:1] in "=+-@" and cell]


def test_for_a_spreadsheet_that_has_decimal_commas_it_has_semicolons() -> None:
    text = cast_text([Role("a.mp4", 1, "Jörg; A,B", confirmed=True)], {("a.mp4", 1): Seen(1.0, 2.5, 12, 0.25)}, ";")
    assert text.splitlines()[1] == 'a.mp4;1;"Jörg; A,B";yes;1,0;2,5;12;0,250;'
    assert text[0] == "\ufeff"
    assert cast(text).roles[0].participant == "Jörg; A,B"


@pytest.mark.parametrize("before", ["\n", ";;\n\n", ""])
@pytest.mark.parametrize("after", ["", ";;"])
def test_empty_cells_and_lines_around_the_table_do_not_count(before: str, after: str) -> None:
    said = cast(f"{before}recording;person;participant{after}\na.mp4;1;Anna{after}\n")
    assert [role.participant for role in said.roles] == ["Anna"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_it_may_come_from_a_spreadsheet(separator: str) -> None:
    lines = ["\ufeffRecording,Person,Participant", "a.mp4,1,Anna", "", "a.mp4,2,  "]
    said = parse_cast("\r\n".join(lines).replace(",", separator).removeprefix("\ufeff"), PATH)
    assert [(role.person, role.participant) for role in said.roles] == [(1, "Anna"), (2, "")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("recording,person\na.mp4,1\n", "line 1: its columns are recording, person, expected the columns"),
        ("recording,person,participants\na.mp4,1,x\n", "unknown column 'participants'. Did you mean 'participant'"),
        ("recording,person,participant\na.mp4,x,P01\n", "line 2: person is 'x', expected the number of a person"),
        ("recording,person,participant\n,1,P01\n", "line 2: no recording"),
        ("recording,person,participant\na.mp4,1,P01\na.mp4,1,P02\n", "line 3: person 1 of a.mp4 is already in line 2"),
        ("recording,person,participant,confirmed\na.mp4,1,P01,maybe\n", "line 2: confirmed is 'maybe', expected yes"),
        ("recording,person,participant\na.mp4,1,P01,,\n", "5 cells for 3 columns"),
        ("", "empty"),
    ],
)
def test_what_it_cannot_mean_is_told_with_its_line(text: str, found: str) -> None:
    with pytest.raises(PeopleError) as error:
        cast(text)
    assert found in str(error.value)
    assert str(PATH) in str(error.value)


def test_two_persons_of_a_recording_are_not_one_participant() -> None:
    with pytest.raises(PeopleError, match=r"line 3: persons 1 and 2 of a\.mp4 are both 'P01'"):
        cast("recording,person,participant\na.mp4,1,P01\na.mp4,2,P01\n").check()
    cast("recording,person,participant\na.mp4,1,\na.mp4,2,\nb.mp4,1,P01\na.mp4,3,P01\n").check()


def test_participants_name_persons() -> None:
    people = People(merges={2: 1}, path=Path("out/a.mp4/people.csv"))
    roles = cast("recording,person,participant\na.mp4,2,P01\na.mp4,3,P02\na.mp4,4,\n").roles
    said = named(people, roles)
    assert said.names == {1: "P01", 3: "P02"}
    said.check({1, 2, 3, 4})
    with pytest.raises(PeopleError, match=r"cast\.csv, line 4: no person 4"):
        said.check({1, 2, 3})


def test_two_names_for_one_person_are_refused() -> None:
    for said in ("Eve,", "P01,yes"):
        roles = cast(f"recording,person,participant,confirmed\na.mp4,1,{said}\na.mp4,2,P02,\n").roles
        with pytest.raises(PeopleError, match="' here, and called 'Anna' in"):
            named(People(names={1: "Anna"}, path=Path("people.csv")), roles)
    confirmed = cast("recording,person,participant,confirmed\na.mp4,1,P01,yes\na.mp4,2,P02,yes\n").roles
    with pytest.raises(PeopleError, match=r"'P02' here, and 'P01' in .*line 2"):
        named(People(merges={2: 1}), confirmed)


def test_a_proposal_gives_way_to_the_name_in_people_csv() -> None:
    roles = cast("recording,person,participant\na.mp4,1,P01\na.mp4,2,P02\n").roles
    assert named(People(names={1: "Anna"}, path=Path("people.csv")), roles).names == {1: "Anna", 2: "P02"}


def test_who_is_merged_is_whoever_the_one_who_stays_is() -> None:
    roles = cast("recording,person,participant\na.mp4,1,P01\na.mp4,2,P02\na.mp4,3,P03\n").roles
    assert named(People(merges={2: 1, 3: 4}), roles).names == {1: "P01", 4: "P03"}
    out = cast("recording,person,participant\na.mp4,1,\na.mp4,2,P02\n").roles
    assert named(People(merges={2: 1}), out).names == {}


def test_a_recording_is_found_however_tables_spell_it() -> None:
    key = "x\udcff\r.mp4"
    said = cast(cast_text([Role(key, 1, "P01")], {}))
    assert [role.participant for role in said.of(key)] == ["P01"]
    assert said.by_person([key])[key, 1].participant == "P01"
    assert said.by_person([])[said.roles[0].recording, 1].participant == "P01"


# Matching


def face(seed: int, away: float = 0.0, sights: int = 8, toward: int = 99) -> Described:
    """A face of somebody, some distance away from how they usually look."""
    mean = np.random.default_rng(seed).normal(size=128)
    mean /= np.linalg.norm(mean)
    other = np.random.default_rng(1000 + toward).normal(size=128)
    other -= (other @ mean) * mean
    mean = mean + away * other / np.linalg.norm(other)
    return Described(mean / np.linalg.norm(mean), sights)


def test_a_new_number_is_not_an_old_one_with_another_zero() -> None:
    """From 100 participants on, numbers of proposals have three digits; those that stand in the file have two."""
    there = [Candidate("a.mp4", number, face(number), f"P{number:02}") for number in range(1, 100)]
    new = [Candidate("b.mp4", number, face(100 + number)) for number in (1, 2)]
    found = match([*there, *new], taken={"P100"}).participants
    assert [found["b.mp4", number] for number in (1, 2)] == ["P101", "P102"]


def who(*candidates: Candidate) -> list[str]:
    found = match(candidates)
    return [found.participants[each.key] for each in candidates]


@pytest.mark.parametrize("named", ["P01", None])
def test_how_far_somebody_is_from_a_participant_does_not_depend_on_when_those_were_put_together(
    named: str | None,
) -> None:
    """Each face of a participant counts, not their mean, which is nearer to everybody than they are."""
    looks = [face(1, 0.12, toward=1), face(1, -0.12, toward=1)]
    there = [Candidate(f"{place}.mp4", 1, each, named) for place, each in enumerate(looks)]
    assert who(*there, Candidate("new.mp4", 1, face(1, 0.22, toward=2))) == ["P01", "P01", "P02"]
    assert who(*there, Candidate("new.mp4", 1, face(1, 0.2, toward=2))) == ["P01", "P01", "P01"]


def test_faces_that_look_alike_are_one_participant_whatever_the_order() -> None:
    people = [
        Candidate("c.mp4", 2, face(1, 0.1)),
        Candidate("a.mp4", 1, face(1)),
        Candidate("a.mp4", 2, face(2)),
        Candidate("b.mp4", 1, face(2, 0.1)),
        Candidate("b.mp4", 2, face(3)),
    ]
    assert who(*people) == ["P01", "P01", "P02", "P02", "P03"]
    assert match(people[::-1]) == match(people)


def test_two_persons_of_one_recording_stay_two_however_alike() -> None:
    assert who(Candidate("a.mp4", 1, face(1)), Candidate("a.mp4", 2, face(1, 0.01))) == ["P01", "P02"]


def test_the_word_of_the_user_holds() -> None:
    said = [
        Candidate("a.mp4", 1, face(1), "Anna"),
        Candidate("b.mp4", 1, face(5), "Eve"),
        Candidate("c.mp4", 1, face(1, 0.3), "Anna"),
        Candidate("d.mp4", 1, face(1, 0.01), ""),
        Candidate("e.mp4", 1, face(1, 0.1)),
        Candidate("f.mp4", 1, face(7), "P01"),
        Candidate("g.mp4", 1, face(8)),
    ]
    assert who(*said) == ["Anna", "Eve", "Anna", "", "Anna", "P01", "P02"]


def test_who_cannot_be_recognised_stays_alone_unless_named() -> None:
    assert who(Candidate("a.mp4", 1, None), Candidate("b.mp4", 1, None)) == ["P01", "P02"]
    assert who(Candidate("a.mp4", 1, None, "Anna"), Candidate("b.mp4", 1, face(1), "Anna")) == ["Anna", "Anna"]


def test_doubtful_ones_are_named_and_not_merged() -> None:
    found = match([Candidate("a.mp4", 1, face(1)), Candidate("b.mp4", 1, face(1, 0.28))])
    assert set(found.participants.values()) == {"P01", "P02"}
    assert found.maybe("P01")[0][0] == "P02"
    assert found.maybe("P02")[0][0] == "P01"
    assert found.apart == {}


def test_nobody_new_is_called_like_somebody_elsewhere() -> None:
    found = match([Candidate("a.mp4", 1, face(1)), Candidate("b.mp4", 1, face(2))], taken=["P01"])
    assert sorted(found.participants.values()) == ["P02", "P03"]


def test_who_may_be_the_same_is_asked_until_both_are_confirmed() -> None:
    faces = {"a.mp4": face(1), "b.mp4": face(1, 0.28), "c.mp4": face(1, 0.03), "d.mp4": face(1, 0.3)}
    first = match([Candidate(key, 1, faces[key]) for key in faces])
    assert first.participants["a.mp4", 1] == first.participants["c.mp4", 1] != first.participants["b.mp4", 1]
    assert first.pairs

    def again(*confirmed: str) -> tuple[tuple[str, str, float], ...]:
        who = {key: first.participants[key, 1] for key in faces}
        return match([Candidate(key, 1, faces[key], who[key], key in confirmed) for key in faces]).pairs

    assert again() == again("a.mp4", "b.mp4", "d.mp4") == first.pairs
    assert again(*faces) == ()


def test_many_persons_of_many_recordings_keep_apart() -> None:
    people = [
        Candidate(f"{recording:03}.mp4", person + 1, face(3 * (recording % 50) + person, 0.05, toward=recording))
        for recording in range(150)
        for person in range(3)
    ]
    found = match(people)
    assert len(set(found.participants.values())) == 150
    assert found.participants["000.mp4", 1] == "P001"
    assert max(found.apart.values()) < 0.2
