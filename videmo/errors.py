"""Define the errors that videmo raises on purpose. Each carries its parts, so that every door can word them."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Final

BUG: Final = "This is a bug in videmo: please report it."
"""Advice of errors that nothing on the user's side can cause."""


@dataclass(frozen=True, slots=True)
class Given:
    """Something that the user chose, as the subject of an error: a setting, or an argument of a function.

    From Python it reads ``port = 80``; the command line calls it by its option instead.
    """

    name: str
    """Dotted for a setting: ``detector.name``."""
    value: object = None
    """None to name it alone."""

    def __str__(self) -> str:
        return self.name if self.value is None else f"{self.name} = {self.value}"


class VidemoError(Exception):
    """Base of all errors that are the input's or the user's, not the program's.

    ``str()`` makes sentences of the parts: ``anna.mp4: no video stream. Remove it, or choose a file with video.``

    Args:
        subject: a file, or what the user chose as a `Given`.
        found: what was found or what failed, in words, without a full stop.
        expected: what was expected instead, in words; may be empty.
        advice: what to do, as whole sentences; may be empty.
    """

    def __init__(self, subject: object, found: str, expected: str = "", advice: str = "") -> None:
        super().__init__(subject, found, expected, advice)
        self.subject = subject
        self.found = found
        self.expected = expected
        self.advice = advice

    def __str__(self) -> str:
        return self.worded(str(self.subject))

    def worded(self, subject: str) -> str:
        """Make sentences of the parts, with another wording of the subject."""
        expected = f", expected {self.expected}" if self.expected else ""
        return f"{subject}: {self.found}{expected}." + (f" {self.advice}" if self.advice else "")


class UsageError(VidemoError):
    """The command or the settings make no sense (exit code 2)."""


class RecordingError(VidemoError):
    """One recording can't be analysed; the others are not affected."""


class SourceLost(RecordingError):
    """A camera or stream stopped delivering frames."""


class OutputError(VidemoError):
    """Results can't be written (read-only folder, full disk)."""


class EngineLost(VidemoError):
    """Say that what runs the tasks is gone, with all that was under way (exit code 3)."""


class ResultsError(VidemoError):
    """Results can't be read."""


class PeopleError(VidemoError):
    """A people.csv can't be read or contradicts itself or the recording."""


class StudyError(VidemoError):
    """An input of a study can't be read, contradicts itself, another input or the results."""


class WeightsError(VidemoError):
    """A model file is missing, damaged or not what it should be."""


class DatasetError(VidemoError):
    """Training or evaluation data is missing or malformed."""


MORE_MEMORY: Final = "Run fewer jobs at a time, or on a machine with more memory."
"""What to do where memory ran out."""


def memory_ran_out(error: BaseException) -> bool:
    """Tell whether an error, or what led to it, says that memory ran out, in words of Python, the loader or OpenCV."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    if any(words in str(error) for words in ("failed to map segment", "Cannot allocate memory", "Insufficient memory")):
        return True
    cause = error.__cause__ or error.__context__
    return cause is not None and memory_ran_out(cause)
