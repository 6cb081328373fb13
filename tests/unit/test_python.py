"""What Python says of the public names on its prompt."""

from __future__ import annotations

import pandas as pd

import videmo
from videmo.results.tables import TABLES


def test_settings_show_what_was_changed() -> None:
    assert repr(videmo.Settings()) == "<Settings: all as by default>"
    from videmo.config import load_settings

    changed = load_settings(overrides={"timeline.step_s": 1.0, "reading.fps": 5.0})
    assert repr(changed) == "<Settings: reading.fps = 5.0, timeline.step_s = 1.0>"


def test_tables_show_how_many_rows_they_have() -> None:
    tables = videmo.Tables(**{name: pd.DataFrame({"a": range(1000 + place)}) for place, name in enumerate(TABLES)})
    assert repr(tables) == (
        "<Tables, with their rows: observations (1,000), timeline (1,001), episodes (1,002), summary (1,003), "
        "quality (1,004)>"
    )
