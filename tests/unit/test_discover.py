"""Which files are recordings, and what their results are called."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import pytest

from runs import videmo
from videmo.batch.discover import EXTENSIONS, discover, find
from videmo.errors import UsageError
from videmo.results.names import MANIFEST, WORK

AWKWARD = [
    "two words.mp4",
    'it\'s "quoted".mp4',
    "größe 測試 😀.mp4",
    "two\nlines.mp4",
    "tab\there.mp4",
    "-rf.mp4",
    "=1+1.mp4",
    "[1]*?.mp4",
    "back\\slash.mp4",
    "100%.mp4",
    "$HOME;`ls`.mp4",
    "~.mp4",
]


def make(root: Path, *names: str) -> Path:
    """A folder with empty files, and manifests of results where they are named."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"videmo": "0.1.0"}' if path.name == MANIFEST else "")
    return root


def keys(*paths: str | Path, out: Path = Path("/nowhere")) -> list[str]:
    """Keys of all recordings found."""
    return [source.key for source in discover(paths, out)]


def found(paths: Sequence[str | Path], out: Path = Path("/nowhere")) -> dict[str, Path]:
    """Path of each recording by its key."""
    sources = discover(paths, out)
    assert len({source.key for source in sources}) == len(sources), "keys must differ"
    return {source.key: source.path for source in sources}


def test_folders_are_searched_to_any_depth_in_the_order_of_keys(tmp_path: Path) -> None:
    make(tmp_path, "b.mp4", "a/z.mp4", "a/b/c/d/deep.mp4", "empty/notes.txt")
    assert keys(tmp_path) == ["a/b/c/d/deep.mp4", "a/z.mp4", "b.mp4"]
    assert found([tmp_path])["a/z.mp4"] == tmp_path / "a" / "z.mp4"


def test_every_extension_counts_in_any_case(tmp_path: Path) -> None:
    names = [f"clip{extension}" for extension in EXTENSIONS] + ["LOUD.MP4", "Mixed.MoV"]
    assert keys(make(tmp_path, *names)) == sorted(names)
    assert {".mp4", ".mov", ".avi", ".mkv", ".webm", ".mts"} <= EXTENSIONS


def test_other_files_in_a_folder_are_left_alone(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4", "a.txt", "a.mp4.bak", "a.jpg", "mp4", "a.wav", "README", "a.mp4~", ".hidden.mp4", "._a.mp4")
    make(tmp_path, ".Trash/old.mp4")
    assert keys(tmp_path) == ["a.mp4"]


def test_a_folder_that_is_called_like_a_recording_is_searched(tmp_path: Path) -> None:
    assert keys(make(tmp_path, "day.mp4/anna.mp4")) == ["day.mp4/anna.mp4"]


def test_a_named_file_is_taken_whatever_its_extension(tmp_path: Path) -> None:
    make(tmp_path, "recording.dat", "none", ".hidden.mp4")
    assert keys(tmp_path / "recording.dat", tmp_path / "none", tmp_path / ".hidden.mp4") == [
        ".hidden.mp4",
        "none",
        "recording.dat",
    ]


def test_a_recording_that_is_named_twice_is_taken_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "day1/a.mp4")
    monkeypatch.chdir(tmp_path)
    assert keys("day1", tmp_path / "day1", "./day1/a.mp4", "day1/*.mp4") == ["a.mp4"]


def test_files_and_folders_can_be_mixed(tmp_path: Path) -> None:
    make(tmp_path, "day1/a.mp4", "day2/b.mp4", "c.dat")
    assert keys(tmp_path / "day1", tmp_path / "c.dat", tmp_path / "day2" / "b.mp4") == ["a.mp4", "b.mp4", "c.dat"]


def test_the_current_folder_can_be_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make(tmp_path, "day1/a.mp4"))
    assert keys(".") == ["day1/a.mp4"]
    monkeypatch.chdir(tmp_path / "day1")
    assert keys("..") == ["day1/a.mp4"]


def test_the_order_of_what_is_given_does_not_matter(tmp_path: Path) -> None:
    make(tmp_path, "a/1.mp4", "b/2.mp4", "c/3.mp4")
    folders = [tmp_path / name for name in "abc"]
    expected = found(folders)
    random.Random(1).shuffle(folders)
    assert found(folders[::-1]) == found(folders) == expected


# Links


