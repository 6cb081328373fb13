"""Files that another machine has written and that can't be seen yet: waited for, not made again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from clips import make_clip
from inline import InlineEngine
from videmo.batch.progress import Silent
from videmo.batch.run import run_batch
from videmo.config import load_settings
from videmo.pipeline.stages import observation
from videmo.records import Source
from videmo.results import stored
from videmo.results.recording import RecordingResults
from videmo.store.local import LocalStore
from videmo.store.stores import STORES

HIDDEN_S = 0.6


class LateStore(LocalStore):
    """Shows a part only a while after it was written, as a file system that machines share may, even in its folder."""

    def has(self, key: str) -> bool:
        return self._visible(key) and super().has(key)

    def local(self, key: str) -> Any:
        return super().local(key if self._visible(key) else f"{key}-hidden")

    def _visible(self, key: str) -> bool:
        path = self.path(key)
        if path.suffix != ".npz" or not path.exists():
            return True
        return time.time() > path.stat().st_mtime + HIDDEN_S


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STORES, "", LateStore)


@pytest.mark.usefixtures("late")
def test_no_chunk_is_observed_twice_because_its_part_is_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_clip(tmp_path / "a.mp4", frames=64, fps=8, gop=16)
    observed: list[int] = []
    part = observation._part

    def note(work: Any, chunk: Any, settings: Any) -> Any:
        if not (work.results.folder / work.part("observe", chunk)).exists():
            observed.append(chunk.index)
        elif not work.results.has(work.part("observe", chunk)):
            raise AssertionError("what is hidden was taken for missing")
        return part(work, chunk, settings)

    monkeypatch.setattr(observation, "_part", note)
    wanted = {"reading.chunk_s": 2.0, "reading.fps": 2.0, "annotation.enabled": False, "plots.enabled": False}
    settings = load_settings(None, {**wanted, "report.enabled": False})
    options: dict[str, Any] = {"jobs": 1, "overwrite": False, "progress": Silent(), "engine": InlineEngine}
    result = run_batch([Source(tmp_path / "a.mp4", "a.mp4")], tmp_path / "out", settings, **options)
    assert [outcome.status for outcome in result.outcomes] == ["analysed"]
    assert len(observed) == len(set(observed)) == 4


def test_what_never_appears_is_done_without_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "PATIENCE_S", 0.3)
    begun = time.monotonic()
    RecordingResults(tmp_path / "a.mp4").await_files(".work/none.npz", "none.csv")
    assert 0.25 < time.monotonic() - begun < 10
