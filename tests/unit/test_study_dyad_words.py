"""The methods paragraph says of dyads what was done, and what was not."""

from __future__ import annotations

from typing import Any

import pytest

from videmo.study.dyad_words import dyads_said
from videmo.study.plan import Plan

NAN = float("nan")
SHORT: dict[str, Any] = {
    "dyad": "d1", "recording": "a.mp4", "label": "talk", "windows": 0, "p": NAN,
    "reason": "shorter than a window of 10 s",
}  # fmt: skip
DONE = SHORT | {"windows": 9, "p": 0.2, "reason": ""}
NO_P = SHORT | {"windows": 2, "reason": "no p: too short for shifted copies, which need 33 s"}


def said(*rows: dict[str, Any], copies: str = "", strangers: bool = False) -> tuple[str, list[str]]:
    cited: list[str] = []
    return dyads_said(Plan(), rows, copies, strangers, cited), cited


def test_what_no_dyad_was_long_enough_for_was_not_computed() -> None:
    text, cited = said(SHORT, SHORT | {"dyad": "d2"}, SHORT | {"dyad": "d2", "emotion": "sad"})
    assert "at least 80 % valid in both) was not computed: shorter than a window of 10 s (n = 2 of " in text
    assert "shifted" not in text
    assert cited == []


@pytest.mark.parametrize("strangers", [False, True])
def test_nor_was_it_compared_with_copies_for_which_dyads_are_too_short(strangers: bool) -> None:
    text, cited = said(NO_P, SHORT | {"dyad": "d2"}, strangers=strangers)
    assert (
        "it was not compared with shifted copies: shorter than a window of 10 s (n = 1 of dyads and labels); " in text
    )
    assert "too short for shifted copies, which need 33 s (n = 1 of dyads and labels)" in text
    assert ("It was compared, over dyads, with pairs of strangers" in text) is strangers
    assert cited == ["boker", "riehle"][: 1 + strangers]


def test_what_was_done_is_said_as_before() -> None:
    text, _ = said(DONE, NO_P, copies="999", strangers=True)
    assert "it was compared with 999 copies in which one of the two was shifted by a random time, and, over dy" in text
