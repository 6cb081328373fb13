"""A study from recordings to results, tried from outside: copies of a recording, kills, and the same bytes."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from runs import cold, command, videmo
from studies import PLAN, made, make_study


@pytest.fixture(scope="module")
def maker(samples: Path) -> ModuleType:
    """The script that makes the recordings of the demonstration."""
    spec = importlib.util.spec_from_file_location("made_study", samples / "study.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_rotated_uneven_and_late_copies_give_the_same_segments_within_a_cell(
    maker: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    person = maker.participants(3)[0]
    recordings, out, study = tmp_path / "recordings", tmp_path / "out", tmp_path / "study"
    pictures = maker.pictures
    drawn = cache(lambda who, times: list(pictures(who, times)))
    monkeypatch.setattr(maker, "pictures", lambda who, times: drawn(who, tuple(times)))
    copies = {"plain": {}, "rotated": {"rotation": 90}, "uneven": {"uneven": True}, "late": {"late_s": 0.9}}
    for name, how in copies.items():
        maker.write(person, recordings / f"{name}.mp4", **how)
    done = videmo("analyze", recordings, "--out", out, "--fps", "5", "--no-annotate", "--no-plots", "--no-report")
    assert done.returncode == 0, done.stderr
    assert videmo("study", "init", out, "--to", study).returncode == 0
    maker.write_inputs(study)
    (study / "participants.csv").write_text("participant_id\n" + "\n".join(copies) + "\n", encoding="utf-8")
    cast = "".join(f"{name}.mp4,{name},0\n" for name in copies)  # times count from the first frame, whatever its stamp
    (study / "cast.csv").write_text("recording,participant_id,offset_s\n" + cast, encoding="utf-8")
    (study / "study.toml").write_text('[study]\nresults = "../out"\n', encoding="utf-8")
    done = videmo("study", "run", study)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(study / "results" / "segments.csv")
    happy = table[(table["emotion"] == "happy") & (table["label"] == "funny")].set_index("participant_id")
    plain = happy.loc["plain"]
    assert plain["change"] > 0.15
    for name in ("rotated", "uneven", "late"):
        assert happy.loc[name, "valid_share"] == pytest.approx(1, abs=0.05)
        assert happy.loc[name, "auc_s"] == pytest.approx(plain["auc_s"], abs=0.2), name
        assert happy.loc[name, "change"] == pytest.approx(plain["change"], abs=0.2 / 6 + 0.02), name
    assert happy.loc["late"].drop("recording").equals(plain.drop("recording"))


@pytest.mark.slow
def test_killed_at_any_moment_and_started_again_gives_the_same_bytes(tmp_path: Path) -> None:
    quick = "[compare]\npermutations = 199\nbootstraps = 199\n[timecourse]\npermutations = 199\nsurrogates = 99\n"
    study = make_study(tmp_path, 4, plan=PLAN + quick)
    assert cold("study", "run", study).returncode == 0
    whole = made(study)
    for file in sorted((study / "results").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    for wait in (1.0, 2.0, 3.5):
        run = subprocess.Popen(command("study", "run", study), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        if run.poll() is None:
            os.kill(run.pid, signal.SIGKILL)
        run.wait()
    assert videmo("study", "run", study).returncode == 0
    assert made(study) == whole
    assert not list(study.rglob(".partial-*"))
