"""Errors of tasks in words: what a lack of memory says, and what only a bug can cause."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from videmo.batch.engines.execute import execute
from videmo.records import Source


@dataclass(frozen=True)
class Failing:
    """A task that raises."""

    error: Exception
    source: ClassVar[Source] = Source(Path("/anna.mp4"), "anna.mp4")
    rank: ClassVar[int] = 0
    weight: ClassVar[float] = 0.0

    def run(self) -> None:
        raise self.error


def caused(error: Exception, cause: Exception) -> Exception:
    """An error that another one led to."""
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        caused(ImportError("Unable to import required dependency numpy."), ImportError("failed to map segment")),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        ImportError("libscipy_openblas.so: failed to map segment from shared object"),
        RuntimeError("OpenCV(4.14.0) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate 1 bytes"),
    ],
)
def test_a_lack_of_memory_is_no_bug(error: Exception) -> None:
    failure = execute(Failing(error)).failure
    assert failure == "/anna.mp4: memory ran out. Run fewer jobs at a time, or on a machine with more memory."


def test_anything_else_is(tmp_path: Path) -> None:
    assert "bug in videmo" in execute(Failing(ImportError("No module named 'x'"))).failure
