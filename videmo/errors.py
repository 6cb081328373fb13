"""Errors that videmo raises on purpose. Each message names the file, what was found, and what to do."""

from __future__ import annotations


class VidemoError(Exception):
    """Base of all errors that are the input's or the user's, not the program's."""


class UsageError(VidemoError):
    """The command or the settings make no sense (exit code 2)."""


class RecordingError(VidemoError):
    """One recording cannot be analysed; the others are not affected."""


class SourceLost(RecordingError):
    """A camera or stream gives no more pictures."""


class OutputError(VidemoError):
    """Results cannot be written (read-only folder, full disk)."""


class ResultsError(VidemoError):
    """A folder of results cannot be read back."""


class PeopleError(VidemoError):
    """A people.csv can't be read or contradicts itself or the recording."""


class WeightsError(VidemoError):
    """A model file is missing, damaged or not what it should be."""


class DatasetError(VidemoError):
    """Training or evaluation data is missing or malformed."""
