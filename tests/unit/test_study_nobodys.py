"""Events of participants without recordings are one line each, in order."""

from __future__ import annotations

from pathlib import Path

from studies import make_study
from videmo.pipeline.study.run import open_study


def test_participants_without_recordings_have_one_line_of_events_each_in_order(tmp_path: Path) -> None:
    times = [(0, "calm"), (4, "funny"), (12, "neutral")]
    rows = [f"{onset + place},2,{label},sub-{number:02}" for place, number in enumerate((3, 1, 2, 10))
            for onset, label in times]  # fmt: skip
    text = "\n".join(["onset,duration,label,participant_id", *rows, "15,2,late,sub-10", "1,2,alone,sub-04", ""])
    study = make_study(tmp_path, 10, events=text)
    cast = study / "cast.csv"
    lines = cast.read_text(encoding="utf-8").splitlines()
    cast.write_text("\n".join([lines[0], lines[2], *lines[5:]]) + "\n", encoding="utf-8")
    said = [str(each) for each in open_study(study).study.remarks if "nobody" in str(each)]
    events = study / "events.csv"
    assert said == [
        f"{events}, line 5: nobody's events: 3 of 'sub-01' ('calm', 'funny', 'neutral'), who is in no recording",
        f"{events}, line 2: nobody's events: 3 of 'sub-03' ('calm', 'funny', 'neutral'), who is in no recording",
        f"{events}, line 15: nobody's event: 'alone' fits no participant's recording",
    ]
