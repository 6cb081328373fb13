"""Write the evaluation of cascades as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from videmo.training.cascade.measure import (
    ALARMS_A_PICTURE,
    LEAST_PX,
    NEIGHBOURS,
    OVERLAP,
    RECALL,
    SCALE_FACTOR,
    WINDOWS,
)
from videmo.training.common.markdown import table

SHOWN = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30)


def cascade_page(results: Sequence[dict[str, Any]], measured_on: dict[str, Any], machine: str, command: str) -> str:
    """Write what `measure.evaluate_cascades` measured as tables in Markdown."""
    lines = [
        "# Cascades, side by side",
        "",
        f"`{command}`",
        "",
        f"Measured on {measured_on['faces']} frontal, upright faces whose square from brows to chin is at least "
        f"{LEAST_PX:g} px wide, in {measured_on['photographs']} web photographs kept out of training, at their stored "
        f"size (288 px at most). A face counts as found at an overlap (IoU) of {OVERLAP:g} with that square. False "
        f"alarms are counted in {measured_on['pictures_without_people']} photographs without people. All cascades run "
        f"in `cv2.CascadeClassifier` with a scale factor of {SCALE_FACTOR:g}; the operating points are numbers of "
        "neighbours (`minNeighbors`).",
        "",
        "![Recall over false alarms](cascade.png)",
        "",
        *_best(results),
        *_points(results),
        *_agreement(results),
        f"Times are processor time for all operating points together; {machine}.",
        "",
    ]
    return "\n".join(lines)


def _best(results: Sequence[dict[str, Any]]) -> list[str]:
    rows = []
    for result in results:
        best = result["best"]
        shown = (f"{best['recall']:.1%}", str(best["neighbours"]), str(best["alarms"])) if best else ("–", "–", "–")
        size = f"{result['window'][0]}×{result['window'][1]}"
        weak = f"{result['weak_classifiers']:,}"
        rows.append([result["title"], size, str(result["stages"]), weak, *shown, f"{result['ms_a_picture']:.0f}"])
    return [
        f"## At most one false alarm in {1 / ALARMS_A_PICTURE:.0f} pictures",
        "",
        f"The best operating point with no more than that (target: {RECALL:.0%} recall).",
        "",
        *table(
            [
                "cascade",
                "window",
                "stages",
                "weak classifiers",
                "recall",
                "neighbours",
                "false alarms",
                "ms per picture",
            ],
            rows,
        ),
    ]


def _points(results: Sequence[dict[str, Any]]) -> list[str]:
    chosen = [NEIGHBOURS.index(n) for n in SHOWN]
    rows = [
        [
            result["title"],
            *(f"{point['recall']:.1%}, {point['alarms']}" for point in (result["points"][k] for k in chosen)),
        ]
        for result in results
    ]
    return [
        "## At each operating point",
        "",
        "Recall, and false alarms in all pictures without people, for each number of neighbours.",
        "",
        *table(["cascade", *map(str, SHOWN)], rows),
    ]


def _agreement(results: Sequence[dict[str, Any]]) -> list[str]:
    lines = []
    for result in results:
        if "agreement" not in result:
            continue
        stages = result["agreement"]
        lines += [
            f"## {result['title']} in videmo and in OpenCV",
            "",
            f"{WINDOWS:,} windows, half of them on and around faces, half in photographs without people. Both programs "
            "get the cascade truncated after each stage. The table shows the share of windows that both accept or both "
            "reject, how many OpenCV accepts, and the largest difference between the stage's sums over those.",
            "",
            *table(
                ["first stages", "same", "accepted", "largest difference"],
                [
                    [str(s["stages"]), f"{s['same']:.2%}", f"{s['accepted']:,}", f"{s['largest_gap']:.1e}"]
                    for s in stages
                ],
            ),
        ]
    return lines
