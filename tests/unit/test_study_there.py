"""A folder that is none of a study is called what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from studies import make_study
from videmo.errors import StudyError
from videmo.pipeline.study.run import open_study


def test_what_is_no_folder_of_a_study_is_called_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(
        StudyError, match=r"none: there is no such folder, expected the folder of a study\. Let 'videmo"
    ):
        open_study(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudyError, match=r"empty: no study\.toml in this folder"):
        open_study(tmp_path / "empty")
    study = make_study(tmp_path, 2)
    with pytest.raises(StudyError, match=r"study\.toml: this is a file, .* Name the folder"):
        open_study(study / "study.toml")
    (study / "participants.csv").unlink()
    with pytest.raises(StudyError, match="no table of participants"):
        open_study(study)


def test_settings_that_are_missing_or_of_another_kind_are_named(tmp_path: Path) -> None:
    study = make_study(tmp_path, 2)
    (study / "study.toml").rename(study / "study.yaml")
    with pytest.raises(
        StudyError, match=r"study\.yaml: .* no study\.toml in .*study\. Write the same into study\.toml"
    ):
        open_study(study)
    (study / "study.yaml").unlink()
    (tmp_path / "out").rename(tmp_path / "else")
    for path in (tmp_path / "else").iterdir():
        path.rename(tmp_path / path.name)
    assert f"{study}: no study.toml in this folder: all settings are the defaults" in map(
        str, open_study(study).study.remarks
    )
