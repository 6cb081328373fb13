"""Recordings and results where fsspec finds them with a library of the user's: the same bytes, or one sentence."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from clips import first_frames
from runs import command

pytest.importorskip("fsspec", reason="the extra 'cloud' is not installed")
import standin

pytestmark = pytest.mark.slow
SUPPORT = Path(standin.__file__).parent
OPTIONS = ("--fps", "2", "--no-annotate", "--no-plots", "--no-report", "--jobs", "2")


@pytest.fixture(scope="module")
def root(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a recording, and buckets with the same one."""
    root = tmp_path_factory.mktemp("foreign")
    near = root / "recordings" / "day1" / "anna.mp4"
    far = root / "buckets" / "bucket" / "recordings" / "day1" / "anna.mp4"
    for folder in (near.parent, far.parent, root / "work", root / "scratch"):
        folder.mkdir(parents=True)
    first_frames(samples / "expressions.mp4", near, 60, gop=30)
    far.write_bytes(near.read_bytes())
    standin.install(root / "libraries", "gcsfs")
    return root


def analyse(root: Path, source: object, out: object) -> subprocess.CompletedProcess[str]:
    """Analyse in an empty folder, with file systems that nobody has heard of, and without gcsfs."""
    places = (root / "libraries", SUPPORT, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
    environment = {
        **os.environ, "TMPDIR": str(root / "scratch"), "XDG_STATE_HOME": str(root / "state"),
        "PYTHONPATH": os.pathsep.join(map(str, places)), standin.PLACE: str(root / "buckets"),
    }  # fmt: skip
    line = command("analyze", source, "--out", out, *OPTIONS)
    done = subprocess.run(line, env=environment, cwd=root / "work", capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert list((root / "work").iterdir()) == [], "no location was taken for a path of this machine"
    assert list((root / "scratch").iterdir()) == [], "what was kept for a while is gone"
    return done


def files(folder: Path) -> dict[str, bytes]:
    """What lasts in a folder of results, without what tells how the run went."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {key: path.read_bytes() for key, path in sorted(found.items()) if not key.startswith((".videmo", "run-"))}


def test_recordings_and_results_behind_a_library_of_the_users_are_the_same_bytes(root: Path) -> None:
    assert analyse(root, root / "recordings", root / "near").returncode == 0
    done = analyse(root, "standin://bucket/recordings", "standin://bucket/out")
    assert done.returncode == 0, done.stderr
    near, far = files(root / "near"), files(root / "buckets" / "bucket" / "out")
    assert far.keys() == near.keys()
    assert {"recordings.csv", "day1/anna.mp4/timeline.csv", "day1/anna.mp4/run.json"} <= far.keys()
    tables = [key for key in near if key.endswith(".csv")]
    assert [far[key] for key in tables] == [near[key] for key in tables]
    told = json.loads(far["day1/anna.mp4/run.json"])
    assert told["input"]["etag"]
    assert not [*(root / "buckets" / "bucket" / "out").glob(".videmo*/*")], "leases are gone"
    again = analyse(root, "standin://bucket/recordings", "standin://bucket/out")
    assert "1 skipped" in again.stdout, again.stderr


def test_a_recording_behind_a_library_with_results_on_this_machine(root: Path) -> None:
    done = analyse(root, "plainin://bucket/recordings/day1/anna.mp4", root / "mixed")
    assert done.returncode == 0, done.stderr
    told = json.loads((root / "mixed" / "anna.mp4" / "run.json").read_text())
    assert told["source"] == "plainin:/bucket/recordings/day1/anna.mp4"


@pytest.mark.parametrize(("source", "out", "words"), [
    ("standin://bucket/recordings", "plainin://bucket/out", "plainin://bucket/out: nothing keeps two runs apart there"),
    ("gs://bucket/recordings", "near", "gs://: needs a library that is not installed. Install it with: "),
    ("standin://bucket/nothing", "near", "no recordings found"),
])  # fmt: skip
def test_what_is_not_possible_is_one_sentence(source: str, out: str, words: str, root: Path) -> None:
    done = analyse(root, source, out if ":" in out else root / out)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
