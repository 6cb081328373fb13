"""Hold a small picture of the face of each person of a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Portraits:
    """JPEG files, one after the other."""

    person: npt.NDArray[np.int64]
    """``(n,)``"""
    end: npt.NDArray[np.int64]
    """``(n,)`` where each one's file ends."""
    content: npt.NDArray[np.uint8]

    @staticmethod
    def of(pictures: Mapping[int, bytes]) -> Portraits:
        """Put pictures of persons together."""
        persons = sorted(pictures)
        ends = np.cumsum([len(pictures[person]) for person in persons], dtype=np.int64)
        content = b"".join(pictures[person] for person in persons)
        return Portraits(np.array(persons, np.int64), ends, np.frombuffer(content, np.uint8))

    def by_person(self) -> dict[int, bytes]:
        """Return the picture of each person."""
        begins = np.concatenate([[0], self.end[:-1]]).tolist()
        return {
            int(person): self.content[begin:end].tobytes()
            for person, begin, end in zip(self.person, begins, self.end.tolist())
        }
