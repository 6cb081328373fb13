"""What videmo says to somebody who begins: its name alone, after a run, and opening what was made."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from results import build_recording
from runs import command
from videmo.batch.following import RunResult
from videmo.batch.opening import page_of
from videmo.batch.report import report_folder
from videmo.batch.shards import Shard
from videmo.cli.app import app
from videmo.cli.welcome import say_next
from videmo.errors import ResultsError, UsageError
from videmo.records import Outcome, Source


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("a study") / "results"
    for key in ("day1/anna.mp4", "day1/ben.mp4"):
        build_recording(out, key, [(0.0, 3.0, 50.0, "happy")])
    report_folder(out, None, {}, plots=False)
    return out


def test_the_name_alone_says_what_to_do_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run()
    assert done.exit_code == 0, done.output
    for command_ in ("videmo analyze FOLDER --out results", "videmo open results", "videmo doctor", "videmo --help"):
        assert command_ in done.output


def test_the_name_alone_says_what_to_do_with_results_that_are_there(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(out.parent)
    said = run().output
    assert "There are results in results:" in said
    assert "videmo open results" in said
    monkeypatch.chdir(out)
    assert "There are results in .:" in run().output


def test_after_a_run_without_pages_the_command_comes_that_writes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build_recording(tmp_path / "out", "a.mp4", [(0.0, 3.0, 50.0, "happy")])
    say_next(RunResult((Outcome(Source(Path("a.mp4"), "a.mp4"), "analysed"),), tmp_path / "out"), None)
    said = capsys.readouterr().out
    assert "videmo open" not in said, "there is nothing to open"
    assert f"videmo report {tmp_path / 'out'} " in said


def test_after_a_run_come_commands_that_can_be_pasted(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = Source(Path("a.mp4"), "a.mp4")
    say_next(RunResult((Outcome(source, "analysed", people=1),), out), None)
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 4, said
    pasted = [shlex.split(line)[:4] for line in said[1:]]
    assert pasted[0][:3] == ["videmo", "open", str(out)]
    assert pasted[1][:3] == ["videmo", "people", str(out)]
    assert pasted[2][:4] == ["videmo", "study", "init", str(out)]
    say_next(RunResult((Outcome(source, "analysed"),), out), None)
    assert "people" not in capsys.readouterr().out.partition("next:")[2].replace("compare people", "")
    say_next(RunResult((Outcome(source, "failed"),), out), None)
    assert capsys.readouterr().out == ""
    say_next(RunResult((Outcome(source, "analysed"),), out), Shard(1, 2))
    assert "videmo gather" in capsys.readouterr().out


def test_the_commands_that_are_named_are_there(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say_next(RunResult((Outcome(Source(Path("a.mp4"), "a.mp4"), "analysed", people=1),), out), None)
    for line in [*capsys.readouterr().out.splitlines()[1:], *run().output.splitlines()]:
        if line.startswith("  videmo"):
            words = [word for word in line.strip().split("  ")[0].split()[1:3] if word.isalpha() and word.islower()]
            assert run(*words, "--help").exit_code == 0, line


# Opening pages.


def test_the_page_that_is_meant_is_found(out: Path, tmp_path: Path) -> None:
    assert page_of(out) == out / "index.html"
    assert page_of(out, "ben.mp4") == out / "day1" / "ben.mp4" / "report.html"
    assert page_of(out / "day1" / "anna.mp4") == out / "day1" / "anna.mp4" / "report.html"
    with pytest.raises(UsageError, match="no results of such a recording"):
        page_of(out, "eve.mp4")
    with pytest.raises(ResultsError, match="no results found"):
        page_of(tmp_path)
    build_recording(tmp_path / "bare", "a.mp4", [(0.0, 3.0, 50.0, "happy")])
    report_folder(tmp_path / "bare", None, {}, plots=False, report=False)
    with pytest.raises(ResultsError, match=r"no page was written\. Run 'videmo report' to write the pages\."):
        page_of(tmp_path / "bare")


def test_without_a_display_the_path_is_said(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    done = run("open", out)
    assert done.exit_code == 0
    assert done.output == f"No browser can be opened here. Open {out / 'index.html'} in one.\n"


@pytest.mark.slow
def test_the_browser_is_given_the_page(out: Path, tmp_path: Path) -> None:
    browser, noted = tmp_path / "browser", tmp_path / "noted"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {shlex.quote(str(noted))}\n')
    browser.chmod(0o755)
    done = subprocess.run(
        command("open", out, "anna.mp4"),
        env={**os.environ, "DISPLAY": ":0", "BROWSER": f"{browser} %s"},
        capture_output=True,
        text=True,
        check=False,
    )
    page = out / "day1" / "anna.mp4" / "report.html"
    assert (done.returncode, done.stdout) == (0, f"Opening {page}\n"), done.stderr
    assert noted.read_text() == page.as_uri()
