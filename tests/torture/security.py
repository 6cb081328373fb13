"""Security: names that would like to be code, results that come from somebody else, and a server under siege."""

from __future__ import annotations

import json
import os
import pickle
import re
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import psutil

from clips import make_clip
from leftovers import left_over
from live import ask, lasting, running
from results import build_recording
from runs import leftovers

from .harness import ROOT, Entry, Options, Ran, Round, forbidden, run_videmo
from .originals import face_pictures

TITLE: Final = "Security"
SAID: Final = (
    "Names of files and persons that would be code elsewhere; folders of results that somebody else made; links "
    "that lead out of the folder of results; and the server of `videmo live` under siege. A name must be text "
    "wherever it shows: pages have the same elements with harmless and with harmful names, no cell of a table "
    "begins like a formula, nothing that a terminal would obey is printed, nothing is executed, and no file "
    "appears outside of the folder of results."
)
COUNT: Final = 1
PATIENCE_S: Final = 300.0
HOSTILE_S: Final = 120.0
HOSTILE_BYTES: Final = 6 << 30
"""Address space of a command that reads hostile results."""

NAMES: Final[dict[str, str]] = {
    "markup": "<script>alert(1)<⁄script>.mp4",
    "markup in an attribute": '" onmouseover="alert(1)" x=".mp4',
    "entity": "&lt;img src=x onerror=alert(1)&gt;.mp4",
    "template": "{{ 7*7 }}{% raw %}${7*7}.mp4",
    "formula": '=HYPERLINK("http:evil","x").mp4',
    "formula with a plus": "+1+cmd|' -C calc'!A0.mp4",
    "formula with an at": "@SUM(1).mp4",
    "formula behind a tab": "\t=1+1.mp4",
    "shell words": "$(touch pwned);`touch pwned`&&touch pwned|touch pwned.mp4",
    "option": "--out=pwned.mp4",
    "terminal escape": "\x1b[2J\x1b]0;pwned\x07.mp4",
    "control characters": "a\x08\x7f\x9b31m\r\nb.mp4",
    "right to left": "\N{RIGHT-TO-LEFT OVERRIDE}4pm.exe.mp4",
    "protocol of FFmpeg": "concat:a|b.mp4",
    "address": "file:..mp4",
    "pattern": "%d-[a-z]*?.mp4",
    "format string": "%s%n{0.__class__}.mp4",
    "caption": "00:00.000 --> 99:00.000 <b>x.mp4",
    "rich markup": "[bold red]x[⁄bold red][link=http:evil].mp4",
    "not UTF-8": os.fsdecode(b"\xff\xfe-\x80.mp4"),
    "dots": "a....mp4",
    "long": "ü" * 120 + ".mp4",
}
PERSON_NAMES: Final = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-1+1",
    "\x1b[31mred", "{{ 7*7 }}", "$\\frac{a}{b$", "../../etc/passwd", "Robert'); DROP TABLE students;--", "</title><b>",
    "]]>", "-->", "00:00.000 --> 00:09.000", "\N{RIGHT-TO-LEFT OVERRIDE}anna",
)  # fmt: skip
EXPORTS: Final = "eaf,textgrid,srt,webvtt,json,boris"
_OBEYED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What terminals obey, but for new lines and tabs."""
_NUMBER: Final = re.compile(r"[-+]?\d*\.?\d+(e[-+]?\d+)?\Z")


def rounds(options: Options) -> Iterator[Round]:
    """Yield every attack; a number of them has no meaning here."""
    work = options.scratch
    attacks: list[tuple[str, Callable[[Entry, Path], None]]] = [
        ("names of files", names_of_files),
        ("names of persons", names_of_persons),
        ("links out of the folder of results", links_out),
        ("keys that lead out", keys_that_lead_out),
        *((f"hostile results: {name}", Hostile(name, change).run) for name, change in HOSTILE.items()),
        ("server: hosts, tokens, origins", server_refuses),
        ("server: slow and many clients", server_under_siege),
    ]
    for name, attack in attacks:
        yield Round(name, _in_folder(attack, work))


def _in_folder(attack: Callable[[Entry, Path], None], work: Path) -> Callable[[Entry], None]:
    def run(entry: Entry) -> None:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        attack(entry, work)
        entry.check(not [*work.rglob("pwned*")], "something was executed or written where it should not be")
        shutil.rmtree(work)

    return run


def _run(entry: Entry, work: Path, *arguments: str | Path, codes: tuple[int, ...] = (0,), **options: Any) -> Ran:
    """Run a command in the folder of an attack, and look at what it prints."""
    ran = run_videmo(*arguments, timeout=PATIENCE_S, cwd=work, **options)
    what = f"videmo {arguments[0]}"
    entry.check(not ran.hung, f"{what} hangs")
    entry.check(ran.code in codes, f"{what}: exit code {ran.code}: {ran.said[-400:]!r}")
    for line in forbidden(ran.said):
        entry.check(False, f"{what} printed: {line}")
    entry.check(not _OBEYED.search(ran.said), f"{what} printed what terminals obey: {ran.said[-400:]!r}")
    return ran


# Names.


def names_of_files(entry: Entry, work: Path) -> None:
    """The same recording under harmless and under harmful names: pages of the same elements, tables of plain cells."""
    clip = _clip(work / "clip.mp4")
    harmless = {f"name-{number:02}.mp4": "harmless" for number in range(len(NAMES))}
    seen = []
    for kind, names in (("harmless", harmless), ("harmful", {name: what for what, name in NAMES.items()})):
        folder, out = work / kind / "in", work / kind / "out"
        folder.mkdir(parents=True)
        for name, what in names.items():
            shutil.copy(clip, folder / name)
            if kind == "harmful":
                entry.count("Names of files", what, "tried")
        before = _files(work, out)
        _run(entry, work, "analyze", folder, "--out", out, "--fps", "4", *_DULL)
        _run(entry, work, "people", out)
        _run(entry, work, "report", out, *_DULL)
        _run(entry, work, "export", out, "--to", EXPORTS)
        _run(entry, work, "probe", "--", *sorted(folder.iterdir()))
        entry.check(_files(work, out) == before, f"{kind}: files outside of the folder of results")
        entry.check(not leftovers(out), f"{kind}: files left behind: {leftovers(out)}")
        table = pd.read_csv(out / "recordings.csv")
        entry.check((table["status"] == "ok").all(), f"{kind}: {table[table['status'] != 'ok'].to_dict('records')}")
        _check_files(entry, out)
        seen.append(_elements(out))
    entry.check(seen[0] == seen[1], f"pages have other elements: {(seen[1] - seen[0]) + (seen[0] - seen[1])}")


def names_of_persons(entry: Entry, work: Path) -> None:
    """Persons with harmless and harmful names, in pages, plots, tables and exports."""
    seen = []
    (work / "dull.toml").write_text("[plots]\ndpi = 40\n")
    for kind in ("harmless", "harmful"):
        out = work / kind
        for number, name in enumerate(PERSON_NAMES):
            called = name if kind == "harmful" else f"Anna {number}"
            cell = called.replace('"', '""')
            people = f'person,name,merge_into\n1,"{cell}",\n'
            build_recording(out, f"{number:02}.mp4", [(0.0, 4.0, 40.0, "happy")], duration_s=5.0, people=people)
            entry.count("Names of persons", kind, "tried")
        _run(entry, work, "report", out, *_DULL)
        _run(entry, work, "export", out, "--to", EXPORTS)
        _check_files(entry, out)
        seen.append(_elements(out))
    entry.check(seen[0] == seen[1], f"pages have other elements: {(seen[1] - seen[0]) + (seen[0] - seen[1])}")


def _check_files(entry: Entry, out: Path) -> None:
    """Look at every file of results for what a program would obey."""
    for path in out.rglob("*"):
        if path.name == "people.csv":
            continue  # the user's own words
        if path.suffix == ".csv":
            for cell in _cells(path):
                if cell[:1] and cell[0] in "=+-@\t\r" and not _NUMBER.match(cell):
                    entry.check(False, f"{path.name}: a cell begins like a formula: {cell[:60]!r}")
            entry.count("Files looked at", "tables", "files")
        elif path.suffix in (".svg", ".eaf"):
            tags = [element.tag for element in ElementTree.parse(path).iter()]
            entry.check(not any(str(tag).endswith("script") for tag in tags), f"{path.name}: a script")
            entry.count("Files looked at", "drawings and XML", "files")
        elif path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
            entry.count("Files looked at", "JSON", "files")
        elif path.suffix in (".srt", ".vtt"):
            text = path.read_text(encoding="utf-8")
            entry.check(text.count(" --> ") == len(re.findall(r"^[\d:.,]+ --> [\d:.,]+", text, re.MULTILINE)),
                        f"{path.name}: a name ends its caption")  # fmt: skip
            entry.count("Files looked at", "captions", "files")


def _cells(path: Path) -> Iterator[str]:
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    yield from table.columns
    for name in table.columns:
        yield from set(table[name])


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: Counter[tuple[Any, ...]] = Counter()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        scheme = [urlsplit(value or "").scheme for name, value in attrs if name in ("href", "src")]
        self.found[tag, *sorted(name for name, _ in attrs), *scheme] += 1


def _elements(out: Path) -> Counter[tuple[Any, ...]]:
    """How often each element stands in the pages: its name, those of its attributes, and the protocol that it names."""
    found: Counter[tuple[Any, ...]] = Counter()
    for page in out.rglob("*.html"):
        parser = _Elements()
        parser.feed(page.read_text(encoding="utf-8"))
        found.update(parser.found)
    return found


def _files(work: Path, out: Path) -> set[str]:
    return {str(path) for path in work.rglob("*") if not path.is_relative_to(out)}


_DULL: Final = ("--config", "dull.toml")


def _clip(path: Path) -> Path:
    (path.parent / "dull.toml").write_text("[plots]\ndpi = 40\n")
    make_clip(path, frames=12, fps=12, gop=6, size=(160, 120), pictures=face_pictures((160, 120)))
    return path


# Ways out of the folder of results.


def links_out(entry: Entry, work: Path) -> None:
    """Links in the folder of results that lead elsewhere: nothing may be written or removed there."""
    clip = _clip(work / "clip.mp4")
    victim = work / "victim"
    for where, place in (
        ("of the recording", "anna.mp4"),
        ("above it", "day1"),
        ("of temporary files", "anna.mp4/.work"),
    ):
        folder, out = work / "in", work / "out"
        for each in (folder, out, victim):
            shutil.rmtree(each, ignore_errors=True)
        recording = folder / ("day1/anna.mp4" if place == "day1" else "anna.mp4")
        recording.parent.mkdir(parents=True)
        shutil.copy(clip, recording)
        victim.mkdir()
        for name in ("precious.csv", "observations.csv", "run.json"):
            (victim / name).write_text("{}")
        left_over(victim)
        (out / place).parent.mkdir(parents=True, exist_ok=True)
        (out / place).symlink_to(victim)
        before = {path.name: path.read_bytes() for path in victim.rglob("*") if path.is_file()}
        _run(entry, work, "analyze", folder, "--out", out, "--no-annotate", *_DULL, codes=(0, 1, 2))
        after = {path.name: path.read_bytes() for path in victim.rglob("*") if path.is_file()}
        entry.count("Links", f"in place of the folder {where}", "tried")
        entry.check(before == after, f"a link in place of the folder {where}: files behind it changed: {sorted(after)}")


def keys_that_lead_out(entry: Entry, work: Path) -> None:
    """Names and addresses on the command line that lead up: results stay below the folder of results."""
    clip = _clip(work / "clip.mp4")
    deep = work / "a" / "b"
    deep.mkdir(parents=True)
    shutil.copy(clip, work / "x.mp4")
    shutil.copy(clip, deep / "x.mp4")
    (deep / "up.mp4").symlink_to(clip)
    before = _files(work, deep / "out")
    for paths in (["../../x.mp4", "x.mp4"], ["./../b/../b/x.mp4"], [".."], ["up.mp4", str(work / "x.mp4")]):
        run_videmo(
            "analyze",
            *paths,
            "--out",
            "out",
            "--no-plots",
            "--no-report",
            "--no-annotate",
            timeout=PATIENCE_S,
            cwd=deep,
        )
        entry.count(
            "Ways up", " ".join("…" if "/tmp" in path or str(work) in path else path for path in paths), "tried"
        )
        entry.check(_files(work, deep / "out") == before, f"{paths}: files outside of the folder of results")


# Results that somebody else made.

Change = Callable[[Path, Path], None]
"""Changes the folder of one recording; the second path is the folder of the attack."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """A folder of results with something wrong in it: read by every command and from Python, with bounded memory."""

    name: str
    change: Change

    def run(self, entry: Entry, work: Path) -> None:
        """Build it, change it, and read it."""
        out = work / "out"
        build_recording(out, "good.mp4", [(0.0, 4.0, 40.0, "happy")], duration_s=5.0)
        bad = build_recording(out, "bad.mp4", [(0.0, 4.0, 40.0, "sad")], duration_s=5.0)
        (work / "secret.txt").write_text("root:x:0:0")
        (work / "dull.toml").write_text("[plots]\ndpi = 40\n")
        self.change(bad, work)
        before = _files(work, out)
        for arguments in (
            ("report", "out", *_DULL),
            ("annotate", "out"),
            ("people", "out"),
            ("export", "out", "--to", EXPORTS),
        ):
            began = time.monotonic()
            ran = run_videmo(*arguments, timeout=HOSTILE_S, cwd=work, preexec_fn=_bounded)
            what = f"videmo {arguments[0]}"
            entry.check(not ran.hung, f"{what} hangs")
            entry.check(ran.hung or ran.code in (0, 1, 2), f"{what}: exit code {ran.code}: {ran.said[-300:]}")
            entry.peak("Longest command on hostile results in seconds", time.monotonic() - began)
            for line in forbidden(ran.said):
                entry.check(False, f"{what} printed: {line}")
            entry.check(not _OBEYED.search(ran.said), f"{what} printed what terminals obey")
        self._read_from_python(entry, work)
        entry.check(_files(work, out) == before, "files outside of the folder of results")
        for page in filter(Path.is_file, out.rglob("*.html")):
            text = page.read_text(encoding="utf-8")
            entry.check("root:x:0" not in text, f"{page.name} shows a file from elsewhere")
            entry.check("<script>alert" not in text and "<img src=x" not in text, f"{page.name} took a text for markup")
        entry.count("Hostile results", self.name, "tried")

    def _read_from_python(self, entry: Entry, work: Path) -> None:
        code = (
            "import videmo\n"
            "try:\n"
            "    results = videmo.read('out')\n"
            "    for key in results: results[key]\n"
            "    results.timeline, results.summary, results.failures\n"
            "except videmo.VidemoError as error: print(error)\n"
        )
        here = {**os.environ, "PYTHONPATH": str(ROOT)}
        try:
            done = subprocess.run(
                [sys.executable, "-c", code], cwd=work, capture_output=True, text=True, errors="replace",
                timeout=HOSTILE_S, preexec_fn=_bounded, env=here,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            entry.check(False, "videmo.read hangs")
            return
        entry.check(done.returncode == 0, f"videmo.read: {done.stderr[-300:]}")


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (HOSTILE_BYTES, HOSTILE_BYTES))


def _manifest(**changes: Any) -> Change:
    """Change values in ``run.json``, by their dotted names with two underscores for a dot."""

    def change(bad: Path, work: Path) -> None:
        content = json.loads((bad / "run.json").read_text())
        for name, value in changes.items():
            inner = content
            *above, last = name.split("__")
            for part in above:
                inner = inner[part]
            inner[last] = str(work / value[1:]) if isinstance(value, str) and value.startswith("@") else value
        (bad / "run.json").write_text(json.dumps(content))

    return change


def _column(table: str, name: str, value: Any, rows: slice = slice(None)) -> Change:
    """Put a value into a column of a table."""

    def change(bad: Path, work: Path) -> None:
        read = pd.read_csv(bad / table, dtype=object, keep_default_na=False)
        read.loc[read.index[rows], name] = value
        read.to_csv(bad / table, index=False)

    return change


def _pickle(bad: Path, work: Path) -> None:
    """A part of a chunk that runs a command when it is loaded as Python objects."""

    class Command:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {work}/pwned",)

    work_folder = bad / ".work"
    work_folder.mkdir()
    content = pickle.dumps(Command())
    for name in ("observe-0000000000000000-0000.npz", "labels-0000000000000000-0000.npz", "live-000000.npz"):
        values = np.empty(1, dtype=object)
        values[0] = Command()
        np.savez(work_folder / name, frame=values, pts=values, allow_pickle=True)
        (work_folder / f"plain-{name}").write_bytes(content)
    (work / "pwned").unlink(missing_ok=True)
    (bad / "run.json").replace(work_folder / "run.json")


def _pipe(name: str) -> Change:
    """A pipe that nobody writes to, in place of a file."""

    def change(bad: Path, work: Path) -> None:
        (bad / name).unlink(missing_ok=True)
        os.mkfifo(bad / name)

    return change


def _endless(name: str) -> Change:
    """A device that never ends, in place of a file."""

    def change(bad: Path, work: Path) -> None:
        (bad / name).unlink(missing_ok=True)
        (bad / name).symlink_to("/dev/zero")

    return change


def _to_secret(name: str) -> Change:
    """A link to a file that is not part of the results."""

    def change(bad: Path, work: Path) -> None:
        (bad / name).unlink(missing_ok=True)
        (bad / name).symlink_to(work / "secret.txt")

    return change


def _folder(name: str) -> Change:
    def change(bad: Path, work: Path) -> None:
        (bad / name).unlink(missing_ok=True)
        (bad / name).mkdir()

    return change


def _text(name: str, content: str) -> Change:
    def change(bad: Path, work: Path) -> None:
        (bad / name).write_text(content, encoding="utf-8")

    return change


_MARKUP: Final = "<script>alert(1)</script><img src=x onerror=alert(1)>\x1b[2J"
HOSTILE: Final[dict[str, Change]] = {
    "source is a file that is no recording": _manifest(source="@secret.txt"),
    "source is a device": _manifest(source="/dev/zero"),
    "source leads up": _manifest(source="../../../../etc/passwd"),
    "source is an address": _manifest(source="http://127.0.0.1:9/x.mp4"),
    "source is a list of FFmpeg": _manifest(source="concat:/etc/passwd|/etc/hosts"),
    "key leads up": _manifest(recording__key="../../pwned.mp4"),
    "key is absolute": _manifest(recording__key="/tmp/pwned.mp4"),
    "key of another recording": _manifest(recording__key="good.mp4"),
    "markup in every text": _manifest(
        recording__codec=_MARKUP, recording__container=_MARKUP, recording__pixel_format=_MARKUP,
        result__dominant=_MARKUP,
        result__quality=_MARKUP, result__incomplete=_MARKUP, notes={"video": [_MARKUP], "people": [_MARKUP]},
        videmo=_MARKUP, recording__audio=[_MARKUP], result__strip=_MARKUP,
    ),
    "sizes that no picture has": _manifest(recording__width=2**60, recording__height=2**60),
    "picture of no size": _manifest(recording__width=0, recording__height=-1),
    "a length of thirty years": _manifest(result__duration_s=9e8, recording__duration_s=9e8),
    "a length below zero": _manifest(result__duration_s=-5.0, recording__duration_s=-5.0),
    "numbers of frames beyond all": _manifest(
        result__decoded=2**62, result__frames=2**62, recording__frame_count_from_header=2**62
    ),
    "a rate of nothing": _manifest(recording__average_fps=1e-300),
    "a rate beyond all": _manifest(recording__average_fps=1e300),
    "a clock of huge ticks": _manifest(recording__time_base="9000000000000000000/1"),
    "times of a million years": _column("observations.csv", "time_s", "3e13", slice(-1, None)),
    "times that are none": _column("observations.csv", "time_s", "nan", slice(3, 6)),
    "infinite times": _column("observations.csv", "time_s", "inf", slice(-1, None)),
    "times below zero": _column("observations.csv", "time_s", "-1e12", slice(0, 1)),
    "texts in place of times": _column("observations.csv", "time_s", "soon"),
    "texts in place of boxes": _column("observations.csv", "w", _MARKUP),
    "huge boxes": _column("observations.csv", "w", "1e300"),
    "emotions that are none": _column("observations.csv", "emotion", _MARKUP),
    "probabilities beyond one": _column("observations.csv", "happy", "1e308"),
    "a status that is none": _column("observations.csv", "status", _MARKUP),
    "persons beyond all": _column("observations.csv", "person", str(2**62)),
    "persons that are no numbers": _column("observations.csv", "person", "1.5"),
    "tracks beyond all": _column("observations.csv", "track", str(2**63 - 1)),
    "frames out of order": _column("observations.csv", "frame", "7"),
    "markup in a summary": _column("summary.csv", "name", _MARKUP),
    "a summary of texts": _column("summary.csv", "person", "x"),
    "a timeline of texts": _column("timeline.csv", "start_s", "x"),
    "observations that are no table": _text("observations.csv", "\0" * 1000),
    "an empty table": _text("observations.csv", ""),
    "a table of one line of ten million cells": _text("observations.csv", "," * 10_000_000),
    "people.csv of a million lines": _text(
        "people.csv", "person,name\n" + "".join(f"{k},x{k}\n" for k in range(1, 10**6))
    ),
    "people.csv that merges in a long chain": _text(
        "people.csv", "person,merge_into\n" + "".join(f"{k},{k + 1}\n" for k in range(1, 20_000))
    ),
    "pickles in parts": _pickle,
    "a pipe for a manifest": _pipe("run.json"),
    "a pipe for a table": _pipe("observations.csv"),
    "a pipe for people.csv": _pipe("people.csv"),
    "an endless manifest": _endless("run.json"),
    "an endless table": _endless("observations.csv"),
    "an endless people.csv": _endless("people.csv"),
    "people.csv is a link to a secret": _to_secret("people.csv"),
    "the page is a link": _to_secret("report.html"),
    "a folder for a table": _folder("observations.csv"),
    "a folder for people.csv": _folder("people.csv"),
    "a folder for the page": _folder("report.html"),
}  # fmt: skip


# The server of a live session.


def server_refuses(entry: Entry, work: Path) -> None:
    """Requests with other names, tokens, methods and origins."""
    clip = lasting(_clip(work / "clip.mp4"), work / "long.mp4", 40)
    with running(clip, "--loop") as (_, address):
        parts = urlsplit(address)
        own = f"127.0.0.1:{parts.port}"
        for what, headers, path in (
            ("a foreign host", {"Host": "evil.example"}, ""),
            ("the host without its port", {"Host": "127.0.0.1"}, ""),
            ("the host behind another", {"Host": f"{own}.evil.example"}, ""),
            ("no host", {"Host": ""}, ""),
            ("a picture in another page", {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "cross-site"}, "next"),
            ("a script of another page", {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-site"}, "next"),
        ):
            entry.check(ask(address, path, headers=headers).status == 403, f"{what} was answered")
            entry.count("Requests that are refused", what, "tried")
        root = f"http://{own}/"
        token = parts.path.strip("/")
        for wrong in ("", "x", token[:-1], token + "x", token.upper(), "%00", "../" + token, "a" * 60_000):
            status = ask(root, f"{wrong}/").status
            entry.check(status in (400, 404, 414) or wrong == "../" + token, f"token {wrong[:20]!r}: {status}")
            entry.count("Requests that are refused", "a wrong token", "tried")
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"):
            entry.check(ask(address, method=method).status >= 400, f"{method} was answered")
            entry.count("Requests that are refused", "another method", "tried")
        for query in ("after=x", f"after={'9' * 5000}", "after=-1", f"since={2**70}", "after=0&since=-5"):
            status = ask(address, f"next?{query}").status
            entry.check(status in (200, 204, 400), f"{query[:20]}: {status}")
            entry.count("Requests that are refused", "odd numbers", "tried")
        for raw in (
            b"\0\xff\n\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"X" * 100_000,
            b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 500,
        ):
            with socket.create_connection(("127.0.0.1", parts.port or 0), 10) as connection:
                connection.sendall(raw)
                connection.settimeout(3)
                try:
                    answer = connection.recv(1000)
                except (TimeoutError, ConnectionError):
                    answer = b""
                entry.check(b" 200 " not in answer, f"{raw[:20]!r} was answered")
            entry.count("Requests that are refused", "what is no request", "tried")
        entry.check(ask(address).status == 200, "the page itself is no longer answered")


def server_under_siege(entry: Entry, work: Path) -> None:
    """A thousand connections, half of them slow: the session goes on, the page comes, and memory stays."""
    clip = lasting(_clip(work / "clip.mp4"), work / "long.mp4", 40)
    with running(clip, "--loop") as (process, address), ExitStack() as stack:
        parts = urlsplit(address)
        watched = psutil.Process(process.pid)
        entry.check(ask(address).status == 200, "the page is not answered")
        before = watched.memory_info().rss
        refused = 0
        for number in range(1000):
            connection = socket.socket()
            connection.settimeout(5)
            stack.callback(connection.close)
            try:
                connection.connect(("127.0.0.1", parts.port or 0))
                if number % 2:
                    connection.sendall(b"GET /")  # and never the rest
            except OSError:
                refused += 1
        entry.count("Siege", "connections that were taken", "connections", 1000 - refused)
        grown = (watched.memory_info().rss - before) / 2**20
        entry.peak("Memory that 1,000 connections take in MB", grown)
        entry.peak("Threads of a session with 1,000 connections", watched.num_threads())
        entry.check(grown < 200, f"memory grew by {grown:.0f} MB")
        entry.check(watched.num_threads() < 300, f"{watched.num_threads()} threads")
        began = time.monotonic()
        answered = _answered(address, patience_s=45)
        entry.peak("Seconds until the page is answered beside 1,000 connections", time.monotonic() - began)
        entry.check(answered, "the page is not answered any more")
        entry.check(process.poll() is None, "the session ended")
    entry.count("Siege", "pages that were answered in the end", "connections", int(answered))


def _answered(address: str, patience_s: float) -> bool:
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        try:
            if ask(address).status == 200:
                return True
        except OSError:
            time.sleep(0.5)
    return False
