"""Settings: where they come from, what is refused, and what they are told apart by."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from typer.testing import CliRunner

import videmo
from videmo.batch.run import Foreseen
from videmo.cli.app import app
from videmo.cli.options import given, option
from videmo.cli.settings_page import settings_page, study_settings_page
from videmo.config import fingerprint, load_settings, merge_settings, settings_from_dict
from videmo.errors import UsageError
from videmo.settings import (
    MOVED,
    AnonymizeSettings,
    DetectorSettings,
    EpisodeSettings,
    QualitySettings,
    Range,
    ReadingSettings,
    Section,
    Settings,
    TrackingSettings,
    declarations,
    declared,
    setting,
    shaping,
)

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


def toml(folder: Path, text: str) -> Path:
    """A configuration file."""
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(overrides: dict[str, Any]) -> str:
    """What is said about settings that are refused."""
    with pytest.raises(UsageError) as caught:
        load_settings(overrides=overrides)
    return str(caught.value)


def test_without_anything_the_defaults_hold() -> None:
    assert load_settings() == Settings()
    assert load_settings().reading.fps is None


def test_every_section_and_default_can_be_written_in_a_file(tmp_path: Path) -> None:
    lines = []
    for section, values in dataclasses.asdict(Settings()).items():
        lines.append(f"[{section}]")
        for key, value in values.items():
            written = declared(f"{section}.{key}").setting.unset if value is None else value
            lines.append(f"{key} = {json.dumps(written)}")
    assert load_settings(toml(tmp_path, "\n".join(lines))) == Settings()


def test_a_file_changes_only_what_it_names(tmp_path: Path) -> None:
    settings = load_settings(toml(tmp_path, "[reading]\nfps = 5\n[plots]\nenabled = false\n"))
    expected = dataclasses.replace(
        Settings(),
        reading=dataclasses.replace(Settings().reading, fps=5.0),
        plots=dataclasses.replace(Settings().plots, enabled=False),
    )
    assert settings == expected
    assert isinstance(settings.reading.fps, float)


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert load_settings(toml(tmp_path, "")) == Settings()


def test_a_flag_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    path = toml(tmp_path, "[reading]\nfps = 5\nchunk_s = 20\n")
    settings = load_settings(path, {"reading.fps": 2.0})
    assert settings.reading.fps == 2.0
    assert settings.reading.chunk_s == 20.0
    assert settings.timeline == Settings().timeline


def test_a_file_wins_over_the_settings_of_an_earlier_run(tmp_path: Path) -> None:
    base = load_settings(overrides={"reading.fps": 3.0, "timeline.step_s": 1.0, "episodes.enter": 0.9})
    merged = merge_settings(base, toml(tmp_path, "[timeline]\nstep_s = 0.5\n"), {"episodes.enter": 0.8})
    assert (merged.reading.fps, merged.timeline.step_s, merged.episodes.enter) == (3.0, 0.5, 0.8)
    assert base.timeline.step_s == 1.0


def test_all_frames_can_be_asked_for_over_a_file_that_samples(tmp_path: Path) -> None:
    path = toml(tmp_path, "[reading]\nfps = 5\n")
    assert load_settings(path, {"reading.fps": "all"}).reading.fps is None
    assert load_settings(toml(tmp_path, '[reading]\nfps = "all"\n')).reading.fps is None


def test_an_unknown_key_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    path = toml(tmp_path, "[timeline]\nsmothing_s = 1\n")
    with pytest.raises(UsageError, match=r"unknown setting 'timeline\.smothing_s'") as caught:
        load_settings(path)
    assert "Did you mean 'timeline.smoothing_s'?" in str(caught.value)
    assert str(path) in str(caught.value)


def test_an_unknown_section_is_answered_with_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"unknown setting 'episode'.*Did you mean 'episodes'\?"):
        load_settings(toml(tmp_path, "[episode]\nenter = 0.5\n"))


def test_a_key_unlike_any_is_answered_with_all_that_are_known() -> None:
    message = refusal({"reading.colour": 1})
    assert "unknown setting 'reading.colour'" in message
    assert "fps, chunk_s" in message


def test_a_key_of_another_section_is_unknown_here() -> None:
    assert "unknown setting 'timeline.fps'" in refusal({"timeline.fps": 5})


def test_a_key_outside_of_a_table_is_refused(tmp_path: Path) -> None:
    path = toml(tmp_path, "reading = 5\n")
    with pytest.raises(UsageError, match=r"'reading' is not in a table.*\[reading\]") as caught:
        load_settings(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("reading.fps", "fast", "a number"),
        ("reading.fps", True, "a number"),
        ("reading.chunk_s", None, "a number"),
        ("reading.chunk_s", "10", "a number"),
        ("reading.chunk_s", "all", "a number"),
        ("detector.min_neighbours", 5.5, "a whole number"),
        ("detector.min_neighbours", True, "a whole number"),
        ("detector.name", 7, "a text"),
        ("plots.enabled", 1, "true or false"),
        ("plots.enabled", "yes", "true or false"),
        ("annotation.quality", [23], "a whole number"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_name(name: str, value: object, expected: str) -> None:
    message = refusal({name: value})
    assert f"'{name}' is {value!r}, expected {expected}." in message


def test_a_table_in_the_place_of_a_value_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'reading\.fps' is .*, expected a number"):
        load_settings(toml(tmp_path, "[reading.fps]\nvalue = 5\n"))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("reading.fps", 0.0, "above 0"),
        ("reading.fps", -5.0, "above 0"),
        ("reading.fps", 1001.0, "at most 1000"),
        ("reading.fps", float("nan"), "above 0"),
        ("reading.fps", float("inf"), "at most 1000"),
        ("reading.chunk_s", 0.0, "0.1 to 3600"),
        ("detector.scale_factor", 1.0, "1.01 to 4"),
        ("detector.min_neighbours", 0, "1 to 100"),
        ("detector.min_size_px", 4, "8 to 4000"),
        ("detector.max_side", 10, "32 to 8192"),
        ("detector.min_score", 0.0, "0.01 to 0.99"),
        ("tracking.max_gap_s", -1.0, "0 to 60"),
        ("tracking.min_overlap", 0.0, "above 0, below 1"),
        ("tracking.min_overlap", 1.0, "above 0, below 1"),
        ("tracking.min_detections", 0, "at least 1"),
        ("tracking.min_duration_s", float("nan"), "at least 0 seconds"),
        ("tracking.min_duration_s", float("inf"), "at least 0 seconds"),
        ("tracking.min_presence", 1.5, "0 to 1"),
        ("tracking.cut_threshold", 0.0, "above 0"),
        ("timeline.step_s", 0.0, "0.01 to 3600"),
        ("timeline.smoothing_s", -0.1, "0 to 60"),
        ("timeline.max_gap_s", 0.0, "0.01 to 60"),
        ("episodes.enter", 1.1, "at most 1"),
        ("episodes.leave", 0.9, "0 to episodes.enter"),
        ("episodes.leave", 1.5, "0 to episodes.enter"),
        ("quality.fair_share", 0.95, "0 to quality.good_share"),
        ("episodes.min_duration_s", -1.0, "at least 0 seconds"),
        ("plots.dpi", 10, "30 to 1200"),
        ("annotation.quality", 52, "0 to 51"),
        ("anonymize.hold_s", 61.0, "0 to 60 seconds"),
        ("anonymize.min_score", 0.5, "0.01 to anonymize.sure_score"),
        ("detector.max_side", 9000, "32 to 8192 pixels, or 'auto'"),
    ],
)
def test_a_value_out_of_range_is_refused_by_name_with_what_was_expected(name: str, value: float, expected: str) -> None:
    message = refusal({name: value})
    assert f"{name} = {value}" in message
    assert "out of range" in message
    assert expected in message


def test_a_value_of_another_kind_is_refused_in_python_too() -> None:
    with pytest.raises(UsageError, match=r"detector\.max_side = auto: a text, .* In Python, None stands for 'auto'\."):
        videmo.FaceDetector(max_side="auto")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"classifier\.prior_power = x: a text, expected 0 to 1"):
        videmo.EmotionClassifier(prior_power="x")  # type: ignore[arg-type]
    with pytest.raises(
        UsageError, match=r"detector\.max_side = \[640\]: a list, expected 32 to 8192 pixels, or 'auto'"
    ):
        videmo.FaceDetector(max_side=[640])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"min_detections = 2\.5: a number with a fraction, expected at least 1"):
        TrackingSettings(min_detections=2.5)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"tracking\.min_detections = True: true or false, expected at least 1"):
        TrackingSettings(min_detections=True)
    with pytest.raises(UsageError, match=r"detector\.name = 3: a number, expected a text"):
        videmo.FaceDetector(3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"classifier\.name = .*: bytes, expected a text"):
        videmo.EmotionClassifier(b"broad")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", list(declarations()))
@pytest.mark.parametrize("value", [b"1", {}, [1], object(), 1.5j, {"a"}, ("a", 1)])
def test_no_setting_takes_a_value_of_another_kind(name: str, value: object) -> None:
    section, _, key = name.partition(".")
    kind = type(getattr(Settings(), section))
    with pytest.raises(UsageError, match=re.escape(name)):
        kind(**{key: value})
    with pytest.raises(UsageError, match=key):
        load_settings(overrides={name: value})


def test_numbers_of_other_kinds_become_those_that_files_hold() -> None:
    given = ReadingSettings(fps=np.int64(5))
    assert fingerprint(given) == fingerprint(load_settings(overrides={"reading.fps": 5}).reading)
    assert type(given.fps) is float
    assert type(DetectorSettings(max_side=np.uint16(640)).max_side) is int
    assert load_settings(overrides={"reading.fps": np.float32(5)}).reading == given
    assert QualitySettings(leave_out=["blurred"]).leave_out == ("blurred",)  # type: ignore[arg-type]
    assert DetectorSettings(name=Path("a.tflite")).name == "a.tflite"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [("reading.fps", 1000.0), ("tracking.max_gap_s", 0), ("timeline.smoothing_s", 0), ("annotation.quality", 51)],
)
def test_the_ends_of_a_range_belong_to_it(name: str, value: float) -> None:
    section, key = name.split(".")
    assert getattr(getattr(load_settings(overrides={name: value}), section), key) == value


def test_leave_may_be_as_high_as_enter_but_is_checked_against_the_one_in_force(tmp_path: Path) -> None:
    assert EpisodeSettings(enter=0.5, leave=0.5).leave == 0.5
    assert load_settings(toml(tmp_path, "[episodes]\nenter = 0.3\n"), {"episodes.leave": 0.2}).episodes.leave == 0.2
    with pytest.raises(UsageError, match=r"episodes\.leave = 0\.4"):
        load_settings(toml(tmp_path, "[episodes]\nenter = 0.3\n"))


def test_settings_made_by_hand_are_checked_too() -> None:
    with pytest.raises(UsageError, match=r"reading\.fps"):
        ReadingSettings(fps=-1)


def test_a_value_out_of_range_is_refused_with_the_file_it_comes_from(tmp_path: Path) -> None:
    path = toml(tmp_path, "[reading]\nfps = 0\n")
    with pytest.raises(UsageError) as caught:
        load_settings(path)
    assert str(caught.value).startswith(f"{path}, reading.fps = 0.0: out of range, expected above 0")
    with pytest.raises(UsageError, match=r"^reading\.fps = -1\.0: out of range"):
        load_settings(path, {"reading.fps": -1.0})


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().reading.fps = 5.0  # type: ignore[misc]


@pytest.mark.parametrize("content", [b"[reading\nfps = 5", b"fps: 5", b"\xff\xfe[\x00"])
def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "study.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"study\.toml: not a TOML file"):
        load_settings(path)


def test_a_file_that_is_missing_or_a_folder_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.toml: cannot be read"):
        load_settings(tmp_path / "gone.toml")
    with pytest.raises(UsageError, match="cannot be read"):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    "overrides",
    [{}, {"reading.fps": 2.5, "detector.name": "größe.xml", "plots.enabled": False, "timeline.smoothing_s": 0}],
    ids=["defaults", "changed"],
)
def test_saved_settings_come_back(overrides: dict[str, Any]) -> None:
    settings = load_settings(overrides=overrides)
    assert settings_from_dict(dataclasses.asdict(settings)) == settings
    assert settings_from_dict(json.loads(json.dumps(dataclasses.asdict(settings)))) == settings


def test_saved_settings_with_an_unknown_key_are_refused() -> None:
    tree = dataclasses.asdict(Settings())
    tree["reading"]["colour"] = True
    with pytest.raises(UsageError, match=r"saved settings: unknown setting 'reading\.colour'"):
        settings_from_dict(tree)


def test_saved_settings_with_a_value_in_the_place_of_a_section_are_refused() -> None:
    with pytest.raises(UsageError, match="'reading' is 5, expected a table of settings"):
        settings_from_dict({"reading": 5})


def test_a_fingerprint_is_the_same_on_every_machine() -> None:
    # Worked out once with sha256sum over: [1, "a", {"k": null}]
    assert fingerprint(1, "a", {"k": None}) == "4734f18e7275e132"


@pytest.mark.slow
def test_a_fingerprint_is_the_same_in_another_process() -> None:
    program = "from videmo.config import Settings, fingerprint; print(fingerprint(1, Settings(), {'b': 1, 'a': 2}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == fingerprint(1, Settings(), {"a": 2, "b": 1})


def test_a_fingerprint_tells_settings_apart() -> None:
    trees = [Settings(), *(load_settings(overrides=change) for change in ({"reading.fps": 5}, {"reading.fps": 5.5}))]
    assert len({fingerprint(tree) for tree in trees}) == 3
    assert fingerprint("a", "b") != fingerprint("b", "a")
    assert fingerprint("ab") != fingerprint("a", "b")


def test_equal_settings_have_equal_fingerprints_however_they_were_given(tmp_path: Path) -> None:
    by_file = load_settings(toml(tmp_path, "[reading]\nfps = 5\n"))
    by_flag = load_settings(overrides={"reading.fps": 5.0})
    assert fingerprint(by_file) == fingerprint(by_flag)


def test_auto_leaves_a_setting_to_the_detector_and_all_means_every_frame(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[reading]\nfps = "all"\n[detector]\nmax_side = "auto"\nmin_score = 0.4\n')
    settings = load_settings(path)
    assert (settings.reading.fps, settings.detector.max_side, settings.detector.min_score) == (None, None, 0.4)
    path.write_text('[detector]\nmax_side = "all"\n')
    with pytest.raises(UsageError, match=r"'detector\.max_side' is .*, expected a whole number"):
        load_settings(path)


def test_a_choice_is_refused_with_all_that_there_are() -> None:
    assert refusal({"anonymize.how": "smear"}) == (
        "anonymize.how = smear: unknown value, expected one of none, blur, pixelate, box."
    )
    assert "quality.leave_out = ['ugly']: unknown value, expected any of small" in refusal(
        {"quality.leave_out": ["small", "ugly"]}
    )


def test_each_setting_is_declared_with_a_sentence_a_default_that_is_allowed_and_a_range() -> None:
    tree = dataclasses.asdict(Settings())
    assert list(declarations()) == [f"{section}.{key}" for section, values in tree.items() for key in values]
    for name, found in declarations().items():
        assert found.name == name
        assert found.setting.sentence.endswith("."), name
        assert found.kind in (float, int, bool, str, tuple), name
        if found.kind in (float, int):
            assert found.setting.within is not None, f"{name} has no range"


def test_a_setting_that_may_be_none_has_to_say_what_that_means() -> None:
    with pytest.raises(TypeError, match="says what that means"):
        setting(None, "Something.")
    with pytest.raises(TypeError, match="says what that means"):
        setting(1.0, "Something.", unset_means="nothing")


def test_results_depend_on_every_setting_unless_it_is_declared_neutral() -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class New(Section):
        section: ClassVar[str] = "new"
        old: int = setting(1, "An old setting.", within=Range(0, 9))
        added: float = setting(2.0, "A setting that was added.")
        undeclared: int = 3
        enabled: bool = setting(True, "Whether it is done at all.", neutral=True)

    assert shaping(New()) == {"old": 1, "added": 2.0, "undeclared": 3}
    with pytest.raises(UsageError, match=r"^new\.old = 10: out of range, expected 0 to 9\.$"):
        New(old=10)


def test_what_does_not_change_results_is_declared_neutral_and_nothing_else() -> None:
    neutral = {name for name, found in declarations().items() if found.setting.neutral}
    assert neutral == {"reading.chunk_s", "plots.enabled", "report.enabled", "annotation.enabled"}
    assert shaping(Settings())["reading"] == {"fps": None, "stream": None, "assume_fps": None, "rotate": "none"}
    assert shaping(Settings())["timeline"] == dataclasses.asdict(Settings().timeline)


FORMER = {
    "anonymize": "box",
    "anonymize_margin": 0.5,
    "anonymize_hold_s": 3.0,
    "anonymize_max_side": 1280,
    "anonymize_sure_score": 0.6,
    "anonymize_min_score": 0.2,
}
RENAMED = AnonymizeSettings("box", 0.5, 3.0, 1280, 0.6, 0.2)


def test_former_names_of_settings_are_read_from_files_results_and_options(tmp_path: Path) -> None:
    assert [f"annotation.{key}" for key in FORMER] == list(MOVED)
    saved = {section: values for section, values in dataclasses.asdict(Settings()).items() if section != "anonymize"}
    saved["annotation"] |= FORMER
    assert settings_from_dict(saved).anonymize == RENAMED
    lines = [f"{key} = {json.dumps(value)}" for key, value in FORMER.items()]
    path = toml(tmp_path, "\n".join(["[annotation]", "quality = 20", *lines]))
    assert load_settings(path).anonymize == RENAMED
    assert load_settings(path).annotation.quality == 20
    assert load_settings(overrides={f"annotation.{key}": value for key, value in FORMER.items()}).anonymize == RENAMED


def test_an_option_with_the_present_name_wins_over_a_file_with_the_former_one(tmp_path: Path) -> None:
    path = toml(tmp_path, '[annotation]\nanonymize = "box"\n')
    assert load_settings(path, {"anonymize.how": "blur"}).anonymize.how == "blur"


def test_a_setting_under_both_of_its_names_is_refused(tmp_path: Path) -> None:
    path = toml(tmp_path, '[annotation]\nanonymize = "box"\n[anonymize]\nhow = "blur"\n')
    with pytest.raises(UsageError, match=r"'annotation\.anonymize' is the former name of 'anonymize\.how'") as caught:
        load_settings(path)
    assert str(path) in str(caught.value)


def test_the_page_of_settings_is_made_from_the_declarations() -> None:
    assert DOCS.read_text(encoding="utf-8") == settings_page(), "run: make docs"
    assert DOCS.with_name("study-settings.md").read_text(encoding="utf-8") == study_settings_page(), "run: make docs"


def test_options_say_what_is_declared_about_their_setting() -> None:
    quality = option("annotation.quality", "--quality")
    assert quality.help == (
        "Constant rate factor of the x264 encoder; lower values give better quality and larger files.  "
        "\\[0 to 51; default: 23]"
    )
    assert option("reading.fps", "--fps").help.endswith(
        "\\[above 0, at most 1000 frames per second, or 'all'; default: every frame]"
    )
    assert option("plots.enabled", "--plots/--no-plots").help == "Draw plots.  \\[default: yes]"


def test_options_take_a_value_of_the_setting_or_the_word_for_none() -> None:
    parse = option("reading.fps", "--fps").parser
    assert (parse("all"), parse("2.5"), parse("5")) == ("all", 2.5, 5.0)
    assert option("detector.max_side", "--max-side").parser("auto") == "auto"
    assert given({"reading.fps": parse("all"), "detector.max_side": None}) == {"reading.fps": "all"}
    with pytest.raises(UsageError, match=r"--fps often: not a number, expected above 0, at most 1000 .*, or 'all'"):
        parse("often")
    with pytest.raises(UsageError, match=r"--max-side 1\.5: not a whole number, expected 32 to 8192"):
        option("detector.max_side", "--max-side").parser("1.5")


@pytest.mark.parametrize(("arguments", "enabled"), [((), False), (("--plots",), True), (("--no-plots",), False)])
def test_a_yes_or_no_option_wins_over_the_file_in_both_directions(
    arguments: tuple[str, ...], enabled: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Settings] = []
    monkeypatch.setattr("videmo.batch.run.plan_batch", lambda sources, out, tree, **_: seen.append(tree) or Foreseen())
    (tmp_path / "clip.mp4").touch()
    path = toml(tmp_path, "[plots]\nenabled = false\n")
    command = ["analyze", str(tmp_path / "clip.mp4"), "--dry-run", "--fps", "all", "--config", str(path), *arguments]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert (seen[0].plots.enabled, seen[0].reading.fps) == (enabled, None)


@pytest.mark.parametrize("text", ["[reading]\nfps = " + "[" * 5000 + "]" * 5000, f"[reading]\nfps = {10**400}"])
def test_values_that_are_nested_too_deeply_or_too_large_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(text)
    with pytest.raises(UsageError, match=r"nested too deeply|too large"):
        load_settings(tmp_path / "a.toml")


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """Windows' editor writes one."""
    path = tmp_path / "settings.toml"
    path.write_text("[reading]\nfps = 5.0\n", encoding="utf-8-sig")
    assert load_settings(path).reading.fps == 5.0
