"""The Python interface."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from videmo.batch.collect import read_folder
from videmo.batch.discover import discover
from videmo.batch.run import RunResult, run_batch
from videmo.config import load_settings
from videmo.errors import RecordingError
from videmo.pipeline.job import Job
from videmo.records import Outcome
from videmo.tables.csv import csv_safe, csv_unsafe, read_csv
from videmo.tables.schema import read_observations, read_summary


@dataclass(frozen=True, slots=True)
class Results:
    """The tables of a folder of results. Each has the recording's key in its first column."""

    recordings: pd.DataFrame
    """One row a recording, failed ones included."""
    observations: pd.DataFrame
    """One row a sampled frame and face; ``status`` says ``no_face`` where there was none."""
    timeline: pd.DataFrame
    """One row a person and cell of the grid."""
    episodes: pd.DataFrame
    """One row an episode."""
    summary: pd.DataFrame
    """One row a person."""
    quality: pd.DataFrame
    """What became of each sampled frame: one row a recording, without a person, and one a person."""


def analyze(
    path: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    out: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    overwrite: bool = False,
    **settings: Any,
) -> pd.DataFrame:
    """Analyse recordings and return what was observed.

    Args:
        path: a file, a folder, a glob pattern, or several of them.
        out: folder for all results, as ``videmo analyze --out`` writes them; None to keep the table only.
        jobs: worker processes; None for one a core.
        overwrite: analyse again what is there already.
        **settings: any setting by its dotted name with an underscore twice for the dot, for example
            ``reading__fps=5`` or ``detector__min_size_px=60``.

    Returns:
        The observation table of a single recording; for several, with the recording's key as first column.

    Raises:
        UsageError: a path or setting makes no sense.
        RecordingError: a recording failed; with ``out``, the others are complete there.
    """
    paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
    overrides = {name.replace("__", ".", 1): value for name, value in settings.items()}
    if out is None:
        overrides = {"annotation.enabled": False, "plots.enabled": False, "report.enabled": False, **overrides}
        with tempfile.TemporaryDirectory(prefix="videmo-") as folder:
            return _analyze(paths, Path(folder), jobs, overwrite, overrides)
    return _analyze(paths, Path(out), jobs, overwrite, overrides)


def _analyze(
    paths: list[str | os.PathLike[str]], out: Path, jobs: int | None, overwrite: bool, overrides: dict[str, Any]
) -> pd.DataFrame:
    sources = discover([os.fspath(path) for path in paths], out)
    tree = load_settings(None, overrides)
    result: RunResult = run_batch(
        sources, out, tree, jobs=jobs or os.cpu_count() or 1, overwrite=overwrite, progress=_Silent()
    )
    failures = [outcome.reason for outcome in result.outcomes if outcome.status == "failed"]
    if failures:
        raise RecordingError("\n".join(failures))
    tables = {source.key: read_observations(out / source.key / "observations.csv") for source in sources}
    if len(tables) == 1:
        return next(iter(tables.values()))
    return pd.concat(tables, names=["recording"]).reset_index(level=0).reset_index(drop=True)


def read(out: str | os.PathLike[str]) -> Results:
    """Read back a folder of results.

    Raises:
        ResultsError: there are none, or a table is damaged.
    """
    folder = Path(out)
    found = read_folder(folder)

    readers = {"observations": read_observations, "summary": read_summary}

    def gather(name: str) -> pd.DataFrame:
        tables = []
        for place, manifest in found:
            path = place / f"{name}.csv"
            table = readers.get(name, read_csv)(path)
            table.insert(0, "recording", csv_unsafe(csv_safe(manifest["recording"]["key"])))
            tables.append(table)
        filled = [table for table in tables if len(table)] or tables[:1]
        return pd.concat(filled, ignore_index=True)

    recordings = read_csv(folder / "recordings.csv")
    recordings["recording"] = recordings["recording"].map(csv_unsafe)
    return Results(
        recordings, *(gather(name) for name in ("observations", "timeline", "episodes", "summary", "quality"))
    )


class _Silent:
    """Progress that tells nobody."""

    def inspected(self, done: int, total: int) -> None: ...

    def planned(self, job: Job) -> None: ...

    def advanced(self, job: Job, stage: str, seconds: float, frames: int) -> None: ...

    def ended(self, outcome: Outcome) -> None: ...
