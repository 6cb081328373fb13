"""Errors carry their parts, and each door words them for its users."""

from __future__ import annotations

import ast
import errno
import pickle
import re
import sys
from pathlib import Path

import pytest

from videmo.cli.console import guarded, say_failure, worded
from videmo.cli.options import ARGUMENTS, FLAGS
from videmo.errors import BUG, Given, RecordingError, UsageError
from videmo.settings import declarations

PACKAGE = Path(__file__).parents[2] / "videmo"
OF_RECIPES = ("name", "network", "data", "unlabelled", "teachers", "data format", "training.precision")
"""Written in the file of a recipe, without options of their own."""


def test_parts_become_sentences() -> None:
    error = RecordingError(Path("anna.mp4"), "no video stream", "a video", "Remove it.")
    assert str(error) == "anna.mp4: no video stream, expected a video. Remove it."
    assert str(RecordingError("anna.mp4", "it is empty")) == "anna.mp4: it is empty."


def test_an_error_travels_between_processes_with_its_parts() -> None:
    error = UsageError(Given("port", 80), "already in use", advice="Choose another port.")
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is UsageError
    assert (back.subject, str(back)) == (Given("port", 80), "port = 80: already in use. Choose another port.")


def test_the_command_line_calls_what_the_user_chose_by_its_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["videmo", "analyze", "--detector", "haar2", "--fps=0", "--no-plots"])
    for chosen, words in (
        (Given("detector.name", "haar2"), "--detector haar2"),
        (Given("reading.fps", 0.0), "--fps 0"),
        (Given("plots.enabled"), "--no-plots"),
        (Given("port", 80), "--port 80"),
        (Given("out"), "--out"),
    ):
        assert worded(UsageError(chosen, "wrong")) == f"{words}: wrong."


def test_a_setting_that_comes_from_a_file_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["videmo", "analyze", "--config", "study.toml"])
    assert worded(UsageError(Given("detector.name", "haar2"), "wrong")) == "detector.name = haar2: wrong."


def test_the_command_line_says_an_error_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise UsageError(Given("port", 80), "already in use")

    assert guarded(fail) == 2
    assert capsys.readouterr().err == "videmo: --port 80: already in use.\n"


def test_a_bug_comes_with_the_option_that_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    reason = f"a.mp4: unexpected error. {BUG}"
    say_failure(reason, "Traceback …", debug=False)
    assert capsys.readouterr().err == f"videmo: {reason} Run again with --debug to see where it occurs.\n"
    say_failure(reason, "Traceback …", debug=True)
    assert capsys.readouterr().err == f"videmo: {reason}\nTraceback …\n"
    say_failure("a.mp4: it is empty.", "Traceback …", debug=False)
    assert capsys.readouterr().err == "videmo: a.mp4: it is empty.\n"


def _calls(name: str) -> list[tuple[str, ast.Call]]:
    """All calls of a function in the package whose name ends like this, with the place of each."""
    return [
        (f"{path.relative_to(PACKAGE)}:{node.lineno}", node)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id.endswith(name)
    ]


def test_what_errors_are_about_can_be_called_by_its_option() -> None:
    known = {*declarations(), *ARGUMENTS, *OF_RECIPES}
    for place, call in _calls("Given"):
        if isinstance(call.args[0], ast.Constant):
            assert call.args[0].value in known, place
    assert set(FLAGS) <= set(declarations())


def test_what_was_found_is_no_sentence_and_advice_is() -> None:
    for place, call in _calls("Error"):
        parts = dict(zip(("subject", "found", "expected", "advice"), call.args))
        parts |= {each.arg: each.value for each in call.keywords if each.arg}
        words = {name: _text(part) for name, part in parts.items()}
        assert not re.search(r"[.:?] ?$", words.get("found", "")), place
        assert not re.search(r"\.$", words.get("expected", "")), place
        assert re.search(r"[.?}]$", words.get("advice", ".") or "."), place


def _text(node: ast.AST) -> str:
    """The text of a literal, with each value that is put in as ``{}``; empty for anything else."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_a_lack_of_memory_is_a_sentence_wherever_it_comes_out(capsys: pytest.CaptureFixture[str]) -> None:
    def of_a_library() -> None:
        try:
            raise ImportError("ops.cpython-311-x86_64-linux-gnu.so: failed to map segment from shared object")
        except ImportError as exc:
            raise ImportError("Unable to import required dependency numpy. Please see the traceback") from exc

    def of_python() -> None:
        raise MemoryError

    def of_the_system() -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    for lack in (of_a_library, of_python, of_the_system):
        assert guarded(lack) == 1
        said = capsys.readouterr().err
        assert said == "videmo: memory ran out. Run fewer jobs at a time, or on a machine with more memory.\n"

    def of_a_module() -> None:
        raise ImportError("No module named 'x'")

    with pytest.raises(ImportError, match="No module"):
        guarded(of_a_module)
