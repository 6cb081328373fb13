"""Make faces of nobody, halfway between two faces, for which the teacher says what they are like.

A network that learns a teacher's vectors needs far more people than the data have. Between any two aligned faces there
are others, and the teacher knows how to describe them: mixing examples (Zhang et al., 2018), with the teacher's own
word for the mixture instead of a mixture of its words.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]

AROUND: Final = 1.25
"""Side of what is kept of a picture over the side of the network's crop: a crop can be moved and turned within it."""
KEPT_PX: Final = 100
"""Height and width of what is kept."""
BLENDED: Final = 0.5
"""Share of the mixtures in which all of one face shines through the other; in the rest a part of one face, with a soft
edge, replaces that of the other."""
_SHARES: Final = (0.3, 0.7)
_SOFT_PX: Final = 6.0


def mixtures(faces: Image, count: int, seed: int) -> Image:
    """Mix random pairs of faces.

    Args:
        faces: ``(n, 100, 100)`` aligned, as of `data.Faces`.
        count: mixtures to make.
        seed: of all randomness.

    Returns:
        ``(count, 100, 100)``
    """
    rng = np.random.default_rng(seed)
    made = np.empty((count, KEPT_PX, KEPT_PX), np.uint8)
    for place in range(count):
        one, other = (faces[row].astype(np.float32) for row in rng.integers(len(faces), size=2).tolist())
        other = _lit_alike(other, one)
        share = rng.uniform(*_SHARES) if rng.random() < BLENDED else _part(rng)
        made[place] = np.clip(np.rint(one + (other - one) * share), 0, 255)
    return made


def _lit_alike(face: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Give a face the brightness and contrast of another one."""
    scale = min(2.0, max(0.5, float(other.std()) / max(float(face.std()), 1.0)))
    return np.asarray((face - face.mean()) * scale + other.mean(), np.float32)


def _part(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Choose a part of the face: above or below a line, or on one side of it, with a soft edge."""
    line, turned = rng.uniform(0.35, 0.65) * KEPT_PX, rng.random() < 0.3
    mask = np.zeros((KEPT_PX, KEPT_PX), np.float32)
    mask[: round(line)] = 1.0
    soft = cv2.GaussianBlur(mask, (0, 0), _SOFT_PX)
    return np.asarray(soft.T if turned else soft, np.float32)
