"""Write the evaluation of face detectors as a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from videmo.training.common.markdown import table
from videmo.training.detector.page_recordings import recordings_section
from videmo.training.detector.pictures import CANVAS, HEIGHTS
from videmo.training.detector.protocol import LEVELS
from videmo.training.detector.sizes import CROPS, FRAME, HEIGHTS_PX, PORTRAIT

Results = Sequence[dict[str, Any]]
_NAMES = (*HEIGHTS, "≥ 24 px, usual pose", "≥ 24 px, unusual pose")
_SIZE = f"{CANVAS[0]}×{CANVAS[1]} px"


def evaluation_page(results: Results, machine: str, command: str) -> str:
    """Write what `measure.evaluate_detectors` measured as tables in Markdown, without what wasn't measured."""
    sections: dict[str, Callable[[Results], list[str]]] = {
        "wider": lambda found: [*_common_size(found), *_web(found), *_empty(found)],
        "own_scales": _own_scales,
        "alone": _alone,
        "sizes": _sizes,
        "recordings": recordings_section,
        "speed": lambda found: _speed(found, machine),
    }
    lines = ["# Face detectors, side by side", "", f"`{command}`", "", "None of the photographs were trained on.", ""]
    for key, section in sections.items():
        if measured := [one for one in results if key in one]:
            lines += section(measured)
    return "\n".join(lines)


def _common_size(results: Results) -> list[str]:
    head, precision = _by_height([(r["title"], r["wider"]) for r in results], "average_precision", "{:.3f}")
    _, recall = _by_height([(r["title"], r["wider"]) for r in results], "recall_at_1_mistake_in_100", "{:.1%}")
    return [
        "## WIDER FACE, 394 validation pictures, one size for all",
        "",
        f"Every picture is scaled to fit into {_SIZE} for all detectors; face heights are measured at this size. A "
        "face counts as found at an overlap (IoU) of 0.5. Average precision (the area under the curve of precision "
        "over recall; 1 is best) by face height, with the number of faces; poses as classified by WIDER's annotators:",
        "",
        *table(head, precision),
        "Recall at one mistake in 100 pictures:",
        "",
        *table(head, recall),
        "Recall at the shipped threshold, and mistakes of 24 px and more in all pictures:",
        "",
        *_used([(_from(r["title"], r["threshold"]), r["wider"]) for r in results]),
    ]


def _by_height(
    scored: Sequence[tuple[str, dict[str, Any]]], value: str, wording: str
) -> tuple[list[str], list[list[str]]]:
    counts = scored[0][1]
    head = ["detector", *(f"{name} ({counts[name]['faces']:,})" for name in _NAMES)]
    return head, [[title, *(wording.format(scores[name][value]) for name in _NAMES)] for title, scores in scored]


