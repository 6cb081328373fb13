"""Share what all commands need: the wording of errors, options that set no setting, interruption."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from videmo.cli.interrupts import INTERRUPTED
from videmo.cli.options import as_option
from videmo.errors import BUG, MORE_MEMORY, EngineLost, Given, UsageError, VidemoError, memory_ran_out
from videmo.terminal import printable as printable

Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Settings as a TOML file; options take precedence."),
]
Debug = Annotated[bool, typer.Option("--debug", help="Show where in the program an error occurred.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Recordings = Annotated[
    Path | None,
    typer.Option(
        "--recordings", metavar="FOLDER", help="Where the recordings are now, if moved; found by their content."
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, max=1024, help="Worker processes.  \\[default: one per core]"),
]
_CODES = {UsageError: 2, EngineLost: 3}
"""Exit codes of errors; 1 of all others."""
_LITTLE = 1 << 20
"""Bytes below which a file system counts as full."""
_FILES = frozenset(
    {".csv", ".html", ".json", ".md", ".onnx", ".parquet", ".png", ".svg", ".tflite", ".txt", ".xlsx", ".xml"}
)
"""Endings of files that commands write."""
DATA_HELP = "Folder that contains data/.  \\[default: $VIDEMO_DATA]"


def guarded(run: Callable[[], Any]) -> int:
    """Run the command line; turn videmo's errors into a line on stderr and an exit code."""
    debug = "--debug" in sys.argv
    try:
        run()
    except SystemExit as exc:
        return exc.code if isinstance(exc.code, int) else 0
    except VidemoError as exc:
        if debug:
            raise
        say_error(worded(exc))
        return next((code for kind, code in _CODES.items() if isinstance(exc, kind)), 1)
    except BrokenPipeError:
        return 1
    except OSError as exc:
        if debug:
            raise
        where = exc.filename or _full(exc) or "a file"
        if memory_ran_out(exc):
            return _say_memory()
        say_error(f"{where}: {exc.strerror or exc}. Check the disk and the permissions.")
        return 1
    except (MemoryError, ImportError) as exc:
        if debug or not memory_ran_out(exc):
            raise
        return _say_memory()
    return 0


def _say_memory() -> int:
    say_error(f"memory ran out. {MORE_MEMORY}")
    return 1


def _full(error: OSError) -> str:
    """Name the places for temporary files that are full; empty if none is, or that is not what is wrong."""
    if error.errno != errno.ENOSPC:
        return ""
    places = dict.fromkeys(("/dev/shm", tempfile.gettempdir()))
    return ", ".join(place for place in places if os.path.isdir(place) and shutil.disk_usage(place).free < _LITTLE)  # noqa: PTH112


@contextmanager
def interruptible(advice: str = " Run the same command again to resume.") -> Iterator[None]:
    """Answer Ctrl-C with one sentence. Used inside a command, because typer would end it without a word."""
    try:
        yield
    except KeyboardInterrupt:
        say_error(f"interrupted.{advice}")
        raise typer.Exit(INTERRUPTED) from None


def worded(error: VidemoError) -> str:
    """Word an error for the command line: what the user chose is called by its option."""
    if not isinstance(error.subject, Given):
        return str(error)
    return error.worded(as_option(error.subject, sys.argv[1:]))


def say_error(sentence: str) -> None:
    """Print one error to stderr; what can't be printed is escaped. Nobody may be there to read it any more."""
    with suppress(OSError):
        print(f"videmo: {printable(sentence)}", file=sys.stderr, flush=True)


def say_failure(reason: str, details: str, *, debug: bool) -> None:
    """Print why a recording failed, and the traceback or, for a bug, the option that shows it."""
    hint = " Run again with --debug to see where it occurs." if reason.endswith(BUG) and not debug else ""
    say_error(f"{reason}{hint}")
    if debug and details:
        print(details, file=sys.stderr)


def cores() -> int:
    """Count the cores that this process may use."""
    from videmo.machine import usable_cores

    return usable_cores()


def a_folder(path: Path | None) -> Path | None:
    """Check that what a folder is to be called is no file's name: several files are written, below it.

    Raises:
        UsageError: it ends like a file, and is no folder that is there.
    """
    if path is not None and path.suffix.lower() in _FILES and not path.is_dir():
        advice = f"Choose a name without {path.suffix}."
        raise UsageError(path, "the name of a file, where a folder is made", advice=advice)
    return path


def folder_option(help_: str, *flags: str) -> Any:
    """Make the option that names a folder to write to, ``--out`` unless other flags are given."""
    return typer.Option(*(flags or ("--out", "-o")), callback=a_folder, help=help_)


def data_folder(data: Path | None) -> Path:
    """Return the folder with data for training and evaluation.

    Raises:
        UsageError: none was named.
    """
    if data is None:
        raise UsageError("--data", "no data folder", advice="Set it or VIDEMO_DATA to the folder that contains data/.")
    return data
