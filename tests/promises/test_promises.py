"""The promises that hold everywhere, tried from outside: same bytes, resume, one bad file is one row, light start."""

from __future__ import annotations

import ast
import graphlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import videmo as package
from clips import first_frames, make_clip
from runs import cold, command, leftovers, link, tables, videmo
from videmo.files import PARTIAL
from videmo.measures.emotions import EMOTIONS

PACKAGE = Path(package.__file__).parent
FAST = ("--fps", "5", "--no-plots")


def _name_of(path: Path) -> str:
    """The name by which a file of the package is imported."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _room(module: str) -> str:
    """The room that a module lies in; the package itself is one of its own."""
    return module.split(".")[1] if "." in module else "__init__"


def _is_room(folder: Path) -> bool:
    return folder.is_dir() and any(folder.rglob("*.py"))


@pytest.fixture(scope="module")
def folder(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of recordings with two levels and equal names."""
    root = tmp_path_factory.mktemp("recordings")
    for day in ("day1", "day2"):
        (root / day).mkdir()
    first_frames(samples / "expressions.mp4", root / "day1" / "anna.mp4", 150, gop=50)
    first_frames(samples / "two-people.mp4", root / "day2" / "anna.mp4", 125, gop=50, bframes=2)
    link(samples / "interview-vfr.mp4", root / "vfr.mp4")
    return root


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short chunks, so that small clips have several."""
    path = tmp_path_factory.mktemp("config") / "short-chunks.toml"
    path.write_text("[reading]\nchunk_s = 2.0\n")
    return path


@pytest.fixture(scope="module")
def reference(folder: Path, config: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Tables of an uninterrupted run with two jobs."""
    out = tmp_path_factory.mktemp("reference")
    done = cold("analyze", folder, "--out", out, "--jobs", "2", "--config", config, "--no-annotate", *FAST)
    assert done.returncode == 0, done.stderr
    assert not leftovers(out)
    return tables(out)