@pytest.mark.parametrize("target", [".", "day1"], ids=["the folder above", "its own folder"])
def test_a_loop_of_links_ends(tmp_path: Path, target: str) -> None:
    make(tmp_path, "day1/a.mp4")
    (tmp_path / "day1" / "loop").symlink_to(tmp_path / target, target_is_directory=True)
    assert keys(tmp_path) == ["day1/a.mp4"]


def test_two_folders_that_link_to_each_other_end(tmp_path: Path) -> None:
    make(tmp_path, "one/a.mp4", "two/b.mp4")
    (tmp_path / "one" / "other").symlink_to(tmp_path / "two", target_is_directory=True)
    (tmp_path / "two" / "other").symlink_to(tmp_path / "one", target_is_directory=True)
    assert keys(tmp_path / "one") == ["a.mp4", "other/b.mp4"]


def test_a_link_that_points_to_itself_is_no_folder(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert keys(tmp_path) == ["a.mp4"]


def test_links_to_folders_elsewhere_are_followed(tmp_path: Path) -> None:
    make(tmp_path / "archive", "old.mp4")
    make(tmp_path / "study", "new.mp4")
    (tmp_path / "study" / "linked").symlink_to(tmp_path / "archive", target_is_directory=True)
    assert keys(tmp_path / "study") == ["linked/old.mp4", "new.mp4"]


def test_a_broken_link_is_a_recording_that_will_fail_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nothing.mp4")
    assert keys(tmp_path) == ["gone.mp4"]
    assert keys(tmp_path / "gone.mp4") == ["gone.mp4"]


def test_a_folder_that_cannot_be_listed_is_a_recording_that_will_fail_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scandir = os.scandir

    def refuse(folder: Path) -> object:
        if Path(folder).resolve().name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    make(tmp_path, "a.mp4", "closed/b.mp4")
    monkeypatch.setattr(os, "scandir", refuse)
    assert found([tmp_path]) == {"a.mp4": tmp_path / "a.mp4", "closed": tmp_path / "closed"}
    assert found([tmp_path / "closed"]) == {"closed": tmp_path / "closed"}
    monkeypatch.chdir(tmp_path / "closed")
    assert found(["."]) == {"closed": Path()}


# Results


def test_the_output_folder_inside_of_the_input_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a.mp4", "results/a.mp4/annotated.mp4")
    assert keys(tmp_path, out=tmp_path / "results") == ["a.mp4"]
    monkeypatch.chdir(tmp_path)
    assert keys(".", out=Path("results")) == ["a.mp4"]
    assert keys(tmp_path, out=Path("./results/")) == ["a.mp4"]


@pytest.mark.parametrize("spelling", ["elsewhere/../results", "link"])
def test_the_output_folder_is_left_out_however_it_is_spelled(tmp_path: Path, spelling: str) -> None:
    make(tmp_path / "study", "a.mp4", "results/a.mp4/annotated.mp4", "elsewhere/notes.txt")
    (tmp_path / "study" / "link").symlink_to(tmp_path / "study" / "results", target_is_directory=True)
    assert keys(tmp_path / "study", out=tmp_path / "study" / spelling) == ["a.mp4"]


def test_earlier_results_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4", f"old/{MANIFEST}", "old/a.mp4/annotated.mp4")
    make(tmp_path, f"older/day1/b.mp4/{MANIFEST}", "older/day1/b.mp4/annotated.mp4")
    assert keys(tmp_path) == ["a.mp4"]


def test_results_of_an_interrupted_run_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4", f"old/a.mp4/{WORK}/{MANIFEST}", "old/a.mp4/annotated.mp4")
    assert keys(tmp_path) == ["a.mp4"]


# Keys


def test_recordings_in_several_given_folders_are_named_with_their_folders(tmp_path: Path) -> None:
    make(tmp_path, "day1/anna.mp4", "day2/anna.mp4", "day2/ben.mp4", "day3/carla.mp4")
    assert found([tmp_path / "day1", tmp_path / "day2"]) == {
        "day1/anna.mp4": tmp_path / "day1" / "anna.mp4",
        "day2/anna.mp4": tmp_path / "day2" / "anna.mp4",
        "day2/ben.mp4": tmp_path / "day2" / "ben.mp4",
    }
    assert keys(tmp_path / "day1", tmp_path / "day3") == ["day1/anna.mp4", "day3/carla.mp4"]


def test_names_of_given_files_have_all_their_folders_or_none(tmp_path: Path) -> None:
    make(tmp_path, "P02/session1.mp4", "P03/session1.mp4", "P03/extra.mp4")
    files = sorted(tmp_path.glob("*/*.mp4"))
    assert keys(*files) == ["P02/session1.mp4", "P03/extra.mp4", "P03/session1.mp4"]
    assert keys(*files[:2]) == ["extra.mp4", "session1.mp4"]
    make(tmp_path, "P02/cam/a.mp4", "P03/cam/a.mp4")
    assert keys(*tmp_path.glob("*/cam/a.mp4")) == ["P02/cam/a.mp4", "P03/cam/a.mp4"]


def test_what_is_given_in_two_ways_has_the_longer_name(tmp_path: Path) -> None:
    make(tmp_path, "study/P02/a.mp4", "study/P02/notes.dat")
    both = [tmp_path / "study" / "P02" / "notes.dat", tmp_path / "study", tmp_path / "study" / "P02"]
    assert keys(*both) == keys(*reversed(both)) == ["P02/a.mp4", "P02/notes.dat"]


def test_a_home_is_no_part_of_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "margaret", "a.mp4", "videos/b.mp4")
    make(tmp_path / "disk", "a.mp4")
    monkeypatch.setenv("HOME", str(tmp_path / "margaret"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "margaret"))
    assert keys(tmp_path / "margaret", tmp_path / "disk") == ["a.mp4", "disk/a.mp4", "videos/b.mp4"]


