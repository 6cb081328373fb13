"""Fuzzing: whatever stands in the files that people write, or that come from elsewhere, is read or refused."""

from __future__ import annotations

import dataclasses
import json
import math
import signal
import struct
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import hypothesis
import hypothesis.strategies as some
import numpy as np
from hypothesis import HealthCheck, Phase

from results import MADE_BY_0_1_0, build_manifest, observations
from videmo.config import load_settings, settings_from_dict
from videmo.errors import VidemoError
from videmo.persons.people import clean_name
from videmo.persons.people_file import read_people
from videmo.pipeline.chunks import ChunkObservations
from videmo.results.folder import ResultsFolder
from videmo.results.manifest_file import read_manifest, write_manifest
from videmo.results.parts import load_part
from videmo.results.schema import read_observations, write_table
from videmo.settings import Settings
from videmo.training.cascade.description import read_description, read_negatives
from videmo.training.cascade.vec import HEADER, read_vec
from videmo.training.cascade.xml import read_cascade
from videmo.weights import load_weights

from .harness import ROOT, Entry, Options, Round

TITLE: Final = "Fuzzed texts and files"
SAID: Final = (
    "Files that people write by hand or take from elsewhere, made by hypothesis: noise, texts that almost are "
    "what they should be, and whole ones with single values replaced. Each is read with warnings as errors. It "
    "may be refused by one of videmo's own errors; any other exception is a fault, and so is reading for more "
    "than ten seconds. What is accepted has to make sense by itself, as the table says."
)
COUNT: Final = 20_000
BATCH: Final = 500
HANG_S: Final = 10

ODD: Final = (
    None, True, False, -1, 0, 1.5, 2**31, 2**63, 10**40, 10**400, -(10**400), math.inf, -math.inf, math.nan, "", "x",
    "1/0", "1e999999999", "\0", "\ud800", "../x", "/etc/passwd", "=1+1", "<script>", [], [1], ["x"], {}, {"x": 1}, [[]],
    1e308,
)  # fmt: skip
_TEXT: Final = some.text(max_size=30)
SMALL_CASCADE: Final = b"""<?xml version="1.0"?>
<opencv_storage><cascade type_id="opencv-cascade-classifier">
<stageType>BOOST</stageType><featureType>HAAR</featureType><height>20</height><width>20</width>
<featureParams><mode>BASIC</mode></featureParams>
<stages><_><maxWeakCount>1</maxWeakCount><stageThreshold>-1.5e-01</stageThreshold><weakClassifiers>
<_><internalNodes>0 -1 0 1.5e-02</internalNodes><leafValues>-8.0e-01 7.0e-01</leafValues></_>
<_><internalNodes>1 0 1 2.5e-02 -1 -2 0 3.5e-02</internalNodes><leafValues>-8.0e-01 7.0e-01 1.0e-01</leafValues></_>
</weakClassifiers></_></stages>
<features><_><rects><_>2 3 8 6 -1.</_><_>2 5 8 2 3.</_></rects><tilted>0</tilted></_>
<_><rects><_>0 0 4 4 -1.</_><_>2 0 2 4 2.</_></rects><tilted>0</tilted></_></features>
</cascade></opencv_storage>
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of file: what may stand in it, and how it is read and checked."""

    name: str
    suffix: str
    content: some.SearchStrategy[bytes]
    read: Callable[[Path], bool]
    """Reads a file and raises AssertionError for what should not be accepted; returns whether there was anything."""
    oracle: str


def rounds(options: Options) -> Iterator[Round]:
    """Yield every target in turn, some hundred examples at a time."""
    known = targets()
    each = max(1, options.count // len(known))
    for target in known:
        for first in range(0, each, BATCH):
            count = min(BATCH, each - first)
            fuzz = Fuzz(target, count, options.seed * 1_000_003 + first, options)
            yield Round(f"{target.name} {first} to {first + count - 1}", fuzz.run)


@dataclass(frozen=True, slots=True)
class Fuzz:
    """Some examples of one target."""

    target: Target
    count: int
    seed: int
    options: Options

    def run(self, entry: Entry) -> None:
        """Try them; hypothesis makes what it finds as small as it can."""
        target, failing = self.target, []
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"fuzzed{target.suffix}")

            def once(content: bytes) -> None:
                path.write_bytes(content)
                failing[:] = [content]
                row = f"{target.name}: {target.oracle}"
                try:
                    with at_most(HANG_S), warnings.catch_warnings():
                        warnings.simplefilter("error")
                        for kind in (DeprecationWarning, ResourceWarning):  # as in the ordinary suite
                            warnings.simplefilter("ignore", kind)
                        accepted = target.read(path)
                except VidemoError as refused:
                    accepted, sentence = False, str(refused)
                else:
                    sentence = ""
                assert accepted or not sentence or (len(sentence) > 10 and "Traceback" not in sentence)
                entry.count("What was read", row, "accepted" if accepted else "refused")

            tried = hypothesis.given(target.content)(once)
            tried = hypothesis.seed(self.seed)(tried)
            quiet = list(HealthCheck)
            phases = (Phase.generate, Phase.shrink)
            tried = hypothesis.settings(
                max_examples=self.count, database=None, deadline=None, suppress_health_check=quiet, phases=phases
            )(tried)
            try:
                tried()
            except ExceptionGroup as several:
                for exc in several.exceptions:
                    self._note(exc, failing, entry)
            except Exception as exc:
                self._note(exc, failing, entry)

    def _note(self, exc: Exception, failing: list[bytes], entry: Entry) -> None:
        where = traceback.extract_tb(exc.__traceback__)[-1]
        smallest = failing[0][:300] if failing else b""
        place = f"{Path(where.filename).name}, line {where.lineno}"
        entry.check(False, f"{self.target.name}: {type(exc).__name__}: {str(exc)[:200]} ({place}) from {smallest!r}")
        self._keep(failing)

    def _keep(self, failing: list[bytes]) -> None:
        self.options.kept.mkdir(parents=True, exist_ok=True)
        for content in failing:
            name = f"{self.target.name.replace(' ', '-')}-{self.seed}{self.target.suffix}"
            (self.options.kept / name).write_bytes(content)


class Hangs(Exception):
    """Reading takes too long."""


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Raise `Hangs` in the block if it takes longer."""

    def ring(*_: object) -> None:
        raise Hangs(f"longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


# What may stand in the files.


def _noisy(whole: bytes) -> some.SearchStrategy[bytes]:
    """A whole file with some stretches replaced."""
    cut = some.tuples(some.integers(0, len(whole)), some.integers(0, 40), some.binary(max_size=20))

    def hit(cuts: list[tuple[int, int, bytes]]) -> bytes:
        content = whole
        for begin, length, other in cuts:
            content = content[:begin] + other + content[begin + length :]
        return content

    return some.lists(cut, max_size=3).map(hit)


def _joined(pieces: some.SearchStrategy[str], between: str = "") -> some.SearchStrategy[bytes]:
    return some.lists(pieces, max_size=40).map(lambda found: between.join(found).encode("utf-8", "surrogatepass"))


def _deep(opening: str, closing: str) -> some.SearchStrategy[bytes]:
    return some.sampled_from((100, 1000, 5000, 100_000)).map(lambda depth: (opening * depth + closing * depth).encode())


def _tree(whole: Any) -> some.SearchStrategy[bytes]:
    """JSON with some values replaced by odd ones, or left out."""
    places = list(_places(whole))
    change = some.tuples(some.sampled_from(places), some.sampled_from((*ODD, "leave out")) | _TEXT)

    def changed(changes: list[tuple[tuple[Any, ...], Any]]) -> bytes:
        tree = json.loads(json.dumps(whole))
        for place, value in changes:
            _set(tree, place, value)
        return json.dumps(tree).encode()

    return some.lists(change, min_size=1, max_size=3).map(changed)


def _places(tree: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for name, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield (*above, name)
        yield from _places(value, (*above, name))


def _set(tree: Any, place: tuple[Any, ...], value: Any) -> None:
    for name in place[:-1]:
        if not isinstance(tree, dict | list) or (isinstance(tree, dict) and name not in tree):
            return
        tree = tree[name] if not isinstance(tree, list) or name < len(tree) else None
    if isinstance(tree, dict) and value == "leave out":
        tree.pop(place[-1], None)
    elif isinstance(tree, dict) or (isinstance(tree, list) and place[-1] < len(tree)):
        tree[place[-1]] = value


_CELL = some.sampled_from(
    ("1", "2", "3", "10", "0", "-1", "1_0", "１", "٣", "1.0", " 1 ", "1e3", "9" * 5000, "Anna", "=1+1", '"', '""', "'",
     "\0",
     "\u202e", "\r", "person", "name", "merge_into", "first_s", "Person 1", "", "a,b")
) | _TEXT  # fmt: skip
_ROW = some.lists(_CELL, max_size=5).flatmap(lambda cells: some.sampled_from(",;\t").map(lambda mark: mark.join(cells)))
_HEADER = some.sampled_from(
    ("person,name,merge_into\n", "person;name\n", "merge_into\tperson\n", "\ufeffperson,name,merge_into\r\n")
)
_PEOPLE = some.tuples(_HEADER, some.lists(_ROW, max_size=8), some.sampled_from(("\n", "\r\n", "\r"))).map(
    lambda parts: (parts[0] + parts[2].join(parts[1])).encode("utf-8", "surrogatepass")
)
_NUMBERED = some.lists(some.tuples(some.integers(1, 6), some.integers(1, 6) | some.none(), _TEXT), max_size=8).map(
    lambda rows: (
        "person,merge_into,name\n" + "".join(f'{a},{b or ""},"{c.replace(chr(34), "")}"\n' for a, b, c in rows)
    ).encode("utf-8", "surrogatepass")
)  # fmt: skip


def _toml() -> some.SearchStrategy[bytes]:
    tree = dataclasses.asdict(Settings())
    sections = some.sampled_from([*tree, "nothing", "a.b", '"reading"'])
    names = some.sampled_from([name for section in tree.values() for name in section] + ["nothing", "reading.fps"])
    values = some.sampled_from(
        ("1", "0", "-1", "1.5", "1e400", "nan", "inf", "-inf", "true", '""', '"none"', '"auto"', '"x"', "[]",
         '["small"]',
         "[1]", "{}", "1979-05-27", "07:32:00", "0x10", "9" * 400, '"\\u0000"', "'''x'''", "{a = 1}", "[[", "=")
    ) | some.floats().map(repr) | some.integers().map(str)  # fmt: skip
    line = some.one_of(
        sections.map(lambda section: f"[{section}]\n"),
        some.tuples(names, values).map(lambda pair: f"{pair[0]} = {pair[1]}\n"),
        some.tuples(sections, names, values).map(lambda three: f"{three[0]}.{three[1]} = {three[2]}\n"),
    )
    inside = some.sampled_from([(section, name) for section, values in tree.items() for name in values])
    right = some.lists(some.tuples(inside, values), max_size=4).map(
        lambda found: "".join(f"[{s}]\n{n} = {v}\n" for (s, n), v in dict(found).items()).encode()
    )
    deep = _deep("[", "]").map(lambda nested: b"[reading]\nfps = " + nested)
    return some.one_of(_joined(line), right, some.binary(max_size=60), deep)


@lru_cache(maxsize=1)
def _whole_manifest() -> dict[str, Any]:
    manifest = build_manifest(Path("/recordings/anna.mp4"), "day1/anna.mp4")
    full = dataclasses.replace(manifest, settings=Settings(), notes={"video": ("no sound",)})
    return json.loads(json.dumps(full.as_dict(), default=str))  # type: ignore[no-any-return]


@lru_cache(maxsize=1)
def _whole_table() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "observations.csv")
        write_table(observations([(0.0, 1.0, 40.0, "happy")], 2.0), path)
        return path.read_bytes()


@lru_cache(maxsize=1)
def _whole_part() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "part.npz")
        nothing = {each.name: np.zeros(3) for each in dataclasses.fields(ChunkObservations)}
        np.savez(path, **nothing)  # type: ignore[arg-type]
        return path.read_bytes()


def _vec() -> some.SearchStrategy[bytes]:
    number = some.sampled_from((0, 1, 2, 4, 9, -1, -4, 2**31 - 1, -(2**31), 65536))
    header = some.tuples(number, number, some.integers(-9, 9), some.integers(-9, 9)).map(
        lambda four: HEADER.pack(*four)
    )
    whole = HEADER.pack(2, 4, 0, 0) + 2 * struct.pack("<B4h", 0, 0, 100, 255, 7)
    return some.one_of(
        _noisy(whole), some.tuples(header, some.binary(max_size=40)).map(b"".join), some.binary(max_size=30)
    )


def _description() -> some.SearchStrategy[bytes]:
    word = some.sampled_from(
        ("a.jpg", "b c.png", "1", "2", "0", "-1", "10", "9" * 5000, "٣", "1_0", "1.5", "../x.jpg", "\0")
    )
    line = some.lists(word | _TEXT, max_size=10).map(" ".join)
    boxes = some.lists(some.integers(-2, 300), min_size=4, max_size=12)
    right = some.tuples(some.sampled_from(("a.jpg", "b c 2.png", "1.jpg")), boxes).map(
        lambda pair: f"{pair[0]} {len(pair[1]) // 4} " + " ".join(map(str, pair[1][: len(pair[1]) // 4 * 4]))
    )
    return some.one_of(_joined(line | right, "\n"), _joined(right, "\n"), some.binary(max_size=60))


def _cascade() -> some.SearchStrategy[bytes]:
    whole = SMALL_CASCADE
    numbers = some.sampled_from(
        (b"-1", b"999999999999", b"1e400", b"nan", b"inf", b"", b"x", b"0", b"9" * 5000, b"1_0")
    )
    places = [place for place in range(len(whole)) if whole[place : place + 1].isdigit()]
    other = some.tuples(some.sampled_from(places), numbers).map(
        lambda pair: whole[: pair[0]] + pair[1] + whole[pair[0] + 1 :]
    )
    coding = some.sampled_from((b"x-nothing", b"utf-7", b"utf-16", b"hex", b"idna")).map(
        lambda name: b'<?xml version="1.0" encoding="' + name + b'"?>' + whole.partition(b"?>")[2]
    )
    laughs = some.just(
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
        + b"".join(b'<!ENTITY %c "%s">' % (98 + k, b"&%c;" % (97 + k) * 10) for k in range(20))
        + b"]><opencv_storage><cascade><featureType>&u;</featureType></cascade></opencv_storage>"
    )
    outside = some.just(
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        b"<opencv_storage><cascade><featureType>&a;</featureType></cascade></opencv_storage>"
    )
    deep = _deep("<_>", "</_>").map(
        lambda nested: b"<opencv_storage><cascade>" + nested + b"</cascade></opencv_storage>"
    )
    return some.one_of(_noisy(whole), other, other, coding, laughs, outside, deep, some.binary(max_size=40))


# How they are read, and what may be accepted.


def _people(path: Path) -> bool:
    people = read_people(path)
    for person, name in people.names.items():
        assert person >= 1
        assert name, "an empty name"
        assert name == clean_name(name), "a name that is not one clean line"
        assert person not in people.merges, "a name of one who is merged into another"
    for person, into in people.merges.items():
        assert into not in people.merges, "merged into one who is merged"
        assert person != into, "merged into itself"
    text = path.read_text(encoding="utf-8-sig")
    for person in people.lines:
        assert str(person) in text, f"person {person}, who does not stand in the file"
    try:
        people.check(set(range(1, 7)))
    except VidemoError:
        return False
    return True


def _settings(path: Path) -> bool:
    settings = load_settings(path)
    plain = dataclasses.asdict(settings)
    assert settings_from_dict(plain) == settings, "not the same when it is read back"
    assert settings_from_dict(json.loads(json.dumps(plain))) == settings, "not the same when it was saved"
    for section in plain.values():
        for name, value in section.items():
            assert not isinstance(value, float) or math.isfinite(value), f"{name} is {value}"
    return True


def _manifest(path: Path) -> bool:
    manifest = read_manifest(path)
    if manifest is None:
        return False
    assert ".." not in Path(manifest.key).parts, "a key that leads out of the folder"
    assert not Path(manifest.key).is_absolute(), "a key that leads out of the folder"
    assert math.isfinite(manifest.result.duration_s)
    assert all(isinstance(said, str) for said in manifest.warnings)
    again = path.with_name("again.json")
    write_manifest(manifest, again)
    assert read_manifest(again) == dataclasses.replace(manifest, version=2), "not the same when it is read back"
    return True


def _folder_manifest(path: Path) -> bool:
    path.replace(path.with_name("run.json"))
    folder = ResultsFolder(path.parent)
    manifest = folder.manifest
    assert isinstance(folder.failures(), list)
    assert all(isinstance(failure.reason, str) for failure in manifest.failed)
    assert folder.finished() == []
    return bool(manifest.failed or manifest.stages)


def _card(path: Path) -> bool:
    path.with_suffix(".tflite").write_bytes((ROOT / "videmo" / "weights" / "ferplus.tflite").read_bytes())
    weights = load_weights(str(path.with_suffix(".tflite")))
    known = weights.calibration
    if known is not None:
        assert all(math.isfinite(value) for value in (*known.prior, known.temperature, known.prior_power)), known
        assert known.temperature > 0
        assert abs(sum(known.prior) - 1) < 0.01
    return True


def _samples(path: Path) -> bool:
    samples = read_vec(path)
    assert samples.ndim == 3
    assert path.stat().st_size == HEADER.size + len(samples) * (1 + 2 * samples[0].size), "not all that is in the file"
    return True


def _positives(path: Path) -> bool:
    said: list[str] = []
    found = read_description(path, said.append)
    lines = path.read_text(encoding="utf-8").splitlines()
    for each in found:
        assert each.boxes, "a picture without boxes"
        assert each.line <= len(lines)
        numbers = [number for box in each.boxes for number in box]
        asked = lines[each.line - 1].split()[-len(numbers) :]
        assert [str(number) for number in numbers] == [str(int(word)) for word in asked]
        assert all(word.lstrip("-").isascii() for word in asked), "numbers in other scripts"
    return True


def _negatives(path: Path) -> bool:
    assert all(str(each.path) for each in read_negatives(path))
    return True


def _haar(path: Path) -> bool:
    cascade = read_cascade(path)
    assert 0 < cascade.width < 10_000, f"{cascade.width} wide"
    assert 0 < cascade.height < 10_000, f"{cascade.height} high"
    for stage in cascade.stages:
        assert math.isfinite(stage.threshold), "a threshold that is no number"
        for tree in stage.trees:
            assert tree.nodes, "a tree without nodes"
            for place, node in enumerate(tree.nodes):
                assert math.isfinite(node.threshold)
                for side in (node.left, node.right):
                    assert -len(tree.leaves) < side < len(tree.nodes), "leads nowhere"
                    assert side <= 0 or side > place, "leads back"
                for x, y, w, h, weight in node.feature.rects:
                    assert math.isfinite(weight)
                    assert x >= 0, "outside of the window"
                    assert y >= 0, "outside of the window"
                    assert w >= 0, "no rectangle"
                    assert h >= 0, "no rectangle"
            assert all(math.isfinite(leaf) for leaf in tree.leaves)
    return True


def _table(path: Path) -> bool:
    table = read_observations(path)
    assert {"frame", "time_s", "person"} <= set(table.columns)
    return True


def _part(path: Path) -> bool:
    return load_part(path, ChunkObservations) is not None


def targets() -> list[Target]:
    """Every kind of file."""
    card = json.loads((ROOT / "videmo" / "weights" / "ferplus.json").read_text(encoding="utf-8"))
    folder = {"videmo": "0.2.0", "settings": dataclasses.asdict(Settings()), "stages": {"index": "1"},
              "failed": [{"key": "a", "source": "/a", "reason": "x"}]}  # fmt: skip
    noise = some.one_of(some.binary(max_size=60), _deep("[", "]"), _deep('{"a":', "}"))
    old = _tree(MADE_BY_0_1_0)
    people = some.one_of(_PEOPLE, _NUMBERED, _PEOPLE, _NUMBERED, some.binary(max_size=60))
    return [
        Target("people.csv", ".csv", people, _people, "names are clean, merges end, nobody is made up"),
        Target("settings", ".toml", _toml(), _settings, "the same when read back, numbers finite"),
        Target("run.json", ".json", some.one_of(_tree(_whole_manifest()), old, noise), _manifest,
               "the same when read back, its key stays in the folder"),
        Target("run.json of a folder", ".json", some.one_of(_tree(folder), noise), _folder_manifest,
               "failures are texts"),
        Target("card of a network", ".json", some.one_of(_tree(card), noise), _card, "its calibration is finite"),
        Target("samples", ".vec", _vec(), _samples, "all bytes count"),
        Target("positives", ".txt", _description(), _positives, "boxes are the line's last numbers"),
        Target("negatives", ".txt", _description(), _negatives, "no empty names"),
        Target("cascade", ".xml", _cascade(), _haar, "numbers finite, trees lead somewhere, rectangles inside"),
        Target("observations.csv", ".csv", some.one_of(_noisy(_whole_table()), some.binary(max_size=60)), _table,
               "the columns are there"),
        Target("part of a chunk", ".npz", some.one_of(_noisy(_whole_part()), some.binary(max_size=60)), _part,
               "no pickles"),
    ]  # fmt: skip
