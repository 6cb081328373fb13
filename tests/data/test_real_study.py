"""A small within-design of real people: what happens in their recordings, as events."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from runs import link, videmo

CLIPS = (
    "woman-three-moods.mp4", "phone-neutral-to-smile.mp4", "man-smiles.mp4", "man-glasses.mp4", "selfie-portrait.mp4",
)  # fmt: skip
"""Recordings of one person each who is seen happy, and otherwise."""


def test_people_who_are_seen_to_smile_are_happier_then(data: Path, tmp_path: Path) -> None:
    expected = json.loads((data / "recordings" / "expected.json").read_text(encoding="utf-8"))
    rows = []
    for name in CLIPS:
        link(data / "recordings" / name, tmp_path / "recordings" / name)
        for stretch in expected[name]["emotions"]:
            label = "smile" if stretch["one_of"] == ["happy"] else "other"
            rows.append((stretch["start"], stretch["end"] - stretch["start"], label, name))
    out, study = tmp_path / "results", tmp_path / "study"
    done = videmo("analyze", tmp_path / "recordings", "--out", out, "--fps", "5", "--no-annotate", "--no-plots",
                  "--no-report")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert videmo("study", "init", out, "--to", study).returncode == 0
    table = pd.DataFrame(rows, columns=["onset", "duration", "label", "recording"]).round(6)
    table.to_csv(study / "events.csv", index=False)
    (study / "study.toml").write_text(
        '[study]\nresults = "../results"\n'
        'primary = { measure = "mean", emotion = "happy", contrast = "label: smile - other" }\n'
        '[baseline]\nsource = "none"\ncorrection = "none"\n'
    )
    done = videmo("study", "run", study)
    assert done.returncode == 0, done.stderr
    compared = pd.read_csv(study / "results" / "comparisons.csv")
    row = compared[compared["primary"] == "yes"].iloc[0]
    assert row["n_pairs"] == len(CLIPS)
    assert row["difference"] > 0.3
    assert row["p_permutation"] == 2 / 2 ** len(CLIPS), "all of them, which is the least that five people can show"
    segments = pd.read_csv(study / "results" / "segments.csv")
    happy = segments[(segments["emotion"] == "happy") & (segments["used"] == "yes")]
    assert happy.loc[happy["label"] == "smile", "mean"].min() > happy.loc[happy["label"] == "other", "mean"].median()
