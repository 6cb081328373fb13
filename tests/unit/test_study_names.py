"""What studies call recordings: whole names, or ends of names that only one recording has."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from videmo.errors import StudyError
from videmo.study.design import Facts, Seen, whole_key
from videmo.study.guess import guess_study
from videmo.study.inputs import Study, bring_together, read_inputs

KEYS = ("recordings/P01/anna.mp4", "recordings/P02/ben.mp4", "recordings/P02/again.mp4", "other/again.mp4")


def facts(*keys: str) -> Mapping[str, Facts]:
    return {key: Facts(key, 60.0, (Seen(1, "", 60.0),)) for key in keys}


def study(cast: str, events: str) -> Study:
    texts = {
        "plan": '[study]\nresults = "../results"\n',
        "participants": "participant_id,group\nanna,a\nben,b\n",
        "cast": f"recording,participant_id\n{cast}",
        "events": f"onset,duration,label,recording\n{events}",
    }
    return bring_together(
        read_inputs({kind: (kind, text.encode()) for kind, text in texts.items()}, "study"), facts(*KEYS)
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
