"""A small sample of the torture: a few damaged files, a few kills, a few fuzzed texts, in the ordinary suite."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from . import cluster_bucket, cluster_hosts
from .cluster import rounds as cluster
from .damage import rounds as damage
from .faults import rounds as faults
from .fuzzing import rounds as fuzzing
from .harness import ROOT, Entry, Options, Round, commit, page, played
from .kills import rounds as kills
from .security import rounds as security

pytestmark = pytest.mark.slow
Rounds = Callable[[Options], Iterator[Round]]


def sample(rounds: Rounds, count: int, folder: Path, wanted: Callable[[str], bool] = lambda _: True) -> list[Entry]:
    """Run some rounds, each of which must find nothing."""
    options = Options(count, 7, folder / "scratch", folder / "kept")
    chosen = [each for each in rounds(options) if wanted(each.key)]
    entries = played(chosen, say=lambda _: None)
    assert [fault for entry in entries for fault in entry.found] == []
    assert entries
    return entries


def test_damaged_files(tmp_path: Path) -> None:
    (entry,) = sample(damage, 40, tmp_path)
    assert sum(count for cell, count in entry.tally.items() if cell.startswith("By damage|")) == 40


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="looks at processes as Linux shows them")
def test_kills(tmp_path: Path) -> None:
    sample(kills, 2, tmp_path)


def test_fuzzed_texts_and_files(tmp_path: Path) -> None:
    sample(fuzzing, 330, tmp_path)


@pytest.mark.parametrize("attack", ["links out", "hostile results: pickles", "hostile results: a pipe for a m"])
def test_security(attack: str, tmp_path: Path) -> None:
    sample(security, 1, tmp_path, lambda key: key.startswith(attack))


def test_faults(tmp_path: Path) -> None:
    sample(faults, 1, tmp_path, lambda key: key in ("replaced recording 0", "one frame"))


@pytest.mark.filterwarnings("ignore")  # Dask's own
def test_hosts(tmp_path: Path) -> None:
    if reason := cluster_hosts.impossible():
        pytest.skip(reason)
    pytest.importorskip("distributed", reason="Dask is not installed: pip install -e '.[cluster]'")
    (entry,) = sample(cluster, 2, tmp_path, lambda key: key.startswith("a worker is killed"))
    assert entry.tally["On two hosts|a worker is killed every 2 s|workers lost"] == 2


@pytest.mark.thorough
def test_kills_on_object_storage(tmp_path: Path) -> None:
    if reason := cluster_bucket.impossible():
        pytest.skip(reason)
    sample(cluster, 1, tmp_path, lambda key: key.startswith("kills on object"))


def test_the_same_bytes_by_address(tmp_path: Path) -> None:
    sample(cluster, 1, tmp_path, lambda key: "file://" in key)


def test_what_was_begun_goes_on_and_the_page_tells_all(tmp_path: Path) -> None:
    said: list[str] = []

    def run(entry: Entry) -> None:
        said.append(entry.key)
        entry.count("Kinds", "this|that", "ok")
        entry.check(entry.key != "two", "it is wrong")

    journal, rounds = tmp_path / "journal.jsonl", [Round("one", run), Round("two", run)]
    played(rounds[:1], journal, lambda _: None)
    journal.write_text(journal.read_text() + '{"key": "tw')
    entries = played(rounds, journal, lambda _: None)
    assert said == ["one", "two"]
    text = page("Title", "What it is.", "command", entries, "commit 1234567, changed")
    assert "(commit 1234567, changed)" in text
    assert "- Faults found: 1" in text
    assert "| this/that | 2 |" in text
    assert "- it is wrong" in text


@pytest.mark.skipif(shutil.which("git") is None or not (ROOT / ".git").exists(), reason="not checked out by git")
def test_a_page_tells_the_state_that_it_was_made_from() -> None:
    asked = {"cwd": ROOT, "capture_output": True, "text": True, "check": True}
    head = subprocess.run(["git", "rev-parse", "HEAD"], **asked).stdout.strip()  # type: ignore[call-overload]
    word, short, *changed = commit().split(" ")
    assert word == "commit"
    assert head.startswith(short.rstrip(","))
    assert changed in ([], ["changed"])


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "reports" / "reliability").glob("*.md")))
def test_pages_that_are_kept_name_command_and_state(name: str) -> None:
    text = (ROOT / "reports" / "reliability" / f"{name}.md").read_text(encoding="utf-8")
    assert f"Made by `python -m tests.torture {name} --count " in text
    assert re.search(r"\(commit [0-9a-f]{7,}\)", text)
