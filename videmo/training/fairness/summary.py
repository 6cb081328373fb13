"""Say in words and in a table where groups of faces differ most."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from videmo.training.common.markdown import table
from videmo.training.fairness.texts import SUMMARY, TITLES
from videmo.training.fairness.wording import percent, points, share_of

_HARDLY: Final = 0.001
"""A share up to which all categories count as alike, whatever they are compared with."""
_ASKED: Final = {
    "found": "A face is found in {}.",
    "found for sure": "It is sure enough to be a person's in {}.",
    "left out": "Of the faces found, quality leaves out {}.",
}


def summary(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the summary of `measure.evaluate_fairness`."""
    yield SUMMARY
    yield ""
    for name, title in TITLES.items():
        part = result["groups"][name]
        yield f"**{title}.** {' '.join(_sentences(part))}"
        yield ""
        yield from _differences(part)
    yield f"**By lightness of the skin.** {_of_lightness(result['right']['cheeks'])}"
    yield ""


def _sentences(part: Mapping[str, Any]) -> Iterator[str]:
    """Say how far apart the categories are in what is found and left out."""
    differences = {each["rate"]: each for each in part["differences"]}
    for rate, sentence in _ASKED.items():
        if rate in differences:
            yield sentence.format(_apart(part["categories"], differences[rate]))


def _apart(categories: Mapping[str, Any], each: Mapping[str, Any]) -> str:
    high, low = (share_of(categories[each[side]], each["rate"])[0] for side in ("high", "low"))
    if high <= _HARDLY:
        return f"at most {percent(high)} of any category"
    chance = "" if _clear(each) else " (within chance)"
    return f"{percent(low)} ({each['low']}) to {percent(high)} ({each['high']}){chance}"


def _differences(part: Mapping[str, Any]) -> list[str]:
    clear = sorted((each for each in part["differences"] if _clear(each)), key=lambda each: -each["difference"][0])
    if not clear:
        return ["No rate differs by more than chance.", ""]
    rows = [
        [
            each["rate"],
            *(
                f"{each[side]} {percent(share_of(part['categories'][each[side]], each['rate'])[0])}"
                for side in ("high", "low")
            ),
            points(each["difference"]),
            points(each["standardised"]),
        ]
        for each in clear
    ]
    return table(("rate", "most", "least", "difference", "alike"), rows)


def _clear(each: Mapping[str, Any]) -> bool:
    _, low, high = each["difference"]
    return low > 0 or high < 0


def _of_lightness(scores: Mapping[str, Any]) -> str:
    if len(scores) < 2:
        return "Too few faces."
    fifths = list(scores.items())
    (dark, first), (light, last) = fifths[0], fifths[-1]
    parts = [
        f"{words} {percent(first[key])} in fifth {dark}, {percent(last[key])} in fifth {light}"
        for key, words in (("accuracy", "accuracy"), ("balanced_accuracy", "balanced accuracy"))
    ]
    overlap = _overlap(first["intervals"]["balanced_accuracy"], last["intervals"]["balanced_accuracy"])
    return (
        f"On RAF-DB's test faces, by the luma of the cheeks: {'; '.join(parts)}; the intervals of the balanced "
        f"accuracies {'overlap' if overlap else 'are apart'}."
    )


def _overlap(one: Sequence[float], other: Sequence[float]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]
