"""Write the page of an evaluation of landmarks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from videmo.training.common.markdown import table
from videmo.training.landmarks.measure import SMALLEST_EYES, TURNS, WORDS

_HEAD = ("", "faces", *WORDS, "tilt: slope", "median error", "within 5°", "within 10°")


def landmark_page(results: Mapping[str, Mapping[str, Any]], machine: str, called: str) -> str:
    """Write the table of `measure.evaluate_landmarks`, with what it means.

    Args:
        results: by title.
        machine: that it was measured on.
        called: the command.
    """
    turns = ", ".join(f"{turn}°" for turn in TURNS)
    return "\n".join(
        [
            "# Landmarks",
            "",
            f"Made by `{called}` on {machine}.",
            "",
            "Web photographs kept out of training (Caltech 10,000 Web Faces, a tenth, chosen by the hash of their "
            f"names), each turned by {turns}; faces that videmo's detector finds, with eyes at least "
            f"{SMALLEST_EYES:.0f} px apart. Distances of eyes, nose and middle of the mouth from the annotated ones "
            "are medians, over the distance between the eyes. The tilt is that of the line between the eyes: a slope "
            "of 1 follows it, one of 0 doesn't see it.",
            "",
            *table(_HEAD, [_row(title, result) for title, result in results.items()]),
        ]
    )


def _row(title: str, result: Mapping[str, Any]) -> list[str]:
    tilt = result["tilt"]
    return [
        title,
        f"{result['faces']:,}",
        *(f"{100 * result['away_over_eye_distance'][word]:.1f} %" for word in WORDS),
        f"{tilt['slope']:.2f}",
        f"{tilt['median_error_deg']:.1f}°",
        f"{100 * tilt['within_5_deg']:.1f} %",
        f"{100 * tilt['within_10_deg']:.1f} %",
    ]
