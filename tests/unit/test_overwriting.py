"""Who agrees to lose results agrees to lose those, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from videmo.batch.deciding import overwriting_in
from videmo.batch.overwriting import Overwriting
from videmo.config import load_settings
from videmo.results.folder import ResultsFolder
from videmo.settings import Settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out" / "note.jsonl"


def interrupted(path: Path, keys: str, done: str = "") -> Overwriting:
    """The note after a run over some recordings, of one letter each, that was killed when some were done."""
    note = Overwriting(path, Settings())
    note.begin(keys)
    for key in done:
        note.add(key)
    return Overwriting(path, Settings())


def known(note: Overwriting, keys: str = "") -> tuple[str, str]:
    """What is agreed still, and what is done already for a run that overwrites recordings."""
    return "".join(sorted(note.agreed)), "".join(sorted(note.done(keys)))


def test_an_interrupted_run_goes_on_and_one_over_others_is_new(path: Path) -> None:
    note = interrupted(path, "abc", "a")
    assert known(note, "abc") == ("bc", "a")
    assert known(note, "abcd") == ("bc", "a"), "with a recording that was added"
    assert known(note, "ab") == ("bc", ""), "whoever names some of them means these"
    assert known(Overwriting(path, load_settings(overrides={"reading.fps": 5.0})), "abc") == ("", "")
    assert known(interrupted(path, "ab"), "ab") == ("abc", ""), "what was agreed before is agreed still"


def test_a_run_that_has_nothing_left_to_do_is_no_interrupted_one(path: Path) -> None:
    assert known(interrupted(path, "ab", "ab"), "ab") == ("", "")


def test_a_run_over_some_leaves_the_others_to_be_gone_on_with(path: Path) -> None:
    note = interrupted(path, "abc", "a")
    note.add("b")
    note.end("b", left="")
    assert known(Overwriting(path, Settings()), "abc") == ("c", "ab")
    note = Overwriting(path, Settings())
    note.end("c", left="")
    assert not path.exists()


def test_results_that_failed_are_agreed_to_be_lost_and_no_others(path: Path) -> None:
    note = interrupted(path, "abc", "ab")
    note.end("abcd", left="cd")
    assert known(Overwriting(path, Settings()), "abc") == ("c", "")


def test_a_run_that_overwrites_nothing_leaves_no_note(path: Path) -> None:
    note = Overwriting(path, Settings())
    note.add("a")
    note.end("a", left="a")
    assert not path.parent.exists()


@pytest.mark.parametrize("content", ['"0123456789abcdef"\n"a"\n', "[1]\n", "{}\n", "\xff", '{"settings": 1, "agr'])
def test_a_note_that_lists_nothing_agrees_to_nothing(content: str, path: Path) -> None:
    path.parent.mkdir()
    path.write_text(content, encoding="latin-1")
    assert known(Overwriting(path, Settings()), "a") == ("", "")


def test_whoever_overwrites_the_whole_folder_does_so_for_its_shards_and_the_other_way_round(tmp_path: Path) -> None:
    folder, keys = ResultsFolder(tmp_path), ["a", "b"]
    for shard in (1, 2):
        note = overwriting_in(folder, Settings(), shard)
        note.begin(keys)
        note.add("a")
    assert overwriting_in(folder, Settings(), 2).done(keys) == {"a"}, "each shard has its own"
    overwriting_in(folder, Settings()).begin(keys)
    assert [overwriting_in(folder, Settings(), shard).done(keys) for shard in (1, 2)] == [frozenset()] * 2
    overwriting_in(folder, Settings(), 1).begin(keys)
    assert not overwriting_in(folder, Settings()).agreed
