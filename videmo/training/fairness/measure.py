"""Measure detection and a classifier by group, age and sex, and by how light the skin is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.training.classifier.datasets.framed import Image
from videmo.training.classifier.metrics import score
from videmo.training.fairness.data import UNKNOWN, diverse_faces, lfw_faces, raf_test_faces
from videmo.training.fairness.faces import FaceObserver, Observed
from videmo.training.fairness.groups import compared
from videmo.training.fairness.intervals import wilson
from videmo.training.fairness.lightness import MEASURES, fifths, steadiness, trust

DIVERSE: Final = Path("data/diverse.parquet")
EXPRESSIONS: Final = Path("data/expressions.parquet")
IDENTITIES: Final = Path("data/identities.parquet")
STRATA: Final = {"group": "age", "age": "sex", "sex": "age"}
"""What is compared, and whose mix is made alike for that."""
FIFTHS: Final = ("1 (darkest)", "2", "3", "4", "5 (lightest)")

Report = Callable[[str], None]


def evaluate_fairness(
    classifiers: Mapping[str, EmotionClassifier], classifier: str, committee: Sequence[str], root: Path, report: Report
) -> dict[str, Any]:
    """Measure a classifier, and the detector in front of it.

    Args:
        classifiers: all that are asked, by name.
        classifier: name of the one that is measured.
        committee: names of those whose agreement stands in for the labels that are missing.
        root: folder with ``data/diverse.parquet``, ``data/expressions.parquet`` and ``data/identities.parquet``.
        report: receives lines of progress.

    Returns:
        Plain values for JSON and for the page.

    Raises:
        DatasetError: a table is missing or broken.
    """
    observer = FaceObserver(classifiers)

    def seen(title: str, pictures: Sequence[Image]) -> Observed:
        observed = observer.observe(pictures)
        report(f"{title}: a face found in {observed.found.sum():,} of {len(pictures):,} pictures")
        return observed

    def by_lightness(observed: Observed) -> dict[str, Any]:
        return {name: compared(observed, classifier, committee, fifth_names(observed.light(name))) for name in MEASURES}

    pictures, groups = diverse_faces(root / DIVERSE)
    diverse = seen("UTKFace", pictures)
    pictures, persons = lfw_faces(root / IDENTITIES)
    lfw = seen("LFW", pictures)
    pictures, truth = raf_test_faces(root / EXPRESSIONS)
    raf = seen("RAF-DB's test part", pictures)
    return {
        "classifier": classifier,
        "committee": list(committee),
        "groups": {
            title: {"strata": other, **compared(diverse, classifier, committee, groups[title], groups[other])}
            for title, other in STRATA.items()
        },
        "trust": {
            name: {
                **trust(diverse.light(name), groups["group"]),
                "between_people": steadiness(lfw.light(name), persons),
            }
            for name in MEASURES
        },
        "lightness": by_lightness(lfw.where(first_of_each(persons))),
        "right": right_by_lightness(raf, truth, classifier),
        "found": {title: found_by_light(one) for title, one in (("UTKFace", diverse), ("LFW", lfw), ("RAF-DB", raf))},
    }


def first_of_each(persons: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the rows of the first picture of each person: several of one are not independent."""
    return np.sort(np.unique(persons, return_index=True)[1])


def right_by_lightness(observed: Observed, truth: npt.NDArray[np.int64], classifier: str) -> dict[str, Any]:
    """Score labelled faces that were found by fifths of each measure of lightness."""
    found: dict[str, Any] = {}
    for name in MEASURES:
        values = np.where(observed.found, observed.light(name), np.nan)
        names, found[name] = fifth_names(values), {}
        for title in FIFTHS:
            if (inside := names == title).any():
                bounds = [round(float(end(values[inside])), 3) for end in (np.min, np.max)]
                scored = score(truth[inside], observed.said[classifier][inside])
                found[name][title] = {**scored.plain(), "values": bounds}
    return found


def found_by_light(observed: Observed) -> dict[str, Any]:
    """Return how often a face is found by how light the picture's middle is, which needs no face to be found."""
    names, found = fifth_names(observed.middle), {}
    for title in FIFTHS:
        if count := int((inside := names == title).sum()):
            found[title] = {"n": count, "share": wilson(int(observed.found[inside].sum()), count).plain()}
    return found


def fifth_names(values: npt.NDArray[np.float64]) -> npt.NDArray[np.str_]:
    """Return the name of the fifth in which each value lies; `UNKNOWN` for NaN."""
    return np.array([*FIFTHS, UNKNOWN])[fifths(values)]
