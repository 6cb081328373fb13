"""Variables of participants that are called like columns of the tables that a study makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from studies import make_study
from videmo.errors import StudyError
from videmo.pipeline.study.run import open_study, run_study
from videmo.study.columns import ID, TAKEN
from videmo.study.participants import read_participants
from videmo.study.sheet import read_sheet

PEOPLE = "participant_id,group,{}\n" + "".join(f"sub-{n:02},{'ab'[n % 2]},{{value}}{n}\n" for n in range(1, 7))


@pytest.mark.parametrize("name", sorted({*TAKEN, "Session", "MEAN"} - {ID, "recording"}))
def test_a_name_of_the_tables_is_no_variable(name: str) -> None:
    for values in ("", "word "):
        text = PEOPLE.format(name, value=values)
        with pytest.raises(StudyError) as caught:
            read_participants(read_sheet(text.encode(), "participants.csv"))
        said = str(caught.value)
        assert said.startswith(f"participants.csv, line 1, column {name}: a name of videmo's own tables. Rename it")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("session", "move it to the column session there"),
        ("role", "move it to the column role there"),
        ("stimulus", "it belongs into events.csv"),
        ("funny.happy.mean", "column funny.happy.mean: a name of a column of participants_wide.csv"),
    ],
)
def test_what_to_do_is_said_and_nothing_is_written(tmp_path: Path, name: str, said: str) -> None:
    study = make_study(tmp_path, 6)
    table = (study / "participants.csv").read_text(encoding="utf-8")
    (study / "participants.csv").write_text(table.replace(",age", f",{name}"), encoding="utf-8")
    with pytest.raises(StudyError, match=said):
        open_study(study)
    with pytest.raises(StudyError, match=said):
        run_study(study)
    assert not (study / "results").exists()
