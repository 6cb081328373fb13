"""Files on disk: whole or not there at all, and read back as they were written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from videmo.errors import OutputError
from videmo.files import read_json, replacing, unwritable, write_json, write_text


def files_in(folder: Path) -> list[str]:
    """Names of all files in a folder, hidden ones too."""
    return sorted(os.listdir(folder))


def fail_while_writing(path: Path, error: Exception) -> None:
    """Begin to replace a file, write half of it, and fail."""
    with replacing(path) as partial:
        partial.write_text("half of the new te")
        raise error


def test_a_file_is_replaced_when_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "below" / "table.csv"
    with replacing(path) as partial:
        partial.write_text("new")
        assert not path.exists()
        assert partial.parent == path.parent
        assert partial.suffix == ".csv"
    assert path.read_text() == "new"
    assert files_in(path.parent) == ["table.csv"]


@pytest.mark.parametrize("error", [ValueError("wrong"), KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_block_that_fails_leaves_the_old_file_and_no_temporary_one(tmp_path: Path, error: Exception) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")
    with pytest.raises((type(error), OutputError)):
        fail_while_writing(path, error)
    assert path.read_text() == "old"
    assert files_in(tmp_path) == ["table.csv"]


def test_a_block_that_fails_leaves_nothing_where_nothing_was(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="wrong"):
        fail_while_writing(tmp_path / "table.csv", ValueError("wrong"))
    assert files_in(tmp_path) == []


def test_a_full_disk_is_an_output_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"table\.csv: cannot be written \(No space left on .*another folder"):
        fail_while_writing(tmp_path / "table.csv", OSError(28, "No space left on device"))


def test_a_file_that_is_in_the_way_is_called_that() -> None:
    for error in (FileExistsError(17, "File exists"), NotADirectoryError(20, "Not a directory")):
        assert "A file is in the way" in str(unwritable(Path("out"), error))
    assert "A file is in the way" not in str(unwritable(Path("out"), OSError(28, "No space left on device")))


def test_a_folder_that_cannot_be_made_is_an_output_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("a file, no folder")
    path = tmp_path / "notes.txt" / "results" / "table.csv"
    with pytest.raises(OutputError) as caught:
        write_text(path, "text")
    assert str(path) in str(caught.value)
    assert (tmp_path / "notes.txt").read_text() == "a file, no folder"


def test_a_folder_in_the_place_of_the_file_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / "table.csv" / "inside").mkdir(parents=True)
    with pytest.raises(OutputError, match=r"table\.csv"):
        write_text(tmp_path / "table.csv", "text")
    assert files_in(tmp_path) == ["table.csv"]


def test_a_written_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "plain.txt").write_text("x")
    write_text(tmp_path / "videmo.txt", "x")
    assert (tmp_path / "videmo.txt").stat().st_mode == (tmp_path / "plain.txt").stat().st_mode


def test_json_comes_back_with_sorted_keys_and_any_language(tmp_path: Path) -> None:
    content = {"zebra": [1, 2.5, None], "anna": "Größe 測試", "path": "a/b"}
    write_json(tmp_path / "run.json", content)
    assert read_json(tmp_path / "run.json") == content
    text = (tmp_path / "run.json").read_text(encoding="utf-8")
    assert text.index("anna") < text.index("path") < text.index("zebra")
    assert "Größe 測試" in text


@pytest.mark.parametrize("content", [b"", b'{"half": ', b"[1, 2]", b"\xff\xfe\x00", b"null"])
def test_damaged_json_is_as_if_there_were_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    assert read_json(tmp_path / "run.json") is None
    assert read_json(tmp_path / "missing.json") is None
