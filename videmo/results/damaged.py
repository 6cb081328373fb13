"""Say that tables of recordings are damaged, where all others are read."""

from __future__ import annotations

from collections.abc import Mapping

from videmo.errors import ResultsError


class DamagedResults(ResultsError):
    """Tables of recordings can't be read; what could be done with those of the others is done.

    Args:
        errors: what is wrong with the first damaged table of each of these recordings, by key.
    """

    def __init__(self, errors: Mapping[str, ResultsError]) -> None:
        self.errors = dict(sorted(errors.items()))
        key, *others = self.errors
        first = self.errors[key]
        more = (
            f"; tables of {', '.join(others[:3])}{' and more' if others[3:] else ''} are damaged too" if others else ""
        )
        super().__init__(first.subject, first.found + more, first.expected, first.advice)
