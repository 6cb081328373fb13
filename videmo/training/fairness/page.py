"""Write the page about fairness."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from videmo.training.common.labels import CLASSES
from videmo.training.common.markdown import table
from videmo.training.fairness.lightness import MEASURES
from videmo.training.fairness.summary import summary
from videmo.training.fairness.texts import FOUND, LIMITS, RIGHT, SAID, TITLES, TRUST, TRUSTED
from videmo.training.fairness.wording import number, percent, share_of, with_interval

_LIGHT: Final = {"cheeks": "luma of the cheeks", "in_range": "luma of the cheeks within the picture's range"}


def fairness_page(result: Mapping[str, Any], called: str) -> str:
    """Write the results of `measure.evaluate_fairness` in Markdown.

    Args:
        result: as plain values.
        called: the command.
    """
    committee = " and ".join(f"`{name}`" for name in result["committee"])
    return "\n".join(
        [
            "# Are the results alike for everybody?",
            "",
            f"Made by `{called}`; all numbers are also in [fairness.json](fairness.json). Classifier: "
            f"**{result['classifier']}**; committee: {committee}. Detector, landmarks and limits of quality are those "
            "that analysis has by default. In brackets: 95 % intervals (Wilson's for shares, Newcombe's for "
            "differences, bootstrap over the faces for the rest).",
            "",
            "## The largest differences",
            "",
            *summary(result),
            "## What can't be concluded",
            "",
            *(f"- {each}" for each in LIMITS),
            "",
            "![Shares by group, age and sex](fairness.png)",
            "",
            *(line for name, title in TITLES.items() for line in _group(title, result["groups"][name]["categories"])),
            *_skin(result),
        ]
    )


def _group(title: str, categories: Mapping[str, Any]) -> list[str]:
    return [
        f"## {title}",
        "",
        *_seen(categories),
        SAID,
        "",
        *_said(categories, ""),
        *_said(categories, ", agreed"),
        TRUSTED,
        "",
        *_trusted(categories),
    ]


def _seen(categories: Mapping[str, Any]) -> list[str]:
    reasons = [name for name in next(iter(categories.values()))["rates"] if name.startswith("left out: ")]
    shown = [name for name in reasons if any(share_of(one, name)[0] > 0 for one in categories.values())]
    head = ("", "faces", "found", "found for sure", "score, 5 % and median", "left out", *shown)
    rows = [
        [
            name,
            f"{one['faces']:,}",
            *(with_interval(share_of(one, rate)) for rate in ("found", "found for sure")),
            f"{one['score'][0]:.2f}, {one['score'][2]:.2f}" if one["score"] else "–",
            with_interval(share_of(one, "left out")),
            *(percent(share_of(one, reason)[0]) for reason in shown),
        ]
        for name, one in categories.items()
    ]
    return table(head, rows)


def _said(categories: Mapping[str, Any], of: str) -> list[str]:
    rows = []
    for name, one in categories.items():
        count = one["rates"].get(f"says {CLASSES[0]}{of}", {"n": 0})["n"]
        rows.append([name, f"{count:,}", *(with_interval(share_of(one, f"says {word}{of}")) for word in CLASSES)])
    return table(("", f"faces{of}", *CLASSES), rows)


def _trusted(categories: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            name,
            with_interval(share_of(one, "committee confirms")),
            f"{one['confidence']['mean']:.3f}",
            number(one["confidence"]["gap"]),
            number(one["confidence"]["ece"]),
        ]
        for name, one in categories.items()
        if one["confidence"]
    ]
    return table(("", "committee confirms", "confidence", "gap", "ECE"), rows)


def _skin(result: Mapping[str, Any]) -> Iterator[str]:
    yield from ("## By lightness of the skin", "", TRUST, "")
    keys = ("white_over_black", "white_over_indian", "between_people")
    rows = [[MEASURES[name], *(percent(one[key]) for key in keys)] for name, one in result["trust"].items()]
    yield from table(("measure", "white lighter than black", "than Indian", "between people"), rows)
    for name, words in _LIGHT.items():
        yield from (f"### RAF-DB's test faces by fifths of the {words}", "", RIGHT, "", *_right(result["right"][name]))
    for name, words in _LIGHT.items():
        categories = result["lightness"][name]["categories"]
        yield from (f"### LFW by fifths of the {words}", "", *_said(categories, ""), *_trusted(categories))
    yield from ("### Faces found, by fifths of the luma of the picture's middle", "", FOUND, "")
    yield from _found(result["found"])


def _right(scores: Mapping[str, Any]) -> list[str]:
    rows = [
        [
            title,
            f"{one['values'][0]:g} to {one['values'][1]:g}",
            f"{one['rows']:,}",
            *(with_interval([one[key], *one["intervals"][key]]) for key in ("accuracy", "balanced_accuracy")),
            number([one["ece"], *one["intervals"]["ece"]]),
            *(percent(one["recall"][word]) if sum(row) else "–" for word, row in zip(CLASSES, one["confusion"])),
        ]
        for title, one in scores.items()
    ]
    return table(("fifth", "values", "faces", "accuracy", "balanced", "ECE", *CLASSES), rows)


def _found(found: Mapping[str, Any]) -> list[str]:
    fifths = list(dict.fromkeys(title for one in found.values() for title in one))
    rows = [
        [title, *(with_interval(one[each]["share"]) if each in one else "–" for each in fifths)]
        for title, one in found.items()
    ]
    return table(("", *fifths), rows)
