"""Declare the options that set a setting: type, help, range and default come from the setting's declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from videmo.errors import Given, UsageError
from videmo.settings import Declared, declared

FLAGS: dict[str, str] = {}
"""The flag of each setting that has an option."""
ARGUMENTS = {
    "out": "--out", "record": "--record", "port": "--port", "size": "--size", "jobs": "--jobs", "to": "--to",
    "film": "--video", "loop": "--loop", "every_frame": "--every-frame", "dataset": "--dataset",
    "shard": "--shard", "plan": "--plan", "engine": "--engine", "no_open": "--no-open", "ignore": "--ignore",
    "overwrite": "--overwrite",
}  # fmt: skip
"""The flag of each argument of a function that has an option; errors call both by name."""
_KEPT = "as in the earlier run"
_METAVARS = {float: "NUMBER", int: "NUMBER", str: "TEXT"}


def option(name: str, flag: str, *, default: str = "", more: str = "") -> Any:
    """Make the option that sets a setting.

    Yes-or-no settings are annotated as ``bool | None``, all others as ``Any``: values arrive as the setting's type, or
    as the word for leaving it unset. An option that isn't given is None.

    Args:
        name: dotted name of the setting.
        flag: as on the command line; ``--plots/--no-plots`` for yes or no.
        default: what happens without the option, where that differs from the declaration.
        more: a sentence that only holds for this command.
    """
    found = declared(name)
    FLAGS[name] = flag
    help_ = _help(found, default, more)
    if found.kind is bool:
        return typer.Option(flag, help=help_)
    metavar = "HOW" if found.setting.choices else _METAVARS[found.kind]
    return typer.Option(flag, help=help_, metavar=metavar, parser=_parser(found, flag))


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the settings whose options were given on the command line."""
    return {name: value for name, value in options.items() if value is not None}


def as_option(chosen: Given, arguments: Sequence[str]) -> str:
    """Call what the user chose by its option: ``--port 80``. A setting that comes from a file keeps its name.

    Args:
        chosen: the subject of an error.
        arguments: the command line.
    """
    flag = ARGUMENTS.get(chosen.name) or _on_command_line(FLAGS.get(chosen.name, ""), arguments)
    if not flag:
        return str(chosen)
    value = f"{chosen.value:g}" if isinstance(chosen.value, float) else chosen.value
    return flag if value is None else f"{flag} {value}"


def as_options(text: str) -> str:
    """Call the settings in a text by their options, where these take a value: ``reading.fps`` becomes ``--fps``."""
    for name, flag in FLAGS.items():
        text = text if "/" in flag else text.replace(f"{name}:", f"{flag}:")
    return text


def _on_command_line(flags: str, arguments: Sequence[str]) -> str:
    """Find which of the flags ``--plots/--no-plots`` is on a command line; empty if none is."""
    words = {argument.split("=")[0] for argument in arguments}
    return next((flag for flag in flags.split("/") if flag in words), "")


def _help(found: Declared, default: str, more: str) -> str:
    setting = found.setting
    text = (setting.brief or setting.sentence).replace("`", "'")
    facts = "; ".join(filter(None, [found.expected, f"default: {default or _default(found)}"]))
    # Brackets would be taken for markup, as in [bold].
    return " ".join(filter(None, [text, more])).replace("[", "\\[") + f"  \\[{facts}]"


def _default(found: Declared) -> str:
    if found.default is None:
        return found.setting.unset_means
    if found.kind is bool:
        return "yes" if found.default else "no"
    return f"{found.default:g}" if found.kind is float else str(found.default)


def _parser(found: Declared, flag: str) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        if found.setting.unset_means and text == found.setting.unset:
            return text
        try:
            return found.kind(text)
        except ValueError:
            words = "not a whole number" if found.kind is int else "not a number"
            raise UsageError(f"{flag} {text}", words, found.expected) from None

    return parse


Fps = Annotated[Any, option("reading.fps", "--fps")]
Stream = Annotated[Any, option("reading.stream", "--stream")]
Rotate = Annotated[Any, option("reading.rotate", "--rotate")]
FpsLive = Annotated[Any, option("reading.fps", "--fps", default="as many as possible")]
AssumeFps = Annotated[Any, option("reading.assume_fps", "--assume-fps")]
DetectorName = Annotated[Any, option("detector.name", "--detector")]
MinFace = Annotated[Any, option("detector.min_size_px", "--min-face")]
MaxSide = Annotated[Any, option("detector.max_side", "--max-side")]
ClassifierName = Annotated[Any, option("classifier.name", "--classifier")]
Emotions = Annotated[Any, option("classifier.emotions", "--emotions")]
Identity = Annotated[bool | None, option("identity.enabled", "--identity/--no-identity")]
Step = Annotated[Any, option("timeline.step_s", "--step", default=_KEPT)]
Smoothing = Annotated[Any, option("timeline.smoothing_s", "--smoothing", default=_KEPT)]
CsvStyle = Annotated[Any, option("tables.csv_style", "--csv-style")]
KeptCsvStyle = Annotated[Any, option("tables.csv_style", "--csv-style", default=_KEPT)]
Plots = Annotated[bool | None, option("plots.enabled", "--plots/--no-plots")]
Report = Annotated[bool | None, option("report.enabled", "--report/--no-report")]
RecordedPlots = Annotated[bool | None, option("plots.enabled", "--plots/--no-plots", more="Only with --record.")]
RecordedReport = Annotated[bool | None, option("report.enabled", "--report/--no-report", more="Only with --record.")]
Annotate = Annotated[bool | None, option("annotation.enabled", "--annotate/--no-annotate")]
Audio = Annotated[bool | None, option("annotation.audio", "--audio/--no-audio")]
KeptAudio = Annotated[bool | None, option("annotation.audio", "--audio/--no-audio", default=_KEPT)]
Quality = Annotated[Any, option("annotation.quality", "--quality", default=_KEPT)]
Anonymize = Annotated[Any, option("anonymize.how", "--anonymize")]
KeptAnonymize = Annotated[Any, option("anonymize.how", "--anonymize", default=_KEPT)]
