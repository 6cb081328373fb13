"""What Python says of the public names on its prompt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import videmo
from videmo.results.tables import TABLES


def test_settings_show_what_was_changed() -> None:
    assert repr(videmo.Settings()) == "<Settings: all as by default>"
    from videmo.config import load_settings

    changed = load_settings(overrides={"timeline.step_s": 1.0, "reading.fps": 5.0})
    assert repr(changed) == "<Settings: reading.fps = 5.0, timeline.step_s = 1.0>"


@pytest.mark.parametrize("jobs", ["2", 1.5, 0, -1, True])
def test_a_number_of_workers_that_is_none_is_refused(jobs: Any, tmp_path: Path) -> None:
    with pytest.raises(videmo.UsageError, match=f"jobs = {jobs}: no number of workers, expected a whole number from 1"):
        videmo.analyze(tmp_path, out=tmp_path / "out", jobs=jobs)
    assert not (tmp_path / "out").exists()


def test_tables_show_how_many_rows_they_have() -> None:
    tables = videmo.Tables(**{name: pd.DataFrame({"a": range(1000 + place)}) for place, name in enumerate(TABLES)})
    assert repr(tables) == (
        "<Tables, with their rows: observations (1,000), timeline (1,001), episodes (1,002), summary (1,003), "
        "quality (1,004)>"
    )
