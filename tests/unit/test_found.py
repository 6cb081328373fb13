"""What a page shows of the persons as found: few faces of many persons, and every track of one."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

import numpy as np
import pandas as pd

from videmo.persons.linked import Links
from videmo.persons.people import People, Stretch
from videmo.report.found import MOST_CARDS, MOST_FACES, MOST_OF_ONE, MOST_SPANS, changes, found_persons, suggested


def table(tracks: Sequence[tuple[int, int, int]], fps: float = 10.0) -> pd.DataFrame:
    """Observations of tracks: number, first and last frame; nobody is a person yet."""
    rows = [(frame, track) for track, first, last in tracks for frame in range(first, last + 1)]
    made = pd.DataFrame(sorted(rows), columns=["frame", "track"])
    made["time_s"] = (made["frame"] / fps).round(6)
    made["track"] = made["track"].astype("Int64")
    made["person"] = pd.array([pd.NA] * len(made), "Int64")
    made["status"], made["left_out"] = "ok", ""
    made["sharpness"] = np.random.default_rng(1).uniform(10, 100, len(made))
    return made.assign(x=10.0, y=10.0, w=50.0, h=60.0)


def test_every_track_of_a_person_is_shown_and_long_ones_more_than_once() -> None:
    tracks = [(1, 0, 99), (2, 120, 124), (3, 140, 299)]
    (person,) = found_persons(table(tracks), Links({1: (1, 2, 3)}), People()).persons
    assert person.seen == ((0.0, 9.9), (12.0, 12.4), (14.0, 29.9))
    counts = [sum(begin <= face.time_s <= end for face in person.faces) for begin, end in person.seen]
    assert counts[1] >= 1
    assert min(counts[0], counts[2]) >= 8
    assert list(person.faces) == sorted(person.faces, key=lambda face: face.time_s)


def test_persons_are_those_found_whatever_people_csv_made_of_them() -> None:
    observed = table([(1, 0, 9), (2, 0, 9)])
    before = found_persons(observed, Links({1: (1,), 2: (2,)}), People())
    merged = observed.assign(person=pd.array([1] * len(observed), "Int64"))
    merged.loc[merged["track"] == 2, "status"] = "stray"
    after = found_persons(merged, Links({1: (1,), 2: (2,)}), People(merges={2: 1}))
    assert [person.number for person in after.persons] == [1, 2]
    assert [person.seen for person in after.persons] == [person.seen for person in before.persons]
    assert after.beside == ((1, 2, 10),)


def test_large_numbers_of_tracks_take_no_memory() -> None:
    observed = table([(2**62, 0, 9), (2**61, 20, 29)])
    found = found_persons(observed, Links({1: (2**62,), 2: (2**61,)}), People())
    assert [person.seen for person in found.persons] == [((0.0, 0.9),), ((2.0, 2.9),)]


def test_who_is_seen_together_is_shown_in_the_same_frames() -> None:
    links = Links({1: (1,), 2: (2,)})
    one, other = found_persons(table([(1, 0, 99), (2, 0, 99)]), links, People()).persons
    assert {face.time_s for face in one.faces} == {face.time_s for face in other.faces}


def test_a_page_of_many_persons_stays_small() -> None:
    tracks = [(number, 5 * number, 5 * number + 3) for number in range(1, 1001)]
    links = Links({number: (number,) for number in range(1, 1001)}, maybe=((998, 999, 0.3),))
    people = People(stretches=(Stretch(997, 0.0, inf, 2, 2),))
    found = found_persons(table(tracks), links, people)
    assert len(found.persons) == MOST_CARDS
    assert len(found.faces) <= MOST_FACES
    numbers = [person.number for person in found.persons]
    assert numbers == sorted(numbers)
    assert {997, 998, 999} <= set(numbers), "who is split or asked about is shown"


def test_a_person_of_many_tracks_has_as_many_faces_as_there_is_room_for() -> None:
    tracks = [(number, 5 * number, 5 * number + 3) for number in range(1, 1001)]
    (person,) = found_persons(table(tracks), Links({1: tuple(range(1, 1001))}), People()).persons
    assert len(person.faces) == MOST_OF_ONE
    assert len(person.seen) == MOST_SPANS
    assert person.seen[0][0] == 0.5
    assert person.seen[-1][1] == 500.3


def test_nobody_found_is_nothing_to_show() -> None:
    assert found_persons(table([]), Links({}), People()).persons == ()
    assert found_persons(table([(1, 0, 9)]), Links({}), People()).persons == (), "a stray"


def test_only_those_who_are_still_two_are_asked_about() -> None:
    links = Links({}, maybe=((1, 2, 0.25), (1, 3, 0.3), (2, 4, 0.31)))
    assert suggested(links, People()) == [(1, 2), (1, 3), (2, 4)]
    assert suggested(links, People(merges={2: 1})) == [(1, 3), (2, 4)]
    assert suggested(links, People(names={1: "Anna", 2: "Ben"})) == [(1, 3), (2, 4)]


def test_moments_at_which_a_person_may_be_somebody_else_are_named_until_the_user_split_them() -> None:
    links = Links({1: (1,), 2: (2,)}, other_from={1: (2.0, 4.5), 2: (1.0,)})
    assert changes(links, People(), [1, 2]) == [(1, 2.0), (1, 4.5), (2, 1.0)]
    assert changes(links, People(), [2]) == [(2, 1.0)], "nobody who isn't shown"
    assert changes(links, People(stretches=(Stretch(1, 2.0, 4.0, 3, 2),)), [1, 2]) == [(2, 1.0)]
