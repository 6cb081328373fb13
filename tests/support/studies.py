"""Made studies: folders of results whose timelines are written down, without a recording."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import MagicMock, patch

import numpy as np
import pandas as pd

from results import build_manifest
from videmo.measures.emotions import EMOTIONS
from videmo.results.recording import RecordingResults
from videmo.results.schema import write_table
from videmo.settings import EpisodeSettings, Settings
from videmo.timeline.episodes import find_episodes

STEP = 0.2
Shown = Callable[[np.ndarray], np.ndarray]
"""The probability of happy at each time."""


@dataclass(frozen=True)
class Face:
    """One person in a made recording."""

    shown: Shown
    coverage: Callable[[np.ndarray], np.ndarray] = field(default=np.ones_like)
    name: str = ""


def timeline(face: Face, duration_s: float, person: int = 1, step: float = STEP) -> pd.DataFrame:
    """A timeline as the pipeline writes it: happy as it is asked for, half of the rest neutral, the rest shared."""
    starts = np.round(np.arange(0, duration_s - 1e-9, step), 6)
    middle = starts + step / 2
    happy = np.clip(face.shown(middle), 0, 1)
    shares = dict.fromkeys(EMOTIONS, (1 - happy) / 6) | {"happy": happy, "neutral": (1 - happy) / 2}
    covered = np.clip(face.coverage(middle), 0, 1)
    table = pd.DataFrame({"start_s": starts, "end_s": np.round(starts + step, 6), "person": person})
    table["frames"] = np.where(covered > 0, 5, 0)
    table["coverage"] = covered
    for name in EMOTIONS:
        table[name] = np.where(covered > 0, shares[name], np.nan)
    strongest = table[list(EMOTIONS)].fillna(0).idxmax(axis=1)
    table["emotion"] = strongest.where(covered > 0)
    table["confidence"] = table[list(EMOTIONS)].max(axis=1)
    return table


def put_recording(out: Path, key: str, faces: Sequence[Face], duration_s: float = 20.0, step: float = STEP) -> None:
    """Put the results of a made recording into a folder of results."""
    results = RecordingResults(out / key)
    results.folder.mkdir(parents=True)
    whole = pd.concat([timeline(face, duration_s, number, step) for number, face in enumerate(faces, 1)])
    write_table(whole, results.folder / "timeline.csv")
    episodes = find_episodes(whole, EpisodeSettings(), EMOTIONS)
    write_table(episodes, results.folder / "episodes.csv")
    rows = [
        {"person": number, "name": face.name, "seen_s": float(rows["coverage"].sum() * step)}
        for number, face in enumerate(faces, 1)
        for rows in [whole[whole["person"] == number]]
    ]
    write_table(pd.DataFrame(rows, columns=["person", "name", "seen_s"]), results.folder / "summary.csv")
    manifest = build_manifest(out.parent / "recordings" / key, key, duration_s)
    manifest = dataclasses.replace(manifest, settings=Settings())
    results.finish(manifest.with_stages(observe="o", persons="p", tables="t"))


def smile(
    *stretches: tuple[float, float], height: float = 0.8, rest: float = 0.1, noise: float = 0.0, seed: int = 0
) -> Shown:
    """A face that rests, and smiles in some stretches."""
    chance = np.random.default_rng(seed)

    def shown(times: np.ndarray) -> np.ndarray:
        values = np.full(times.shape, rest) + noise * chance.normal(size=times.shape)
        for begin, end in stretches:
            values[(times >= begin) & (times < end)] += height - rest
        return values

    return shown


EVENTS = "onset,duration,label,kind\n0,3,rest,baseline\n4,6,funny,stimulus\n12,6,neutral,stimulus\n"
PLAN = """[study]
title = "Smiles"
results = "../out"
primary = { measure = "top10_mean", emotion = "happy", contrast = "label: funny - neutral" }
"""


def make_study(
    root: Path, people: int = 12, *, events: str = EVENTS, plan: str = PLAN, groups: bool = True, **files: str
) -> Path:
    """Make results of some people who smile when it is funny, and the folder of their study; returns that."""
    for number in range(people):
        height = 0.5 + 0.4 * number / max(1, people - 1)
        face = Face(smile((5.0, 8.0), height=height, noise=0.02, seed=number))
        put_recording(root / "out", f"sub-{number + 1:02}_task-film.mp4", [face])
    folder = root / "study"
    folder.mkdir()
    rows = [f"sub-{number + 1:02},{'patient' if number % 2 else 'control'},{20 + number}" for number in range(people)]
    table = "participant_id,group,age\n" + "\n".join(rows) + "\n"
    if not groups:
        table = "participant_id\n" + "\n".join(row.split(",")[0] for row in rows) + "\n"
    cast = "recording,participant_id,person\n" + "".join(
        f"sub-{number + 1:02}_task-film.mp4,sub-{number + 1:02},1\n" for number in range(people)
    )
    texts = {"participants.csv": table, "cast.csv": cast, "events.csv": events, "study.toml": plan}
    for name, text in (texts | {name.replace("_", "."): text for name, text in files.items()}).items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@contextmanager
def sketched() -> Iterator[None]:
    """Leave empty files where figures of studies would be, for what is not about figures: most of a small study."""
    from videmo.pipeline.study import figures

    plots = {name: lambda *_, **__: MagicMock() for name in vars(figures) if name.startswith("plot_")}
    saved = {"save_figure": lambda _, path, **__: path.touch(), "keep_layout": lambda _: None}
    with patch.multiple(figures, gc=MagicMock(), **plots, **saved):
        yield


def shuffled(text: str, seed: int) -> str:
    """The same table with its rows in another order."""
    header, *rows = text.strip().split("\n")
    random.Random(seed).shuffle(rows)
    return "\n".join([header, *rows]) + "\n"


def made(study: Path) -> Mapping[str, bytes]:
    """What a run made, by name; without what is kept for later stages."""
    folder = study / "results"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".work" not in path.parts and not path.name.startswith(".")
    }