def test_a_folder_of_results_inside_of_another_ones_is_avoided(tmp_path: Path) -> None:
    make(tmp_path, "one/a.mp4", "two/a.mp4/b.mp4")
    assert keys(tmp_path / "one" / "a.mp4", str(tmp_path / "two" / "*" / "*.mp4")) == ["one/a.mp4", "two/a.mp4/b.mp4"]


def test_equal_names_of_named_files_get_distinct_keys(tmp_path: Path) -> None:
    make(tmp_path, "study/day1/cam/anna.mp4", "study/day2/anna.mp4", "study/anna.mp4")
    files = [tmp_path / "study" / name for name in ("day1/cam/anna.mp4", "day2/anna.mp4", "anna.mp4")]
    assert list(found(files)) == ["cam/anna.mp4", "day2/anna.mp4", "study/anna.mp4"]


def test_equal_paths_below_two_roots_get_distinct_keys(tmp_path: Path) -> None:
    make(tmp_path, "camera1/day1/a.mp4", "camera2/day1/a.mp4")
    assert list(found([tmp_path / "camera1", tmp_path / "camera2"])) == ["camera1/day1/a.mp4", "camera2/day1/a.mp4"]


def test_keys_made_distinct_differ_from_all_others_too(tmp_path: Path) -> None:
    make(tmp_path, "p/a/x.mp4", "p/b/x.mp4", "q/a/x.mp4")
    assert len(found([tmp_path / "p" / "a", tmp_path / "p" / "b", tmp_path / "q"])) == 3


def test_a_recording_spelled_in_two_ways_is_taken_once(tmp_path: Path) -> None:
    make(tmp_path, "day1/a.mp4", "day2/b.mp4")
    assert keys(tmp_path / "day1", tmp_path / "day2" / ".." / "day1") == ["a.mp4"]


NFC, NFD = "caf\N{LATIN SMALL LETTER E WITH ACUTE}.mp4", "cafe\N{COMBINING ACUTE ACCENT}.mp4"


@pytest.mark.parametrize(("one", "other"), [("Anna.mp4", "anna.mp4"), (NFC, NFD), ("a", "a."), ("ΑΣ.mp4", "ας.mp4")])
def test_names_differ_on_file_systems_that_tell_fewer_apart(one: str, other: str, tmp_path: Path) -> None:
    make(tmp_path, f"day1/{one}", f"day2/{other}", "day2/ben.mp4")
    files = [tmp_path / "day1" / one, tmp_path / "day2" / other]
    assert found(files) == {f"day1/{one}": files[0], f"day2/{other}": files[1]}
    assert keys(files[0]) == [one]


