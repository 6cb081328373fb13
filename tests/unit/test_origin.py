"""A training run goes on with what it was begun with, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from videmo.errors import UsageError
from videmo.training.common.origin import keep_to_data


def test_a_run_keeps_to_its_data_and_networks(tmp_path: Path) -> None:
    data, out = tmp_path / "all", tmp_path / "out"
    (data / "data").mkdir(parents=True)
    table, other = (data / "data" / f"{name}.parquet" for name in ("one", "two"))
    table.write_bytes(b"faces")
    keep_to_data(out, data, begins_with="a")
    keep_to_data(out, data, begins_with="a")
    with pytest.raises(UsageError, match=r"out: contains a training run .* other data or networks \(begins_with\)"):
        keep_to_data(out, data, begins_with="b")
    table.write_bytes(b"other faces")
    other.write_bytes(b"more")
    with pytest.raises(UsageError, match=r"\(one.parquet, two.parquet\). Choose another folder, or delete this one"):
        keep_to_data(out, data, begins_with="a")
    table.write_bytes(b"faces")
    other.unlink()
    keep_to_data(out, data, begins_with="a")
