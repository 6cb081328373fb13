"""Write the evaluation of face detectors as a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from videmo.training.common.markdown import table
from videmo.training.detector.measure import CANVAS, HEIGHTS

Results = Sequence[dict[str, Any]]


def evaluation_page(results: Results, machine: str, command: str) -> str:
    """Write what `measure.evaluate_detectors` measured as tables in Markdown."""
    lines = [
        "# Face detectors, side by side",
        "",
        f"`{command}`",
        "",
        f"Every picture is scaled to fit into {CANVAS[0]}×{CANVAS[1]} px for all detectors; face heights are measured "
        "at this size. A face counts as found at an overlap (IoU) of 0.5. None of these pictures were trained on.",
        "",
        *_wider(results),
        *_web(results),
        *_empty(results),
        *_recordings(results),
        *_speed(results, machine),
    ]
    return "\n".join(lines)


def _wider(results: Results) -> list[str]:
    names = [*HEIGHTS, "≥ 24 px, usual pose", "≥ 24 px, unusual pose"]
    counts = results[0]["wider"]
    head = ["detector", *(f"{name} ({counts[name]['faces']:,})" for name in names)]
    precision = [[r["title"], *(f"{r['wider'][name]['average_precision']:.3f}" for name in names)] for r in results]
    recall = [
        [r["title"], *(f"{r['wider'][name]['recall_at_1_mistake_in_100']:.1%}" for name in names)] for r in results
    ]
    used = [
        [
            f"{r['title']}, from {r['threshold']:g}" if r["threshold"] else r["title"],
            *(f"{r['wider'][name]['recall']:.1%}" for name in names),
            f"{r['wider']['≥ 24 px']['mistakes']}",
        ]
        for r in results
    ]
    return [
        "## WIDER FACE, 394 validation pictures",
        "",
        "Average precision by face height (number of faces); poses as classified by WIDER's annotators:",
        "",
        *table(head, precision),
        "Recall at one mistake in 100 pictures:",
        "",
        *table(head, recall),
        "Recall at the shipped threshold, and mistakes of 24 px and more in all pictures:",
        "",
        *table([*head, "mistakes"], used),
    ]


def _web(results: Results) -> list[str]:
    names = list(results[0]["web"]["recall"])
    counts = results[0]["web"]["recall"]
    rows = []
    for r in results:
        gaps = r["web"].get("landmark_error_over_eye_distance")
        marks = [f"{gaps[name]:.1%}" for name in ("eyes", "nose", "mouth")] if gaps else ["–"] * 3
        rows.append([r["title"], *(f"{r['web']['recall'][name]['recall']:.1%}" for name in names), *marks])
    head = ["detector", *(f"{name} ({counts[name]['faces']:,})" for name in names), "eyes", "nose", "mouth"]
    return [
        "## Web photographs kept out of training",
        "",
        "Recall at the shipped threshold, by height and by how far the nose is from the midline between the eyes; then "
        "the median distance of landmarks from the annotated points, over the distance between the eyes. Not all faces "
        "are annotated, so mistakes can't be counted.",
        "",
        *table(head, rows),
    ]


def _empty(results: Results) -> list[str]:
    count = results[0]["without_people"]["pictures"]
    rows = [
        [r["title"], str(r["without_people"]["mistakes"]), f"{r['without_people']['highest_score']:.2f}"]
        for r in results
    ]
    return [
        f"## {count} photographs without people",
        "",
        *table(["detector", "faces reported at the shipped threshold", "highest score"], rows),
    ]


def _recordings(results: Results) -> list[str]:
    first = results[0]["recordings"]
    names = list(first["by_recording"])
    rows = [
        [
            r["title"],
            f"{r['recordings']['found']:.1%}",
            f"{r['recordings']['mistaken']}",
            *(f"{r['recordings']['by_recording'][name]:.0%}" for name in names),
        ]
        for r in results
    ]
    head = [
        "detector",
        f"face found ({first['frames_with_a_face']:,} frames with a face)",
        f"face reported ({first['frames_without']:,} frames without a face)",
        *names,
    ]
    return [
        "## Real recordings, five frames per second",
        "",
        "With each detector's own settings.",
        "",
        *table(head, rows),
    ]


def _speed(results: Results, machine: str) -> list[str]:
    rows = [[r["title"], f"{r['speed']['ms']:.2f}", f"{r['speed']['over_founding']:.2f}"] for r in results]
    return [
        "## Speed",
        "",
        f"One frame of 320×192 px including output decoding, on one core, in turns; {machine}. The ratio is to one "
        "classification by the founding network in int8, in the same run.",
        "",
        *table(["detector", "ms per frame", "times one founding classification"], rows),
    ]