def test_twins_in_one_folder_have_numbers_and_others_keep_their_names(tmp_path: Path) -> None:
    make(tmp_path, "in/Anna.mp4", "in/anna.mp4", "in/ANNA-2.mp4", "in/Day/a.mp4", "in/day/A.mp4", "in/ben.mp4")
    wanted = {
        "ANNA-2.mp4": "ANNA-2.mp4", "Anna.mp4": "Anna.mp4", "anna.mp4": "anna-3.mp4", "ben.mp4": "ben.mp4",
        "Day/a.mp4": "Day/a.mp4", "day/A.mp4": "day/A-2.mp4",
    }  # fmt: skip
    discovery = find([tmp_path / "in"], Path("/nowhere"))
    assert {each.path.relative_to(tmp_path / "in").as_posix(): each.key for each in discovery.sources} == wanted
    (note,) = discovery.notes
    assert note.startswith("2 recordings have a number in their names, as some file systems don't tell them from ")
    assert f"{tmp_path}/in/anna.mp4 is anna-3.mp4" in note


@pytest.mark.parametrize(
    "name",
    ["index.html", "Index.HTML", "recordings.csv", "run.json", "run-status-1-of-3.json", ".videmo.lock", "cast.csv"],
)
def test_no_recording_is_called_like_a_file_of_the_results(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, f"in/{name}", "in/a.mp4", f"in/deep/{name}")
    assert keys(tmp_path / "in" / name) == [f"in/{name}"]
    assert set(keys(tmp_path / "in" / "a.mp4", tmp_path / "in" / name)) == {"in/a.mp4", f"in/{name}"}
    monkeypatch.setenv("HOME", str(tmp_path / "in"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "in"))
    if name.startswith("."):
        with pytest.raises(UsageError, match="in the place of other files"):
            keys(tmp_path / "in" / name)
    else:
        assert keys(tmp_path / "in" / name) == [f"{Path(name).stem}-2{Path(name).suffix}"]


def test_keys_never_leave_the_output_folder(tmp_path: Path) -> None:
    make(tmp_path, "day1/a.mp4", "day1/sub/a.mp4")
    files = [tmp_path / "day1" / "sub" / ".." / "a.mp4", tmp_path / "day1" / "sub" / "a.mp4"]
    for key in keys(*files):
        assert ".." not in PurePosixPath(key).parts


# Names and patterns


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_names_are_found_in_folders_and_by_themselves(tmp_path: Path, name: str) -> None:
    make(tmp_path, f"a {name}.d/{name}")
    assert found([tmp_path]) == {f"a {name}.d/{name}": tmp_path / f"a {name}.d" / name}
    assert keys(tmp_path / f"a {name}.d" / name) == [name]


def test_names_that_are_not_utf8_are_found(tmp_path: Path) -> None:
    name = os.fsdecode(b"gr\xfc\xdfe.mp4")
    try:
        make(tmp_path, name)
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert keys(tmp_path) == [name]


def test_awkward_names_work_relative_to_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make(tmp_path, *AWKWARD))
    assert keys(*AWKWARD) == sorted(AWKWARD)


def test_patterns_are_expanded(tmp_path: Path) -> None:
    make(tmp_path, "day1/a1.mp4", "day1/a2.mp4", "day1/b1.mp4", "day2/deep/a3.mp4")
    assert keys(str(tmp_path / "day1" / "a*.mp4")) == ["a1.mp4", "a2.mp4"]
    assert keys(str(tmp_path / "day1" / "?1.mp4")) == ["a1.mp4", "b1.mp4"]
    assert keys(str(tmp_path / "**" / "a*.mp4")) == ["day1/a1.mp4", "day1/a2.mp4", "day2/deep/a3.mp4"]