@pytest.fixture(scope="module")
def whole(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a run in long chunks; who changes them copies them."""
    out = tmp_path_factory.mktemp("whole")
    done = videmo("analyze", folder, "--out", out, "--no-annotate", *FAST)
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("jobs", [1, 3])
def test_tables_are_the_same_bytes_for_any_number_of_jobs(
    jobs: int, folder: Path, config: Path, reference: dict[str, str], tmp_path: Path
) -> None:
    done = videmo("analyze", folder, "--out", tmp_path, "--jobs", str(jobs), "--config", config, "--no-annotate", *FAST)
    assert done.returncode == 0, done.stderr
    assert tables(tmp_path) == reference


def test_tables_do_not_depend_on_where_chunks_are_cut(reference: dict[str, str], whole: Path) -> None:
    assert tables(whole) == reference


def test_tables_do_not_depend_on_video_output(folder: Path, reference: dict[str, str], tmp_path: Path) -> None:
    done = videmo("analyze", folder, "--out", tmp_path, *FAST)
    assert done.returncode == 0, done.stderr
    assert tables(tmp_path) == reference


@pytest.mark.parametrize(
    ("seed", "whole"),
    [
        (1, True), pytest.param(2, True, marks=pytest.mark.thorough),
        (3, False), pytest.param(4, False, marks=pytest.mark.thorough),
    ],
)  # fmt: skip
def test_killed_at_any_moment_and_started_again_gives_the_same_bytes(
    seed: int, whole: bool, folder: Path, config: Path, reference: dict[str, str], tmp_path: Path
) -> None:
    chance = random.Random(seed)
    arguments = ("analyze", folder, "--out", tmp_path, "--jobs", "2", "--config", config, *FAST)
    kills = 0
    for _ in range(3):
        run = subprocess.Popen(
            command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(chance.uniform(1.0, 4.0))
        if run.poll() is None:
            if whole:
                os.killpg(run.pid, signal.SIGKILL)
            else:
                run.kill()  # its workers have to notice by themselves
            kills += 1
        run.wait()
        for path in tmp_path.rglob("*.csv"):
            if not path.name.startswith(PARTIAL):  # that was killed while it was written, and stands under no name
                pd.read_csv(path)  # whatever is there is whole
    done = videmo(*arguments)
    assert done.returncode == 0, done.stderr
    assert tables(tmp_path) == reference
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("year", [1901, 2300])
def test_recordings_of_any_date_are_analysed_once(year: int, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    make_clip(tmp_path / "in" / "a.mp4", frames=10)
    seconds = round((year - 1970) * 365.2425 * 86_400)
    os.utime(tmp_path / "in" / "a.mp4", (seconds, seconds))
    arguments = ("analyze", tmp_path / "in", "--out", tmp_path / "out", *FAST, "--no-annotate")
    assert "1 analysed" in videmo(*arguments).stdout
    assert "1 skipped" in videmo(*arguments).stdout


def test_a_second_run_skips_all_and_says_so(folder: Path, whole: Path) -> None:
    out = whole.with_name("again")  # as far from the recordings, or its pages would need other links
    shutil.copytree(whole, out)
    arguments = ("analyze", folder, "--out", out, "--no-annotate", *FAST)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("observations.csv")}
    again = videmo(*arguments)
    assert again.returncode == 0
    assert "3 skipped" in again.stdout
    assert {path: path.stat().st_mtime_ns for path in out.rglob("observations.csv")} == before
    forced = videmo(*arguments, "--overwrite")
    assert "3 analysed" in forced.stdout


def test_changed_settings_redo_only_what_they_affect(samples: Path, tmp_path: Path) -> None:
    clip, out = samples / "two-people.mp4", tmp_path / "out"
    assert videmo("analyze", clip, "--out", out, *FAST).returncode == 0
    results = out / "two-people.mp4"
    shutil.copy(results / "observations.csv", tmp_path / "observations.csv")
    video = (results / "annotated.mp4").stat().st_mtime_ns
    config = tmp_path / "coarse.toml"
    config.write_text("[timeline]\nstep_s = 1.0\n")
    planned = videmo("analyze", clip, "--out", out, "--config", config, "--dry-run", *FAST)
    assert "tables" in planned.stdout
    assert "analyse" not in planned.stdout
    assert "annotated video" not in planned.stdout
    assert videmo("analyze", clip, "--out", out, "--config", config, *FAST).returncode == 0
    assert (results / "annotated.mp4").stat().st_mtime_ns == video
    assert (results / "observations.csv").read_bytes() == (tmp_path / "observations.csv").read_bytes()
    timeline = pd.read_csv(results / "timeline.csv")
    assert ((timeline["end_s"] - timeline["start_s"]).round(6) == 1.0).all()


def test_a_changed_recording_is_analysed_again(samples: Path, tmp_path: Path) -> None:
    clip, out = tmp_path / "clip.mp4", tmp_path / "out"
    shutil.copy(samples / "no-face.mp4", clip)
    arguments = ("analyze", clip, "--out", out, "--no-annotate", *FAST)
    assert videmo(*arguments).returncode == 0
    os.utime(clip, (1, 1))
    assert "1 skipped" in videmo(*arguments).stdout, "touched, but the same content"
    shutil.copy(samples / "phone-rotated.mp4", clip)
    assert "1 analysed" in videmo(*arguments).stdout
    assert pd.read_csv(out / "recordings.csv")["people"].tolist() == [1]


def test_report_redoes_the_same_tables_from_observations(
    reference: dict[str, str], whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    for name in ("timeline.csv", "episodes.csv", "summary.csv"):
        for path in out.rglob(name):
            path.unlink()
    done = videmo("report", out)
    assert done.returncode == 0, done.stderr
    assert tables(out) == reference
    assert (out / "vfr.mp4" / "timeline.png").exists()


def test_no_clock_host_or_pid_stands_in_a_table(reference: dict[str, str]) -> None:
    # Two runs in different processes, folders and seconds gave the same bytes: `reference` and the tests above.
    assert len(reference) == 3 * 6 + 5


def test_every_sampled_frame_has_a_row_and_the_true_time(samples: Path, tmp_path: Path) -> None:
    expected = json.loads((samples / "expected.json").read_text())["interview-vfr.mp4"]
    assert videmo("analyze", samples / "interview-vfr.mp4", "--out", tmp_path, "--no-annotate").returncode == 0
    table = pd.read_csv(tmp_path / "interview-vfr.mp4" / "observations.csv")
    seen = table.drop_duplicates("frame")
    assert len(seen) == expected["frames"]
    assert max(abs(found - true) for found, true in zip(seen["time_s"], expected["times_s"], strict=True)) <= 0.001
    shares = table.loc[table["status"] == "ok", list(EMOTIONS)].sum(axis=1)
    assert ((shares - 1).abs() < 0.01).all()


@pytest.mark.slow
def test_help_imports_nothing_heavy() -> None:
    heavy = (
        "{'numpy', 'cv2', 'pandas', 'matplotlib', 'tensorflow', 'av', 'scipy', 'ai_edge_litert', 'joblib', "
        "'importlib.metadata', 'email'}"
    )
    code = (
        "import sys; sys.argv = ['videmo', '--help']\n"
        "from videmo.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print('HEAVY', sorted({heavy} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout


@pytest.mark.slow
def test_run_itself_imports_nothing_heavy(samples: Path, tmp_path: Path) -> None:
    heavy = "{'numpy', 'cv2', 'pandas', 'matplotlib', 'av', 'scipy', 'ai_edge_litert', 'joblib', 'PIL', 'jinja2'}"
    code = (
        "import sys\nfrom videmo.cli.app import app\n"
        "try:\n    app(sys.argv[1:], standalone_mode=False)\nexcept SystemExit:\n    pass\n"
        f"print('HEAVY', sorted({heavy} & set(sys.modules)))"
    )
    recording, out = str(samples / "expressions.mp4"), str(tmp_path)
    for arguments in (["analyze", recording, "--out", out, "--fps", "1", "--quiet"], ["annotate", out, "--quiet"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
        assert "HEAVY []" in done.stdout
    assert (tmp_path / "expressions.mp4" / "annotated.mp4").is_file()
    assert (tmp_path / "index.html").is_file()


@pytest.mark.slow
def test_importing_videmo_imports_nothing_heavy_and_sets_nothing() -> None:
    code = (
        "import sys, os; before = dict(os.environ); import videmo\n"
        "print(sorted({'numpy', 'cv2', 'pandas', 'joblib', 'rich'} & set(sys.modules)), before == dict(os.environ))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"


@pytest.mark.slow
def test_analysis_never_imports_tensorflow() -> None:
    importers = [
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        if any(name.split(".")[0] in ("tensorflow", "keras") for name in _imports(path))
    ]
    assert set(importers) <= {"training", "cli"}
    assert not any("tensorflow" in name for path in (PACKAGE / "cli").glob("*.py") for name in _top_imports(path))


FLOORS = (
    {
        "errors",
        "records",
        "settings",
        "files",
        "machine",
        "far",
        "version",
        "spreadsheet",
        "loopback",
        "terminal",
        "extras",
    },
    {"config", "video", "store", "weights"},
    {"faces", "measures", "timeline"},
    {"persons", "plots"},
    {"results"},
    {"annotate", "anonymize", "report", "export", "study"},
    {"pipeline", "training"},
    {"batch"},
    {"live", "progress", "doctor"},
    {"api", "cli"},
    {"__init__", "__main__"},
)
MODULES = {_name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def test_every_room_has_its_floor() -> None:
    rooms = [path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.suffix == ".py" or _is_room(path)]
    assert sorted(rooms) == sorted(part for parts in FLOORS for part in parts)


def test_a_module_imports_only_from_floors_below_or_from_its_own_room() -> None:
    floor_of = {part: level for level, parts in enumerate(FLOORS) for part in parts}
    wrong = []
    for module, path in MODULES.items():
        room = _room(module)
        for name in _imports_of_ours(path):
            other = _room(name)
            within_floor_zero = floor_of[room] == 0 and other == "errors"
            if other != room and floor_of[other] >= floor_of[room] and not within_floor_zero:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {name}")
    assert not wrong


def test_no_module_imports_the_package_itself_or_relative_to_its_place() -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}, line {node.lineno}"
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and "videmo" in [alias.name for alias in node.names])
        or (isinstance(node, ast.ImportFrom) and (node.level or node.module == "videmo"))
    ]
    assert not wrong


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {module: _imports_of_ours(path) for module, path in MODULES.items()}
    assert sum(map(len, graph.values())) > len(MODULES), "the graph was not read"
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as circle:
        raise AssertionError(" imports ".join(reversed(circle.args[1]))) from None


def test_only_video_knows_pyav_and_only_batch_knows_processes() -> None:
    users: dict[str, set[str]] = {"av": set(), "joblib": set(), "subprocess": set(), "multiprocessing": set()}
    for path in PACKAGE.rglob("*.py"):
        for name in _imports(path):
            if name.split(".")[0] in users:
                users[name.split(".")[0]].add(path.relative_to(PACKAGE).parts[0])
    assert users == {"av": {"video"}, "joblib": {"batch"}, "subprocess": {"batch"}, "multiprocessing": set()}


def _imports(path: Path) -> list[str]:
    """The modules that a file imports anywhere in it, also in functions and for the type checker alone."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            names += [name if name in MODULES else node.module or "" for name in whole]
    return list(dict.fromkeys(names))


def _imports_of_ours(path: Path) -> list[str]:
    return [name for name in _imports(path) if name.split(".")[0] == "videmo"]


def _top_imports(path: Path) -> list[str]:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return [alias.name for node in body if isinstance(node, ast.Import) for alias in node.names]
