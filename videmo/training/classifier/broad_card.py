"""Say on the card of `broad` what it learned from, and on which terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

ABOUT: Final = "Learned from five sets of labelled faces, cut as recordings are; it knows fear and disgust too."
TERMS: Final = {
    "FER+'s votes": "MIT",
    "FER2013, RAF-DB, AffectNet, CK+": "research use",
    "FFHQ": "CC BY-NC-SA 4.0",
}
"""Of the labelled faces."""
_TITLES: Final = {
    "ferplus": "FER+ (Barsoum et al., 2016) on FER2013",
    "rafdb": "RAF-DB (Li et al., 2017)",
    "affectnet": "AffectNet (Mollahosseini et al., 2017) and FFHQ (Karras et al., 2019), four classes",
    "ckplus": "CK+ (Lucey et al., 2010)",
}


TITLES: Final = {"ferplus": "FER+", "rafdb": "RAF-DB", "affectnet": "AffectNet and FFHQ", "ckplus": "CK+"}
"""How pages call the sets."""


_GATHERED: Final = {
    "webfaces": ("Caltech web faces",),
    "wider": ("WIDER FACE",),
    "masks": ("masked scenes",),
    "diverse": ("UTKFace",),
    "identities": ("LFW", "Glint360K"),
}
"""What the tables of unlabelled faces hold."""


def card_of_data(
    training_images: Mapping[str, int], unlabelled: int, gathered: Sequence[str], copies: int
) -> dict[str, Any]:
    """Return what stands on the card about the data.

    Args:
        training_images: of each labelled set.
        unlabelled: number of faces that only teachers labelled.
        gathered: the tables that these are from.
        copies: number of training images left out because a held-out image looks the same.
    """
    names = [part for table in gathered for part in _GATHERED.get(table, (table,))]
    data = [f"{_TITLES.get(name, name)}: {count:,} images" for name, count in training_images.items()]
    data.append(f"{copies:,} images that look like a validation or test image were removed before")
    if unlabelled:
        *most, last = names
        data.append(f"{unlabelled:,} faces of {', '.join(most)}{' and ' if most else ''}{last}, labelled by teachers")
    return {"about": ABOUT, "data": data, "terms": TERMS | ({", ".join(names): "research use"} if names else {})}
