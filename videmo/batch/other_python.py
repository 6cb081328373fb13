"""Run a script in another Python: for packages that need versions of others that can't live beside ours."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from videmo.errors import UsageError


def run_script(python: str, script: Path, arguments: Sequence[str]) -> None:
    """Run a script to its end. What it has to say lies in the files that it writes.

    Args:
        python: the interpreter: a path, or a name in ``$PATH``.
        script: the script's file.
        arguments: of the script.

    Raises:
        UsageError: there is no such interpreter, or the script failed in it.
    """
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": "", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            [python, str(script), *arguments],
            env={**os.environ, **quiet},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as exc:
        raise UsageError(python, f"cannot be run ({exc.strerror})", "an interpreter of Python") from exc
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise UsageError(python, f"{script.name} failed in it ({said[-1]})")
