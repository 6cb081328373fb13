"""Write the page of an evaluation of an identity network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from videmo.training.common.markdown import table
from videmo.training.identity.verification import MOST_PER_PERSON

CURVES: Final = "identity-roc.png"
"""The plot of true over false accepts, beside the page."""
_HEAD: Final = ("", "pairs of one person", "accuracy", "true accepts at 1 in 1,000 false", "area under the curve")


def identity_page(results: Mapping[str, Any], machine: str, called: str) -> str:
    """Write the tables of `measure.evaluate_identity`, with what they mean.

    Args:
        results: from `measure.evaluate_identity`.
        machine: that it was measured on.
        called: the command.
    """
    rows = [
        *(_row(f"all, {name}", scores) for name, scores in results["all"].items()),
        *(_row(f"LFW, {name}", scores) for name, scores in results["LFW"].items()),
    ]
    heights = [_row(height, scores) for height, scores in results["heights"].items()]
    yaws = [[f"{span}°", f"{one['pairs']:,}", _percent(one["accepted"])] for span, one in results["yaw"].items()]
    emotions = [[name, f"{one['pairs']:,}", _percent(one["accepted"])] for name, one in results["emotion"].items()]
    tracks = [_merges(f"of {kind}", results["tracks"][kind]) for kind in ("one person", "two people")]
    return "\n".join(
        [
            "# Recognising people",
            "",
            f"Made by `{called}` on {machine}.",
            "",
            f"{results['faces']:,} pictures of {results['people']:,} people of LFW and Glint360K whom the "
            "network never saw, each picture by itself. Pairs of one person (at most "
            f"{MOST_PER_PERSON} of each) against as many of different people; the accuracy is the mean over ten "
            "folds, at the threshold that is best on the other nine. The teacher is dlib's network, on the same "
            "grey pictures. With its cohort, the network's vectors are compared as in recordings: by how alike others "
            "are to each face. In recordings the mean over many sights counts besides, which is far surer.",
            "",
            *table(_HEAD, rows),
            "",
            f"![True over false accepts]({CURVES})",
            "",
            "## By the height of a face",
            "",
            "Pictures reduced until the face has this height; those of the first row are not reduced.",
            "",
            *table(_HEAD, heights),
            "",
            "## By the turn of the head",
            "",
            "Pairs of one person within the distance that one in a hundred pairs of different people is, by the more "
            "turned head of the two.",
            "",
            *table(("yaw", "pairs", "accepted"), yaws),
            "",
            "## By emotion",
            "",
            "The same, by whether both faces of a pair display the same emotion; the default classifier says which.",
            "",
            *table(("displayed", "pairs", "accepted"), emotions),
            "",
            "## Pieces of tracks in recordings",
            "",
            f"{results['tracks']['pieces']} pieces of two seconds of {results['tracks']['people']} people in "
            "recordings, each described by the mean of its sights. Pieces of one person begin four seconds apart or "
            "more. Who comes back to the same place without a cut is given more, so that fewer are missed there.",
            "",
            *table(("pairs of pieces", "pairs", "taken for one person", "at least suggested"), tracks),
        ]
    )


def _row(title: str, scores: Mapping[str, Any]) -> list[str]:
    return [
        title,
        f"{scores['same']:,}",
        _percent(scores["accuracy"]),
        _percent(scores["true_accepts"]),
        f"{scores['area']:.4f}",
    ]


def _merges(title: str, counted: Mapping[str, int]) -> list[str]:
    pairs = counted["pairs"]
    shares = (counted[name] / pairs if pairs else float("nan") for name in ("merged", "suggested"))
    return [title, f"{pairs:,}", *map(_percent, shares)]


def _percent(share: float) -> str:
    return "–" if share != share else f"{100 * share:.1f} %"