def _used(scored: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return the table of recall and mistakes at a threshold."""
    head, rows = _by_height(scored, "recall", "{:.1%}")
    mistakes = [f"{scores['≥ 24 px']['mistakes']}" for _, scores in scored]
    return table([*head, "mistakes"], [[*row, count] for row, count in zip(rows, mistakes, strict=True)])


def _from(title: str, threshold: float) -> str:
    return f"{title}, from {threshold:g}" if threshold else title


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
        f"Scaled to {_SIZE} too. Recall at the shipped threshold, by height and by how far the nose is from the "
        "midline between the eyes; then the median distance of landmarks from the annotated points, over the distance "
        "between the eyes. Not all faces are annotated, so mistakes can't be counted.",
        "",
        *table(head, rows),
    ]


def _empty(results: Results) -> list[str]:
    count = results[0]["without_people"]["pictures"]
    rows = []
    for r in results:
        own = r.get("own_scales", {})
        rows.append(
            [
                r["title"],
                *_mistakes(r["without_people"], r["threshold"]),
                *(_mistakes(own["without_people"], own["threshold"]) if own else ["–", "–"]),
            ]
        )
    head = ["detector", f"faces reported, {_SIZE}", "highest score", "faces reported, own scales", "highest score"]
    return [
        f"## {count} photographs without people",
        "",
        f"Scaled to {_SIZE}, at the shipped threshold; and as they are stored, at each detector's own scales and with "
        "the score that makes a face a person's in a recording.",
        "",
        *table(head, rows),
    ]


def _mistakes(scores: dict[str, Any], threshold: float) -> list[str]:
    at = f" (from {threshold:g})" if threshold else ""
    return [f"{scores['mistakes']}{at}", f"{scores['highest_score']:.2f}"]


def _own_scales(results: Results) -> list[str]:
    scored = [(r["title"], r["own_scales"]["wider"]) for r in results]
    head, precision = _by_height(scored, "average_precision", "{:.3f}")
    levels = results[0]["own_scales"]["official"]
    official = [
        [r["title"], *(f"{r['own_scales']['official'][level]['average_precision']:.3f}" for level in LEVELS)]
        for r in results
    ]
    return [
        "## WIDER FACE, each detector at its own scales",
        "",
        "The same pictures as they are stored (longer side at most 384 px), searched as a frame of a recording is "
        "searched: `videmo` at full, half and a quarter of the size, YuNet and the cascade once. Heights are still "
        f"those at {_SIZE}, so that this table can be read beside the first one. Average precision:",
        "",
        *table(head, precision),
        "Recall at the score that makes a face a person's in a recording, and mistakes of 24 px and more:",
        "",
        *_used([(_from(r["title"], r["own_scales"]["threshold"]), r["own_scales"]["wider"]) for r in results]),
        "The benchmark's own protocol, for the same detections: a detection belongs to the face that it overlaps most "
        "(from an IoU of 0.5 on), those of ignored faces don't count, and precision is read at 1,000 thresholds. "
        "**Not comparable with published values**: these are 394 of 3,226 pictures, from five of 61 events, at 0.375 "
        "of their size or less. The benchmark's lists of easy, medium and hard faces are not part of the subset. The "
        "levels here follow the face's height in the original picture alone: easy is above "
        f"{LEVELS['easy']:g} px, medium above {LEVELS['medium']:g} px (easy included), hard above {LEVELS['hard']:g} "
        "px (all of these); other faces, and those that WIDER calls invalid, are ignored.",
        "",
        *table(["detector", *(f"{level} ({levels[level]['faces']:,} faces)" for level in LEVELS)], official),
    ]


def _alone(results: Results) -> list[str]:
    rows = []
    for r in results:
        for look, scores in (("as a frame of a recording", r["own_scales"]), ("by itself", r["alone"])):
            heights = [scores["wider"][name] for name in ("≥ 24 px", "12–24 px")]
            rows.append(
                [
                    _from(f"{r['title']}, {look}", scores["threshold"]),
                    *(f"{one['average_precision']:.3f}" for one in heights),
                    *(f"{one['recall']:.1%}" for one in heights),
                    str(heights[0]["mistakes"]),
                    f"{scores['web']['recall']['all']['recall']:.1%}",
                    str(scores["without_people"]["mistakes"]),
                ]
            )
    crowds, rooms = results[0]["alone"]["wider"], results[0]["alone"]["without_people"]["pictures"]
    large, small = (f"{name} ({crowds[name]['faces']:,})" for name in ("≥ 24 px", "12–24 px"))
    web = results[0]["alone"]["web"]["recall"]["all"]["faces"]
    return [
        "## Pictures that stand alone",
        "",
        "`videmo.FaceDetector` looks at each face twice, in the whole picture and in a window around it: no other "
        "frames make a face sure. The same pictures as above, WIDER's and those without people as they are stored, web "
        f"photographs scaled to {_SIZE}; average precision, then recall and mistakes at the score that counts:",
        "",
        *table(
            [
                "a picture is searched", f"AP, {large}", f"AP, {small}", f"recall, {large}", f"recall, {small}",
                "mistakes of 24 px and more", f"recall, web photographs ({web})", f"reported in {rooms} rooms",
            ],
            rows,
        ),
    ]  # fmt: skip


def _sizes(results: Results) -> list[str]:
    first = results[0]["sizes"]
    return [
        "## Faces of all sizes",
        "",
        f"The {first['by_height'][str(HEIGHTS_PX[0])]['faces']} highest faces that are alone in a held-out web "
        f"photograph, each set into a frame of {FRAME[0]}×{FRAME[1]} px at ten heights and searched as a frame of a "
        "recording is searched. How many are found (IoU ≥ 0.4), and, where a face must be sure once to be a person's, "
        "how many of these with that score:",
        "",
        *table(
            ["detector", *(f"{height} px" for height in HEIGHTS_PX)],
            [[r["title"], *(_found(r["sizes"], "by_height", str(height)) for height in HEIGHTS_PX)] for r in results],
        ),
        *_cut_off(results),
    ]


def _cut_off(results: Results) -> list[str]:
    faces = results[0]["sizes"]["cut_off"]["as aligned"]["faces"]
    if not faces:
        return []
    return [
        f"Aligned faces from RAF-DB's test part ({faces}), enlarged until they fill "
        f"a portrait frame of {PORTRAIT[0]}×{PORTRAIT[1]} px, with an eighth cut off above or below. Share that is "
        "found, and found surely:",
        "",
        *table(
            ["detector", *CROPS],
            [[r["title"], *(_share(r["sizes"], "cut_off", name) for name in CROPS)] for r in results],
        ),
    ]


def _found(scores: dict[str, Any], kind: str, name: str) -> str:
    counts = scores[kind][name]
    return f"{counts['found']} ({counts['sure']})" if counts["sure"] != counts["found"] else f"{counts['found']}"


def _share(scores: dict[str, Any], kind: str, name: str) -> str:
    counts = scores[kind][name]
    found, sure = (counts[key] / counts["faces"] for key in ("found", "sure"))
    return f"{found:.1%} ({sure:.1%})" if found != sure else f"{found:.1%}"


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
