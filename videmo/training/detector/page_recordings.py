"""Write what was measured on recordings as a section of the page."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from videmo.training.common.markdown import table

Results = Sequence[dict[str, Any]]
NOTHING = "–"


def recordings_section(results: Results) -> list[str]:
    """Write the tables about recordings."""
    return [
        "## Recordings, through the whole analysis",
        "",
        "Every frame of real recordings, searched and followed as `videmo analyze` does, with each detector's default "
        "settings (YuNet at 640 px instead of 320); then persons are found in what was seen. Only `videmo` is searched "
        "five times per second and followed in between; the others search every frame.",
        "",
        *_over_time(results),
        *_steadiness(results),
        *_without(results),
        *_visible(results),
    ]


def _over_time(results: Results) -> list[str]:
    """Compare with the reference boxes."""
    names = [name for name, one in results[0]["recordings"]["by_recording"].items() if one["every"]["frames"]]
    if not names:
        return []
    first = results[0]["recordings"]
    faces = first["all"]["every"]["faces"]
    head = [
        "detector",
        f"all ({faces})",
        "boxes elsewhere",
        *(f"{name} ({first['by_recording'][name]['every']['faces']})" for name in names),
    ]
    return [
        "### Faces found over time",
        "",
        f"Against reference boxes in {first['all']['every']['frames']} frames, two per second: the share of the "
        "reference faces (their number in parentheses) that overlap a box (IoU ≥ 0.35), and boxes that lie elsewhere. "
        "Undecided boxes of the reference count for nobody. The reference is what several searches by YuNet agree on, "
        "which is in YuNet's favour: what YuNet never sees is not in it. Faces of persons:",
        "",
        *table(head, [_recall(r, "of_persons", names) for r in results]),
        "All detections, also those that are nobody's (`stray`):",
        "",
        *table(head, [_recall(r, "every", names) for r in results]),
    ]


def _recall(result: dict[str, Any], kind: str, names: Sequence[str]) -> list[str]:
    total, clips = result["recordings"]["all"][kind], result["recordings"]["by_recording"]
    shares = [_elsewhere(clips[name][kind]) for name in names]
    return [result["title"], f"{total['found'] / total['faces']:.3f}", f"{total['elsewhere']}", *shares]


def _elsewhere(tally: dict[str, Any]) -> str:
    share = f"{tally['found'] / tally['faces']:.3f}" if tally["faces"] else NOTHING
    return f"{share}, {tally['elsewhere']} elsewhere" if tally["elsewhere"] else share


def _steadiness(results: Results) -> list[str]:
    first = results[0]["recordings"]["all"]
    if not first["firsts"]["faces"]:
        return []
    head = [
        "detector",
        "seen at once",
        "median delay",
        "longest delay",
        "never seen",
        "tracks broken per minute",
        "lines changed per minute",
    ]
    return [
        "### How soon a face is seen, and how long its track holds",
        "",
        f"The reference boxes are joined to {first['firsts']['faces']} faces, each up to a cut or a jump. The delay "
        "runs from the first frame in which the reference shows a face to the first in which a person has it; where "
        "this is later than the first frame, it is given in seconds (median and longest of those). A track is broken "
        "where the reference's face goes on and the track that has it changes; a line is changed where the person "
        "does. Both are per minute of a face's presence, and a face that is never found breaks nothing: "
        "read them beside the recall.",
        "",
        *table(head, [_steady(r["title"], r["recordings"]["all"]) for r in results]),
    ]


def _steady(title: str, watched: dict[str, Any]) -> list[str]:
    firsts, breaks = watched["firsts"], watched["breaks"]
    late = [delay for delay in firsts["delays_s"] if delay > 0]
    minutes = breaks["seconds"] / 60
    return [
        title,
        f"{firsts['at_once']} of {firsts['faces']}",
        f"{statistics.median(late):.2f} s of {len(late)}" if late else NOTHING,
        f"{max(late):.2f} s" if late else NOTHING,
        f"{firsts['never']}",
        *(f"{breaks[kind] / minutes:.2f} ({breaks[kind]})" if minutes else NOTHING for kind in ("tracks", "persons")),
    ]


def _without(results: Results) -> list[str]:
    first = results[0]["recordings"]
    hardly = [name for name, one in first["by_recording"].items() if not one["visible"] and not one["every"]["frames"]]
    judged = first["all"]["mistaken"]
    behind = (
        "and frames of people seen from behind in which YuNet suspects no face (score below 0.25 at 640 px; YuNet "
        "itself can hardly be wrong in these)"
        if first["judged_from_behind"]
        else "without those of people seen from behind, which YuNet would have to judge: its file isn't available"
    )
    rows = [
        [
            r["title"],
            *_false(r["recordings"]["all"]["mistaken"]),
            *(f"{r['recordings']['by_recording'][name]['persons']}" for name in hardly),
        ]
        for r in results
    ]
    lengths = [f"persons in {name} ({first['by_recording'][name]['seconds']:.0f} s)" for name in hardly]
    return [
        "### Faces where there are none",
        "",
        f"{judged['frames']:,} frames ({judged['seconds']:.0f} s) without a face: stretches in which a viewer sees "
        f"none, {behind}. A false face is one that counts as a person's, once for as long as it is followed. In the "
        "recordings named in the table no face is to be seen, or at most a brief side view: every person in them is "
        "one too many, or nearly. `videmo train detector` learns from two frames per second of these very stretches: "
        "for networks that it trained, this tells what they were taught, not how they do elsewhere.",
        "",
        *table(["detector", "false faces per minute", "frames with one", *lengths], rows),
    ]


def _false(mistaken: dict[str, Any]) -> list[str]:
    if not mistaken["frames"]:
        return [NOTHING, NOTHING]
    per_minute = mistaken["tracks"] / (mistaken["seconds"] / 60)
    return [f"{per_minute:.1f} ({mistaken['tracks']})", f"{mistaken['mistaken'] / mistaken['frames']:.2%}"]


def _visible(results: Results) -> list[str]:
    first = results[0]["recordings"]
    names = [name for name, one in first["by_recording"].items() if one["visible"]]
    rows = []
    for r in results:
        clips, total = r["recordings"]["by_recording"], r["recordings"]["all"]
        shares = [f"{clips[name]['seen'] / clips[name]['visible']:.1%}" for name in names]
        spent = 1000 * total["spent_s"] / total["frames"]
        rows.append([r["title"], f"{total['seen'] / max(1, total['visible']):.1%}", *shares, f"{spent:.1f}"])
    return [
        "### Recordings in which a face is always visible",
        "",
        f"Share of the {first['all']['visible']:,} frames with a clearly visible face in which a person's face is "
        f"found; last, processor time per frame in all {first['all']['frames']:,} frames, for reading, searching and "
        "following.",
        "",
        *table(["detector", "all", *names, "ms per frame"], rows),
    ]
