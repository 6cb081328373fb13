"""What CONTRIBUTING tells people to add, added to a copy of the package as it says, and run."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

import videmo as package
from guide import GUIDE, ROOT, WALKTHROUGHS, blocks, changed
from runs import copied

pytestmark = pytest.mark.slow

PACKAGE = Path(package.__file__).parent
FAST = ("--fps", "2", "--no-annotate", "--no-plots", "--no-report", "--jobs", "1")
KEY = "two-people.mp4"


@dataclass(frozen=True)
class Copy:
    """A copy of the package."""

    root: Path

    def add(self, what: str) -> None:
        """Do what the guide says below "Add …": write its files, make its changes."""
        for language, place, body in blocks(what):
            path = self.root / place
            if language == "python":
                assert not path.exists(), f"{place} is there already"
                path.write_text(f"# {place}\n{body}", encoding="utf-8")
            else:
                path.write_text(changed(path.read_text(encoding="utf-8"), body, place), encoding="utf-8")

    def videmo(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run its command line."""
        return copied(self.root, *arguments, cwd=self.root)

    def python(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run Python such that it finds this copy and no other."""
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def analysed(self, out: Path, *arguments: str | Path) -> Path:
        """Analyse the clip; returns the folder of its results."""
        done = self.videmo("analyze", ROOT / "samples" / KEY, "--out", out, *FAST, *arguments)
        assert done.returncode == 0, done.stderr
        return out / KEY

    def planned(self, out: Path, *arguments: str | Path) -> str:
        """What a dry run says of the clip."""
        done = self.videmo("analyze", ROOT / "samples" / KEY, "--out", out, "--dry-run", *FAST, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """A copy of the package to which nothing was added yet."""
    # With what is compiled: it stays valid, as times are copied too, and compiling all of it takes seconds.
    shutil.copytree(PACKAGE, tmp_path / "copy" / "videmo")
    return Copy(tmp_path / "copy")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results of the package as it is."""
    out = tmp_path_factory.mktemp("before") / "out"
    Copy(ROOT).analysed(out)
    return out


@pytest.fixture
def out(before: Path, tmp_path: Path) -> Path:
    """The same, to go on with."""
    return shutil.copytree(before, tmp_path / "out")


def test_the_guide_adds_six_things() -> None:
    headings = re.findall(r"^## Add (.*)$", GUIDE, re.MULTILINE)
    assert tuple(headings[: len(WALKTHROUGHS)]) == WALKTHROUGHS


def test_a_copy_runs_itself(copy: Copy) -> None:
    assert str(copy.root) in copy.python("-c", "import videmo; print(videmo.__file__)").stdout


def test_a_measure_is_a_column_of_the_observations_and_a_mean_of_timeline_and_summary(copy: Copy, out: Path) -> None:
    copy.add("a measure")
    assert "analyse" in copy.planned(out)
    folder = copy.analysed(out)
    observations = pd.read_csv(folder / "observations.csv")
    seen = observations[observations["status"] != "no_face"]
    assert seen["contrast"].between(1, 127.5).all()
    assert observations["contrast"].isna().sum() == len(observations) - len(seen)
    timeline, summary = pd.read_csv(folder / "timeline.csv"), pd.read_csv(folder / "summary.csv")
    assert timeline.loc[timeline["coverage"] > 0, "contrast"].between(1, 127.5).all()
    assert len(summary)
    assert summary["mean_contrast"].between(seen["contrast"].min(), seen["contrast"].max()).all()
    assert "mean_contrast" in pd.read_csv(out / "summary.csv").columns
    assert "would skip" in copy.planned(out)


def test_a_measure_does_not_disturb_plots_and_pages(copy: Copy, tmp_path: Path) -> None:
    copy.add("a measure")
    folder = copy.analysed(tmp_path / "full", "--plots", "--report", "--annotate")
    assert {"timeline.png", "report.html", "annotated.mp4"} <= {path.name for path in folder.iterdir()}


def test_a_stage_leaves_its_file_and_stands_in_the_plan_and_is_taken_up(copy: Copy, out: Path) -> None:
    copy.add("a stage")
    observations, table = out / KEY / "observations.csv", out / KEY / "transitions.csv"
    written = observations.stat().st_mtime_ns
    assert re.search(r"would do .*: transitions \(", copy.planned(out)), "nothing else is due"
    copy.analysed(out)
    counts = pd.read_csv(table, index_col="from")
    assert counts.index.tolist() == counts.columns.tolist() == ["neutral", "happy", "sad", "surprise", "angry"]
    assert counts.to_numpy().sum() > 5
    assert observations.stat().st_mtime_ns == written
    assert "would skip" in copy.planned(out)
    content = table.read_bytes()
    table.unlink()
    assert ": transitions (" in copy.planned(out)
    copy.analysed(out)
    assert table.read_bytes() == content
    assert copy.videmo("report", out, "--step", "1").returncode == 0
    assert table.read_bytes() != content, "it follows the timeline"
    assert json.loads((out / KEY / "run.json").read_text())["stages"].keys() >= {"transitions", "tables"}


def test_a_detector_is_called_by_its_name(copy: Copy, out: Path, tmp_path: Path) -> None:
    eager = tmp_path / "eager.toml"
    eager.write_text("[detector]\nscale_factor = 1.05\nmin_neighbours = 1\n")
    assert copy.videmo("analyze", ROOT / "samples" / KEY, "--out", out, "--detector", "profile").returncode == 2
    copy.add("a detector")
    assert "would skip" in copy.planned(out), "another detector changes nothing for those who don't use it"
    assert "analyse" in copy.planned(out, "--detector", "profile")
    folder = copy.analysed(out, "--detector", "profile", "--config", eager, "--overwrite")
    assert json.loads((folder / "run.json").read_text())["settings"]["detector"]["name"] == "profile"
    assert pd.read_csv(folder / "observations.csv")["w"].count() > 5
    wrong = copy.videmo("analyze", ROOT / "samples" / KEY, "--out", out, "--detector", "frontal")
    assert "profile" in wrong.stderr


def test_an_export_format_is_written(copy: Copy, out: Path) -> None:
    copy.add("an export format")
    done = copy.videmo("export", out, "--to", "audacity")
    assert done.returncode == 0, done.stderr
    lines = (out / KEY / f"{KEY}.labels.txt").read_text(encoding="utf-8").splitlines()
    episodes = pd.read_csv(out / KEY / "episodes.csv")
    assert len(lines) == len(episodes) > 0
    starts = [float(line.split("\t")[0]) for line in lines]
    assert starts == sorted(episodes["start_s"].round(3))
    assert "audacity" in copy.videmo("export", "--help").stdout


ENGINE = """
import sys
from pathlib import Path
from videmo.batch.engines.inline import InlineEngine
from videmo.batch.progress import Silent
from videmo.batch.run import run_batch
from videmo.config import load_settings
from videmo.records import Source

wanted = {"reading.fps": 2.0, "annotation.enabled": False, "plots.enabled": False, "report.enabled": False}
sources = [Source(Path(path), Path(path).name) for path in sys.argv[2:]]
result = run_batch(sources, Path(sys.argv[1]), load_settings(overrides=wanted), jobs=2, overwrite=False,
                   progress=Silent(), engine=InlineEngine)
print([(outcome.source.key, outcome.status) for outcome in result.outcomes])
print(result.failed[0].reason)
"""


def test_an_engine_runs_the_same_tasks_to_the_same_bytes(copy: Copy, out: Path, tmp_path: Path) -> None:
    copy.add("an engine")
    (tmp_path / "broken.mp4").write_bytes(b"")
    done = copy.python("-c", ENGINE, tmp_path / "inline", ROOT / "samples" / KEY, tmp_path / "broken.mp4")
    assert done.returncode == 0, done.stderr
    assert "[('broken.mp4', 'failed'), ('two-people.mp4', 'analysed')]" in done.stdout
    assert "broken.mp4: the file is empty" in done.stdout
    for name in ("observations.csv", "timeline.csv", "episodes.csv", "summary.csv", "quality.csv"):
        assert (tmp_path / "inline" / KEY / name).read_bytes() == (out / KEY / name).read_bytes(), name


def test_a_store_is_named_by_a_location_and_holds_recordings_and_results(copy: Copy, out: Path, tmp_path: Path) -> None:
    copy.add("a store")
    packed, recordings = tmp_path / "packed", tmp_path / "recordings" / "day1"
    recordings.mkdir(parents=True)
    (recordings / KEY).write_bytes(gzip.compress((ROOT / "samples" / KEY).read_bytes()))
    arguments = (f"packed:{tmp_path / 'recordings'}", "--out", f"packed:{packed}", *FAST)
    done = copy.videmo("analyze", *arguments)
    assert done.returncode == 0, done.stderr
    for name in ("observations.csv", "timeline.csv", "episodes.csv", "summary.csv", "quality.csv"):
        unpacked = gzip.decompress((packed / "day1" / KEY / name).read_bytes())
        assert unpacked == (out / KEY / name).read_bytes(), name
    assert "1 skipped" in copy.videmo("analyze", *arguments).stdout
    assert copy.videmo("report", f"packed:{packed}", "--step", "1").returncode == 0
    assert copy.videmo("annotate", f"packed:{packed}").returncode == 0
    assert gzip.decompress((packed / "day1" / KEY / "annotated.mp4").read_bytes())[4:8] == b"ftyp"
    assert [path.name for path in copy.root.iterdir()] == ["videmo"], "a location was taken for a path of this machine"


def test_a_setting_stands_in_files_and_on_its_page_and_makes_anew_what_it_shapes(
    copy: Copy, out: Path, tmp_path: Path
) -> None:
    copy.add("a setting")
    assert ": tables (" in copy.planned(out), "the section has another shape"
    copy.analysed(out)
    assert "would skip" in copy.planned(out)
    hashes = json.loads((out / KEY / "run.json").read_text())["stages"]
    config = tmp_path / "study.toml"
    config.write_text("[episodes]\nmin_peak = 1.0\n")
    assert ": tables (" in copy.planned(out, "--config", config)
    assert len(pd.read_csv(out / KEY / "episodes.csv"))
    copy.analysed(out, "--config", config)
    assert pd.read_csv(out / KEY / "episodes.csv").empty
    manifest = json.loads((out / KEY / "run.json").read_text())
    assert manifest["settings"]["episodes"]["min_peak"] == 1.0
    assert {name for name in hashes if hashes[name] != manifest["stages"][name]} == {"tables"}
    config.write_text("[episodes]\nmin_peak = 1.5\n")
    wrong = copy.videmo("analyze", ROOT / "samples" / KEY, "--out", out, "--config", config)
    assert wrong.returncode == 2
    assert "episodes.min_peak = 1.5" in wrong.stderr
    page = tmp_path / "settings.md"
    assert copy.python("-m", "videmo.cli.settings_page", page).returncode == 0
    assert "| `min_peak` | `0.0` | 0 to 1 | Minimum probability at the peak of an episode" in page.read_text()


def test_what_the_guide_adds_keeps_to_the_form_of_the_house(copy: Copy) -> None:
    for what in WALKTHROUGHS:
        copy.add(what)
    touched = {place for what in WALKTHROUGHS for _, place, _ in blocks(what)}
    rules = str(ROOT / "pyproject.toml")
    if (known := ROOT / ".mypy_cache").is_dir():  # what mypy knows of files that nobody has changed
        shutil.copytree(known, copy.root / known.name)
    for command in (
        ("ruff", "check", "--no-cache", "--config", rules, *touched),
        ("ruff", "format", "--check", "--no-cache", "--config", rules, *touched),
        ("mypy", "--config-file", rules),
    ):
        done = copy.python("-m", *command)
        assert done.returncode == 0, done.stdout + done.stderr
