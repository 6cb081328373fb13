"""What contradicts itself, or is nearly something else, is a sentence; what is unknown is no mistake."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from studies import PLAN
from videmo.errors import StudyError
from videmo.study.clock import check_rate
from videmo.study.codes import read_codes
from videmo.study.design import Facts, Seen
from videmo.study.events import read_events
from videmo.study.inputs import Study, bring_together, read_inputs
from videmo.study.participants import read_participants
from videmo.study.plan import read_plan
from videmo.study.sheet import Sheet, read_sheet

CODES = "recording,person,coder,onset,duration,code\n"


def sheet(text: str, name: str = "t.csv") -> Sheet:
    return read_sheet(text.encode(), name)


def study(**texts: str) -> Study:
    files = {
        "plan": PLAN,
        "participants": "participant_id,group\nanna,a\nben,b\n",
        "cast": "recording,participant_id\nanna.mp4,anna\nben.mp4,ben\n",
        "events": "onset,duration,label\n0,5,funny\n6,5,neutral\n",
    } | texts
    facts = {key: Facts(key, 60.0, (Seen(1, "", 60.0),)) for key in ("anna.mp4", "ben.mp4")}
    return bring_together(
        read_inputs({kind: (f"{kind}.csv", text.encode()) for kind, text in files.items() if text}, "study"), facts
    )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: read_codes(sheet(CODES + "a.mp4,1,A,1,4,happy\na.mp4,1,A,2,4,sad\n")),
         "line 3: 'sad' from 2 s on, while 'happy' of the same coder (line 2) lasts until 5 s, expected one code"),
        (lambda: study(codes=CODES + "anna.mp4,1,A,1,4,happy\nanna.mp4,,A,2,4,sad\n"), "codes.csv, line 3: 'sad' from"),
        (lambda: read_participants(sheet("participant_id,includ\na,yes\nb,no\n")),
         "line 1, column includ: unknown column. Did you mean include?"),
        (lambda: read_participants(sheet("participant_id,exclude_reasons\na,x\nb,y\n")),
         "Did you mean exclude_reason?"),
        (lambda: read_events(sheet("onset,duration,end,label\n4,6,99,funny\n"), {}),
         "line 2, column end: '99' contradicts onset, duration, expected 10. Correct one of them"),
        (lambda: read_events(sheet("onset,onset_ms,duration,label\n4,4000,6,a\n9,8000,6,b\n"), {}),
         "line 3, column onset_ms: '8000' contradicts onset, duration, expected 9000"),
        (lambda: study(plan=PLAN + "[compare]\nmeasures = ['mean']\n"
                            "contrasts = [\n 'group',\n 'label: funy - neutral'\n]\n"),
         "plan.csv, line 9, column 2: 'label: funy - neutral': no level 'funy'"),
        (lambda: study(plan=PLAN + "[compare]\ncontrasts = [\n 'group: a - b | funny',\n 'group: b - a | funny'\n]\n"),
         "plan.csv, line 8, column 2: 'group: b - a | funny' compares the same as 'group: a - b | funny'. Keep one"),
        (lambda: study(plan=PLAN + "[compare]\ncontrasts = ['group: b - a', 'group']\n"),
         "plan.csv, line 6, column 30: 'group' compares the same as 'group: b - a'"),
        (lambda: study(plan=PLAN + "[compare]\ncontrasts = [\"group: a - b | funny - neutral\",\n"
                            "\"group: a - b | neutral - funny\"]\n"), "plan.csv, line 7, column 1"),
        (lambda: study(plan=PLAN.replace("label: funny", "label: fanny")), "plan.csv, line 4, column 67"),
        (lambda: read_plan((PLAN.replace("happy", "v").replace("top10_mean", "episodes")
                            + "[measures]\nv = 'happy - sad'\n").encode(), "study.toml"),
         "study.toml, line 4, column 13: episodes of 'v', which is made of emotions"),
        (lambda: check_rate(1.0201, "cast.csv, line 2"), "cast.csv, line 2: a rate of 1.0201"),
        (lambda: check_rate(0.9799, "cast.csv, line 2"), "a rate of 0.9799"),
    ],
)  # fmt: skip
def test_it_is_a_sentence(make: Callable[[], object], said: str) -> None:
    with pytest.raises(StudyError) as caught:
        make()
    assert said in str(caught.value)


def test_the_same_contrast_twice_is_one() -> None:
    found = study(plan=PLAN + "[compare]\ncontrasts = ['group: a - b', 'group:  a - b', 'group: a - b | funny']\n")
    assert [each.name for each in found.wanted] == ["label: funny - neutral", "group: a - b", "group: a - b | funny"]


def test_what_only_touches_or_is_rounded_is_no_contradiction() -> None:
    assert len(read_codes(sheet(CODES + "a,1,A,1,4,happy\na,1,A,5,4,sad\na,1,B,2,4,sad\na,2,A,2,4,sad\n"))) == 4
    found = read_events(sheet("onset,duration,end,label\n4,6.333,10.33,funny\n"), {})
    assert found[0].duration_s == 6.333
    for rate in (1.02, 0.98):
        check_rate(rate, "cast.csv")


def test_who_is_left_out_needs_no_recording() -> None:
    people = "participant_id,include,exclude_reason\nanna,yes,n/a\nben,no,NA\n"
    found = study(participants=people, cast="recording,participant_id\nanna.mp4,anna\nlost.mp4,ben\n")
    assert [each.participant_id for each in found.design.placements] == ["anna"]
    assert found.inputs.participants.by_id["ben"].exclude_reason == ""


def test_an_unknown_recording_is_none() -> None:
    found = study(participants="participant_id,recording\nanna,anna.mp4\nben,n/a\n", cast="")
    assert found.design.unseen == {"ben": "no recording"}
