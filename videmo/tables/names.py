"""What persons are called wherever they are shown: the one place that knows."""

from __future__ import annotations

from collections.abc import Mapping


def person_name(number: int, names: Mapping[int, str] | None = None) -> str:
    """The name to show for a person of a recording.

    Args:
        number: the person's id within the recording.
        names: names that somebody gave, by id; who has none is called by the number.
    """
    return (names or {}).get(int(number)) or f"Person {int(number)}"
