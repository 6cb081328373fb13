"""What studies call recordings: whole names, or ends of names that only one recording has."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from videmo.errors import StudyError
from videmo.study.design import Facts, Seen
from videmo.study.guess import guess_study
from videmo.study.importers import import_events
from videmo.study.importers.imported import Options
from videmo.study.inputs import Study, bring_together, read_inputs
from videmo.study.recording_names import means, whole_key

KEYS = ("recordings/P01/anna.mp4", "recordings/P02/ben.mp4", "recordings/P02/again.mp4", "other/again.mp4")


def facts(*keys: str) -> Mapping[str, Facts]:
    return {key: Facts(key, 60.0, (Seen(1, "", 60.0),)) for key in keys}


def study(cast: str, events: str, keys: tuple[str, ...] = KEYS, header: str = "recording") -> Study:
    texts = {
        "plan": '[study]\nresults = "../results"\n',
        "participants": "participant_id,group\nanna,a\nben,b\n",
        "cast": f"recording,participant_id\n{cast}",
        "events": f"onset,duration,label,{header}\n{events}",
    }
    return bring_together(
        read_inputs({kind: (kind, text.encode()) for kind, text in texts.items()}, "study"), facts(*keys)
    )


def test_the_end_of_a_name_does_where_only_one_recording_has_it() -> None:
    assert whole_key("anna.mp4", KEYS) == whole_key("P01/anna.mp4", KEYS) == KEYS[0]
    assert whole_key(KEYS[1], KEYS) == KEYS[1]
    assert whole_key("again.mp4", KEYS) == "again.mp4", "there are two"
    assert whole_key("na.mp4", KEYS) == "na.mp4", "not the end of a part"
    assert whole_key("", KEYS) == ""


def test_cast_and_events_may_call_recordings_by_the_ends_of_their_names() -> None:
    found = study("anna.mp4,anna\nP02/ben.mp4,ben\n", "0,5,one,anna.mp4\n0,5,two,recordings/P02/ben.mp4\n")
    assert [each.recording for each in found.design.placements] == [KEYS[0], KEYS[1]]
    told = {
        each.participant_id: [event.label for _, event in found.design.happenings(each, "stimulus")]
        for each in found.design.placements
    }
    assert told == {"anna": ["one"], "ben": ["two"]}
    assert not [remark for remark in found.remarks if "nobody's event" in str(remark)]


def test_an_end_that_two_recordings_have_is_refused() -> None:
    with pytest.raises(StudyError, match=r"no recording 'again\.mp4' in the results"):
        study("again.mp4,anna\nben.mp4,ben\n", "0,5,one,\n")


def met(found: Study) -> dict[str, list[str]]:
    """The labels that each participant met."""
    return {
        each.participant_id: [event.label for _, event in found.design.happenings(each, "stimulus")]
        for each in found.design.placements
    }


def test_brackets_in_names_are_no_pattern() -> None:
    keys = ("take [1].mp4", "take 1.mp4", "in/what?.mp4", "in/whats.mp4")
    found = study(
        '"take [1].mp4",anna\n"in/what?.mp4",ben\n', "0,5,one,take [1].mp4\n0,5,two,what?.mp4\n6,2,all,\n", keys
    )
    assert met(found) == {"anna": ["one", "all"], "ben": ["two", "all"]}
    plain = study('"take 1.mp4",anna\nwhats.mp4,ben\n', "0,5,one,take [1].mp4\n0,5,two,in/what?.mp4\n6,2,all,\n", keys)
    assert met(plain) == {"anna": ["all"], "ben": ["all"]}
    assert [key for key in keys if means("take [1].mp4", key, keys)] == ["take [1].mp4"]
    assert [key for key in keys if means("take*", key, keys)] == ["take [1].mp4", "take 1.mp4"]


def test_what_was_guessed_of_names_with_brackets_fits_them() -> None:
    keys = ("p1 [x1].mp4", "p2 [x2].mp4")
    guess = guess_study(facts(*keys), "../results", "")
    texts = {"plan": guess.plan, "participants": guess.participants, "cast": guess.cast, "events": guess.events}
    found = bring_together(
        read_inputs({kind: (kind, text.encode()) for kind, text in texts.items()}, "s"), facts(*keys)
    )
    assert met(found) == {"p1 [x1]": ["p1 [x1]"], "p2 [x2]": ["p2 [x2]"]}
    assert not found.design.without_event()


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (
            "0,5,one,ana.mp4\n",
            r"line 2: no recording 'ana\.mp4' in the results\. Did you mean 'anna\.mp4'",
        ),
        ("0,5,one,again.mp4\n", r"line 2: 2 recordings are called 'again\.mp4': other/again\.mp4, recordings/P02"),
    ],
)
def test_an_event_names_a_recording_that_there_is(events: str, said: str) -> None:
    with pytest.raises(StudyError, match=said):
        study("anna.mp4,anna\nben.mp4,ben\n", events)


def test_a_name_that_two_recordings_have_does_where_the_participant_is_known() -> None:
    cast = "other/again.mp4,anna\nP02/again.mp4,ben\n"
    found = study(cast, "0,5,one,again.mp4,anna\n0,5,two,again.mp4,ben\n", header="recording,participant_id")
    assert met(found) == {"anna": ["one"], "ben": ["two"]}


def test_an_event_of_a_recording_is_not_one_of_another_whose_name_ends_so() -> None:
    cast, keys = "anna.mp4,anna\nretest/anna.mp4,anna\n", ("anna.mp4", "retest/anna.mp4")
    found = study(cast, "0,5,one,anna.mp4\n6,5,two,retest/anna.mp4\n", keys)
    design = found.design
    shared = {place.recording: [each.label for each in design.events if place.shares(each)]
              for place in design.placements}  # fmt: skip
    assert shared == {"anna.mp4": ["one"], "retest/anna.mp4": ["two"]}


@pytest.mark.parametrize(
    ("key", "fitting"),
    [
        ("sub-01/beh/sub-01_task-face_run-1_video.mp4", True),
        ("sub-01_task-face_run-1.mp4", True),
        ("sub-01_task-face_run-1_recording-left_video.mp4", True),
        ("sub-01_task-face_run-10_video.mp4", False),
        ("sub-01_task-faces_run-1_video.mp4", False),
        ("sub-010_task-face_run-1_video.mp4", False),
    ],
)
def test_events_of_bids_are_about_whole_entities(key: str, fitting: bool) -> None:
    name = "sub-01_task-face_run-1_events.tsv"
    imported = import_events([(name, b"onset\tduration\ttrial_type\n1\t2\tfunny\n")], "bids", Options())
    keys = (key, "b.mp4")
    events = imported.table().partition("\n")[2].replace("sub-01,", "anna,", 1) + "6,2,all,stimulus,,\n"
    found = study(f"{key},anna\nb.mp4,ben\n", events, keys, "kind,participant_id,recording")
    assert met(found)["anna"] == (["funny", "all"] if fitting else ["all"])


@pytest.mark.parametrize(
    ("keys", "participants"),
    [
        (("recordings/anna.mp4", "recordings/ben.mp4"), ["anna", "ben"]),
        (("study/P01/a.mp4", "study/P02/a.mp4"), ["P01", "P02"]),
        (("P01/a.mp4", "P02/a.mp4"), ["P01", "P02"]),
        (("in/anna.mp4", "in/anna.mkv"), ["anna.mkv", "anna.mp4"]),
        (("in/day/anna.mp4", "in/ben.mp4"), ["ben", "day/anna"]),
        (("in/anna.mp4",), ["anna"]),
    ],
)
def test_folders_that_all_recordings_share_say_nothing_about_participants(
    keys: tuple[str, ...], participants: list[str]
) -> None:
    guess = guess_study(facts(*keys), "../results", "")
    assert guess.participants.splitlines()[1:] == [f"{name}," for name in participants]


@pytest.mark.parametrize(
    ("keys", "participants", "labels"),
    [
        (("P01_film.mp4", "P02_film.mp4"), ["P01", "P02"], {"film"}),
        (("P01_film.mp4", "P01_rest.mp4", "P02_film.mkv", "P02_rest.mp4"), ["P01", "P02"], {"film", "rest"}),
        (("in/01_film.mp4", "in/02_film.mp4"), ["01", "02"], {"film"}),
        (("lab_P01_sad_film.mp4", "lab_P02_funny_film.mp4", "lab_P02_sad_film.mp4"), ["P01", "P02"],
         {"lab_sad_film", "lab_funny_film"}),
        # There are other ways to read these.
        (("P01_film1.mp4", "P01_film2.mp4", "P02_film1.mp4", "P02_film2.mp4"), 4, 4),
        (("film_P01.mp4", "rest_P01.mp4", "film_P02.mp4", "rest_P02.mp4"), 4, 4),
        (("anna_film.mp4", "ben_film.mp4"), 2, 2),
        (("video_01.mp4", "video_02.mp4"), 2, 2),
        (("P01_film.mp4", "P02_rest.mp4"), 2, 2),
        (("P01_film.mp4", "P02.mp4"), 2, 2),
        (("P01_film.mp4", "X02_film.mp4"), 2, 2),
        (("P01_film.mp4", "P01_film.mkv", "P02_film.mp4"), 3, 2),
        (("P01_film.mp4",), 1, 1),
        ((), 0, 0),
    ],
)  # fmt: skip
def test_participants_are_taken_from_names_that_can_be_read_in_one_way(
    keys: tuple[str, ...], participants: list[str] | int, labels: set[str] | int
) -> None:
    guess = guess_study(facts(*keys), "../results", "")
    found = [line.split(",")[0] for line in guess.participants.splitlines()[1:]]
    named = {line.split(",")[2] for line in guess.events.splitlines()[1:]}
    if isinstance(participants, int):
        assert (len(found), len(named)) == (participants, labels)
        assert not guess.plan.startswith("#")
        return
    assert (found, named) == (participants, labels)
    assert "names of recordings" in guess.how
    assert guess.plan.startswith("# Names of recordings were read as participant and condition: ")
    texts = {"plan": guess.plan, "participants": guess.participants, "cast": guess.cast, "events": guess.events}
    whole = read_inputs({kind: (kind, text.encode()) for kind, text in texts.items()}, "s")
    assert set(met(bring_together(whole, facts(*keys)))) == set(participants)