def test_a_pattern_may_match_folders(tmp_path: Path) -> None:
    make(tmp_path, "day1/a.mp4", "day2/b.mp4", "other/c.mp4")
    assert keys(str(tmp_path / "day*")) == ["day1/a.mp4", "day2/b.mp4"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(tmp_path: Path) -> None:
    make(tmp_path, "clip[1].mp4", "clip1.mp4")
    assert keys(tmp_path / "clip[1].mp4") == ["clip[1].mp4"]


# Refusals


def test_a_folder_without_recordings_is_refused_with_what_was_looked_for(tmp_path: Path) -> None:
    make(tmp_path, "notes.txt")
    with pytest.raises(UsageError, match=r"no recordings found \(looked for .*\.mp4") as caught:
        keys(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_path_that_does_not_exist_is_refused_by_name(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4")
    with pytest.raises(UsageError, match=r"gone\.mp4: no such file or folder"):
        keys(tmp_path, tmp_path / "gone.mp4")


def test_a_pattern_that_matches_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\*\.mp4: no such file or folder"):
        keys(str(tmp_path / "*.mp4"))


def test_keys_of_a_pattern_do_not_depend_on_what_else_matches(tmp_path: Path) -> None:
    make(tmp_path, "day1/a.mp4")
    before = keys(str(tmp_path / "day*" / "a.mp4"))
    make(tmp_path, "day2/a.mp4")
    assert before == ["day1/a.mp4"]
    assert keys(str(tmp_path / "day*" / "a.mp4")) == ["day1/a.mp4", "day2/a.mp4"]


def test_a_pattern_takes_recordings_only_and_no_results(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4", "notes.txt", f"old/a.mp4/{MANIFEST}", "old/a.mp4/annotated.mp4", "out/x/annotated.mp4")
    assert keys(str(tmp_path / "**" / "*"), out=tmp_path / "out") == ["a.mp4"]


def test_a_folder_with_somebody_elses_run_json_is_searched(tmp_path: Path) -> None:
    make(tmp_path, "day1/a.mp4")
    (tmp_path / "day1" / MANIFEST).write_text('{"name": "my experiment"}')
    assert keys(tmp_path) == ["day1/a.mp4"]


def test_what_cameras_call_their_files_is_known(tmp_path: Path) -> None:
    cameras = (
        ".dv",
        ".mod",
        ".tod",
        ".mts",
        ".m2ts",
        ".vro",
        ".h264",
        ".hevc",
        ".insv",
        ".360",
        ".dav",
        ".mjpg",
        ".m2t",
    )
    names = [f"clip{ending}" for ending in cameras] + ["MOV001.MOD"]
    assert keys(make(tmp_path, *names)) == sorted(names)


def test_files_that_are_left_out_are_counted_by_their_endings(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4", "one.braw", "sub/two.BRAW", "notes.txt", "sub/README", ".hidden.txt", "._a.mp4", "x.wav")
    make(tmp_path, "results/run.json", "results/a.mp4/run.json", "results/a.mp4/.work/part.npz")
    discovery = find([tmp_path], tmp_path / "results")
    assert [source.key for source in discovery.sources] == ["a.mp4"]
    assert discovery.others == {".braw": 2, ".txt": 1, ".wav": 1, "": 1}
    (words,) = discovery.in_words()
    assert words.startswith("5 other files were left out: 2 .braw, 1 .txt, 1 .wav, 1 without an ending. Name a file")


def test_a_file_counts_as_left_out_once_however_often_it_is_reached(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4", "one.braw")
    assert find([tmp_path, tmp_path, tmp_path / "*"], Path("/nowhere")).others == {".braw": 1}
    assert find([tmp_path, tmp_path / "one.braw"], Path("/nowhere")).others == {}


def test_many_kinds_of_other_files_do_not_fill_the_screen(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4", *(f"file.{chr(97 + number)}x" for number in range(12)))
    (words,) = find([tmp_path], Path("/nowhere")).in_words()
    assert words.startswith("12 other files were left out: 1 .ax, 1 .bx")
    assert "1 .hx, 4 with other endings. " in words


def test_where_there_is_no_recording_the_other_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"3 other files: 2 \.braw, 1 \.r3d"):
        discover([make(tmp_path, "one.braw", "two.braw", "three.r3d")], Path("/nowhere"))


def test_no_other_files_are_nothing_to_speak_of(tmp_path: Path) -> None:
    assert find([make(tmp_path, "a.mp4")], Path("/nowhere")).in_words() == ()


@pytest.mark.slow
def test_the_command_line_names_what_is_left_out(samples: Path, tmp_path: Path) -> None:
    folder = make(tmp_path / "in", "one.braw", "two.braw")
    (folder / "a.mp4").write_bytes((samples / "no-face.mp4").read_bytes())
    arguments = ("analyze", folder, "--out", tmp_path / "out", "--no-annotate", "--no-plots", "--fps", "1")
    expected = "2 other files were left out: 2 .braw. Name a file itself to analyse it whatever its ending."
    assert expected in videmo(*arguments, "--dry-run").stdout
    done = videmo(*arguments)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout
