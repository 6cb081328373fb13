"""``run.json`` of a recording: read back as it was written, older ones too; a damaged one is none at all."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from results import MADE_BY_0_1_0, build_manifest
from videmo.config import load_settings, merge_settings
from videmo.results.manifest import VERSION, Course, Live, Manifest, Result, new_manifest
from videmo.results.manifest_file import read_manifest, write_manifest
from videmo.results.people_said import PeopleSaid

JUNK: tuple[Any, ...] = (
    None, True, -1, 1.5, 10**40, 10**400, float("inf"), float("nan"), "", "x", "1/0", "1e999999999", "\0", "\ud800",
    [], [1], ["x"], {}, {"x": 1}, [["key", 1]],
)  # fmt: skip


def whole() -> Manifest:
    """A manifest in which everything that can be known is known."""
    manifest = build_manifest(Path("/recordings/day1/anna.mp4"), "day1/anna.mp4")
    return dataclasses.replace(
        manifest,
        stages={"observe": "1", "tables": "2"},
        result=Result(
            10.0,
            250,
            2,
            1,
            250,
            200,
            0.8,
            2,
            "happy",
            "19.0",
            0.75,
            "fair",
            "cut off at 10.0 s",
            courses=(Course(1, "19.0"), Course(2, ".019")),
            lost="turned",
        ),
        settings=load_settings(overrides={"timeline.step_s": 0.5, "anonymize.how": "blur"}),
        people=PeopleSaid("3", "4", "5", "6", "7 8"),
        notes={"people": ("persons 1 and 2 are side by side",), "video": ("no sound",)},
        live=Live("ended", 250, 3),
    )


def read_back(content: Any, folder: Path) -> Manifest | None:
    """Write something as a manifest, and read it."""
    (folder / "run.json").write_text(json.dumps(content))
    return read_manifest(folder / "run.json")


def places(tree: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a tree of plain values."""
    for name, value in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        yield (*above, name)
        yield from places(value, (*above, name))


def changed(tree: dict[str, Any], place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy of a tree with another value in one place."""
    copied = inner = copy.deepcopy(tree)
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return copied


def without(tree: dict[str, Any], place: tuple[Any, ...]) -> dict[str, Any]:
    """A copy of a tree without one place."""
    copied = inner = copy.deepcopy(tree)
    for name in place[:-1]:
        inner = inner[name]
    del inner[place[-1]]
    return copied


def test_a_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    for manifest in (whole(), build_manifest(Path("/recordings/a.mp4"), "a.mp4")):
        write_manifest(manifest, tmp_path / "run.json")
        assert read_manifest(tmp_path / "run.json") == manifest


def test_the_same_manifest_is_the_same_file(tmp_path: Path) -> None:
    write_manifest(whole(), tmp_path / "run.json")
    first = (tmp_path / "run.json").read_bytes()
    again = read_manifest(tmp_path / "run.json")
    assert again is not None
    write_manifest(again, tmp_path / "run.json")
    assert (tmp_path / "run.json").read_bytes() == first


def test_a_new_manifest_knows_the_file_and_nothing_else() -> None:
    recording = dataclasses.replace(whole().recording, keyframes=(0, 12800))
    manifest = new_manifest("/recordings/a.mp4", "a.mp4", recording)
    assert (manifest.input.size_bytes, manifest.input.modified_ns) == (recording.size_bytes, recording.modified_ns)
    assert manifest.input.sha256 == ""
    assert manifest.recording.keyframes == (), "an index can be long"
    assert (manifest.stages, manifest.settings, manifest.warnings, manifest.status) == ({}, None, [], "ok")


def test_the_description_of_a_recording_is_plain_and_knows_no_place() -> None:
    known = whole().as_dict()["recording"]
    assert json.loads(json.dumps(known)) == known
    assert known["time_base"] == "1/1000"
    assert (known["width"], known["height"], known["audio"]) == (640, 360, ["aac"])
    assert "/recordings" not in json.dumps(known)
    assert not {"path", "keyframes", "size_bytes", "modified_ns"} & set(known)
    assert whole().as_dict()["manifest"] == VERSION


def test_changes_make_a_new_manifest_and_leave_the_old_one() -> None:
    before = build_manifest(Path("/recordings/a.mp4"), "a.mp4")
    after = before.with_stages(tables="2").with_note("video", ["no sound"]).with_result(frames=7)
    assert after.stages == {"observe": "observed", "tables": "2"}
    assert after.without_stages("observe", "plots").stages == {"tables": "2"}
    assert (after.result.frames, after.result.decoded) == (7, 250)
    assert after.with_note("video", []).notes == before.notes == {}
    assert before == build_manifest(Path("/recordings/a.mp4"), "a.mp4")


def test_warnings_are_listed_by_who_noted_them_what_reading_met_first() -> None:
    manifest = build_manifest(Path("/recordings/a.mp4"), "a.mp4").with_result(damaged=2, unordered=1)
    for name in ("video", "people", "live"):
        manifest = manifest.with_note(name, [f"of {name}"])
    damaged, unordered, *noted = manifest.warnings
    assert "2" in damaged
    assert "1" in unordered
    assert noted == ["of live", "of people", "of video"]
    assert manifest.as_dict()["warnings"] == manifest.warnings


def test_a_recording_that_is_cut_off_is_incomplete() -> None:
    manifest = build_manifest(Path("/recordings/a.mp4"), "a.mp4")
    assert (manifest.status, manifest.with_result(incomplete="cut off").status) == ("ok", "incomplete")


# Version 0.1.0


def test_a_manifest_of_version_0_1_0_is_read(tmp_path: Path) -> None:
    manifest = read_back(MADE_BY_0_1_0, tmp_path)
    assert manifest is not None
    assert (manifest.version, manifest.videmo) == (1, "0.1.0")
    assert (manifest.key, manifest.source) == ("a.mp4", "/recordings/a.mp4")
    assert manifest.recording.time_base == Fraction(1, 1000)
    assert manifest.input.sha256 == "d2eabcaa"
    assert manifest.stages == MADE_BY_0_1_0["stages"]
    assert manifest.people == PeopleSaid(said="", found="a34fb3f2b82e3fe0")
    assert (manifest.result.people, manifest.result.usable_share, manifest.result.incomplete) == (2, 0.96, "")


def test_warnings_of_version_0_1_0_keep_who_noted_them(tmp_path: Path) -> None:
    old = {
        **MADE_BY_0_1_0,
        "people_warnings": ["check its numbers"],
        "video_warnings": ["no sound", "no end"],
        "warnings": ["check its numbers", "no sound", "no end"],
    }
    manifest = read_back(old, tmp_path)
    assert manifest is not None
    assert manifest.notes == {"people": ("check its numbers",), "video": ("no sound", "no end")}
    assert manifest.warnings == old["warnings"]
    assert manifest.with_note("video", []).warnings == ["check its numbers"]


def test_settings_of_version_0_1_0_stand_where_they_belong_today(tmp_path: Path) -> None:
    manifest = read_back(MADE_BY_0_1_0, tmp_path)
    assert manifest is not None
    reasons = ["small", "blurred", "dark", "border", "low_score"]
    former = load_settings(overrides={"classifier.name": "residual", "quality.leave_out": reasons})
    assert manifest.settings == former
    old = changed(MADE_BY_0_1_0, ("settings", "annotation", "anonymize"), "pixelate")
    manifest = read_back(changed(old, ("settings", "annotation", "anonymize_margin"), 0.5), tmp_path)
    assert manifest is not None
    assert manifest.settings == merge_settings(former, None, {"anonymize.how": "pixelate", "anonymize.margin": 0.5})


def test_a_live_session_of_version_0_1_0_is_read(tmp_path: Path) -> None:
    old = {
        **MADE_BY_0_1_0,
        "source": "camera 0",
        "live": {"state": "ended", "captured": 100, "missed": 3},
        "live_warnings": ["3 pictures were missed"],
    }
    manifest = read_back(old, tmp_path)
    assert manifest is not None
    assert manifest.live == Live("ended", 100, 3)
    assert manifest.warnings == ["3 pictures were missed"]


def test_a_manifest_of_version_0_1_0_is_written_anew_without_its_old_names(tmp_path: Path) -> None:
    manifest = read_back({**MADE_BY_0_1_0, "people_warnings": ["check its numbers"]}, tmp_path)
    assert manifest is not None
    write_manifest(manifest, tmp_path / "run.json")
    content = json.loads((tmp_path / "run.json").read_text())
    assert not {name for name in content if name.endswith("_warnings")}
    assert not {name for name in content["settings"]["annotation"] if name.startswith("anonymize")}
    again = read_manifest(tmp_path / "run.json")
    assert again is not None
    assert dataclasses.replace(again, version=1) == manifest


# Damage


@pytest.mark.parametrize(
    "content",
    ['{"recording": ', "", "null", "[]", "3", '"x"', "{}", '{"recording": {}}', "\0", "[" * 100_000],
    ids=lambda content: content[:16],
)
def test_a_damaged_manifest_is_no_manifest(content: str, tmp_path: Path) -> None:
    assert read_manifest(tmp_path / "run.json") is None
    (tmp_path / "run.json").write_text(content)
    assert read_manifest(tmp_path / "run.json") is None


def test_bytes_that_are_no_text_are_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes(b'{"recording": "\xff"}')
    assert read_manifest(tmp_path / "run.json") is None
    (tmp_path / "run.json").unlink()
    (tmp_path / "run.json").mkdir()
    assert read_manifest(tmp_path / "run.json") is None


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("source",), 3),
        (("source",), None),
        (("source",), "a\0b"),
        (("recording",), "a.mp4"),
        (("recording",), []),
        (("recording", "width"), "640"),
        (("recording", "width"), 640.5),
        (("recording", "width"), True),
        (("recording", "width"), 10**40),
        (("recording", "duration_s"), 10**400),
        (("recording", "duration_s"), float("nan")),
        (("recording", "time_base"), "1/0"),
        (("recording", "time_base"), "0/1"),
        (("recording", "time_base"), "-1/1000"),
        (("recording", "time_base"), 0.001),
        (("recording", "time_base"), "1e999999999"),
        (("recording", "time_base"), "1" * 5000 + "/1"),
        (("recording", "audio"), "aac"),
        (("recording", "audio"), [3]),
        (("input",), []),
        (("input", "size_bytes"), None),
        (("input", "modified_ns"), 10**40),
        (("stages",), ["observe"]),
        (("stages", "observe"), 1),
        (("result",), 3),
        (("result", "frames"), "250"),
        (("result", "frames"), 2**63),
        (("result", "duration_s"), float("inf")),
        (("settings",), ["reading"]),
        (("settings", "reading", "fps"), "fast"),
        (("settings", "reading", "fps"), -1.0),
        (("settings", "reading", "speed"), 1.0),
        (("people",), "said"),
        (("notes",), ["no sound"]),
        (("notes", "video"), "no sound"),
        (("notes", "video"), [3]),
        (("live",), None),
        (("live", "state"), 3),
        (("videmo",), 1),
        (("manifest",), "two"),
    ],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else repr(value)[:12],
)
def test_a_value_of_another_kind_makes_a_manifest_none(place: tuple[str, ...], value: Any, tmp_path: Path) -> None:
    assert read_back(changed(whole().as_dict(), place, value), tmp_path) is None


@pytest.mark.parametrize("name", ["source", "input", "recording"])
def test_a_manifest_without_what_it_needs_is_none(name: str, tmp_path: Path) -> None:
    content = whole().as_dict()
    del content[name]
    assert read_back(content, tmp_path) is None


@pytest.mark.parametrize(
    "key",
    [
        "../a.mp4", "..", "day1/../../a.mp4", "day1/..", "/etc/a.mp4", "/", "", ".", "./a.mp4", "a.mp4/", "day1//a.mp4",
        "a\0.mp4", "\ud800.mp4", 3, None,
    ],
)  # fmt: skip
def test_a_key_that_leads_out_of_the_folder_or_is_spelled_oddly_makes_a_manifest_none(key: Any, tmp_path: Path) -> None:
    assert read_back(changed(whole().as_dict(), ("recording", "key"), key), tmp_path) is None


@pytest.mark.parametrize("key", ["=1+1.mp4", "...mp4", "day 1/..a/b..mp4", "C:.mp4", "größe\n.mp4", "\udcff.mp4"])
def test_other_keys_are_as_they_are(key: str, tmp_path: Path) -> None:
    manifest = read_back(changed(whole().as_dict(), ("recording", "key"), key), tmp_path)
    assert manifest is not None
    assert manifest.key == key


@pytest.mark.slow
@pytest.mark.parametrize("old", [False, True], ids=["today", "0.1.0"])
def test_whatever_stands_in_a_manifest_reading_it_never_fails(old: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(content: dict[str, Any]) -> Manifest | None:
        # Without the thousands of files, which take longer than all that is tried here.
        monkeypatch.setattr("videmo.results.manifest_file.read_json", lambda _: json.loads(json.dumps(content)))
        return read_manifest(Path("run.json"))

    good = json.loads(json.dumps(MADE_BY_0_1_0 if old else whole().as_dict()))
    for place in places(good):
        if place[0] == "settings" and len(place) > 2 and place[1] != "quality":
            continue  # one section stands for all, which are checked in the same way
        for content in (without(good, place), *(changed(good, place, value) for value in JUNK)):
            manifest = read(content)
            if manifest is not None:
                assert read(manifest.as_dict()) == dataclasses.replace(manifest, version=VERSION), place


@pytest.mark.parametrize("length", [-5.0, 3e13])
def test_a_length_that_no_recording_has_makes_it_damaged(length: float, tmp_path: Path) -> None:
    content = whole().as_dict()
    assert (
        read_back(json.loads(json.dumps(changed(content, ("result", "duration_s"), length), default=str)), tmp_path)
        is None
    )


@pytest.mark.parametrize("modified_ns", [-(10**19), 11_000_000_000 * 10**9, 2**62 * 10**9])
def test_dates_that_no_clock_shows_are_read_back(modified_ns: int, tmp_path: Path) -> None:
    manifest = whole()
    dated = dataclasses.replace(
        manifest,
        input=dataclasses.replace(manifest.input, modified_ns=modified_ns),
        recording=dataclasses.replace(manifest.recording, modified_ns=modified_ns),
    )
    write_manifest(dated, tmp_path / "run.json")
    assert read_manifest(tmp_path / "run.json") == dated
