"""Keep the pictures of a page, so that it can be made anew where the recording can't be seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from videmo.records import Box
from videmo.report.moments import ObservedFace
from videmo.report.pictures import Pictures
from videmo.store.identity import InputIdentity

_STILL: Final = 0
_LARGE: Final = 1
_SMALL: Final = 2
_NOWHERE: Final = ObservedFace(0.0, Box(0.0, 0.0, 0.0, 0.0))
"""Stands for the face of a picture that shows the whole frame."""


@dataclass(frozen=True, slots=True)
class KeptPictures:
    """JPEG files, one after the other, and the faces that they show."""

    recording: npt.NDArray[np.uint8]
    """Hash of the content of the recording, as text."""
    kind: npt.NDArray[np.int64]
    """``(n,)``: the whole frame, a face, or a face in small."""
    time_s: npt.NDArray[np.float64]
    """``(n,)``"""
    box: npt.NDArray[np.float64]
    """``(n, 4)``: left, top, width, height in displayed pixels."""
    end: npt.NDArray[np.int64]
    """``(n,)`` where each one's file ends."""
    content: npt.NDArray[np.uint8]

    @staticmethod
    def of(pictures: Pictures, recording: InputIdentity) -> KeptPictures:
        """Put the pictures of a recording together."""
        rows = [
            *([(_STILL, _NOWHERE, pictures.still)] if pictures.still else []),
            *((_LARGE, face, content) for face, content in pictures.faces.items()),
            *((_SMALL, face, content) for face, content in pictures.small.items()),
        ]
        return KeptPictures(
            _text(recording.content),
            np.array([kind for kind, _, _ in rows], np.int64),
            np.array([face.time_s for _, face, _ in rows], np.float64),
            np.array([face.box for _, face, _ in rows], np.float64).reshape(-1, 4),
            np.cumsum([len(content) for _, _, content in rows], dtype=np.int64),
            np.frombuffer(b"".join(content for _, _, content in rows), np.uint8),
        )

    def show(self, recording: InputIdentity) -> bool:
        """Tell whether they were taken from a recording."""
        known = recording.content
        return bool(known) and self.recording.tobytes() == _text(known).tobytes()

    def pictures(self, faces: Sequence[ObservedFace], small: Sequence[ObservedFace]) -> Pictures:
        """Return those of some faces, as far as they were kept, and that of the whole frame."""
        found: dict[int, dict[ObservedFace, bytes]] = {_STILL: {}, _LARGE: {}, _SMALL: {}}
        for kind, face, content in self._rows():
            found.setdefault(kind, {})[face] = content
        return Pictures(
            {face: found[_LARGE][face] for face in faces if face in found[_LARGE]},
            found[_STILL].get(_NOWHERE),
            {face: found[_SMALL][face] for face in small if face in found[_SMALL]},
        )

    def _rows(self) -> Iterator[tuple[int, ObservedFace, bytes]]:
        begins = np.concatenate([[0], self.end[:-1]]).tolist()
        places = zip(self.kind.tolist(), self.time_s.tolist(), self.box.tolist(), begins, self.end.tolist())
        for kind, time_s, box, begin, end in places:
            yield kind, ObservedFace(time_s, Box(*box)), self.content[begin:end].tobytes()


def _text(text: str) -> npt.NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)
