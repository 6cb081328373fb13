"""The live page in a real browser: pictures move, labels appear, and whatever can be pressed does what it says."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from browser import Browser
from live import SIZE, running, serving, shown_view
from videmo.live.board import Board, State
from videmo.live.persons import Shown

PIXELS = """
const canvas = document.getElementById('picture');
const part = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
let sum = 0;
for (let place = 0; place < part.length; place += 4) sum = (sum * 31 + part[place] + 7 * part[place + 1]) % 1000000007;
return sum;
"""
STATE = "return document.getElementById('state').textContent"
TIME = "return document.getElementById('time').textContent"
PEOPLE = (
    "return [...document.querySelectorAll('#switches button')].map((button) => button.textContent)"
    ".filter((words) => words.startsWith('Person'))"
)


@pytest.fixture(scope="module")
def address(chromium: Browser, samples: Path) -> Iterator[str]:
    """A clip with two persons that plays again and again."""
    with running(samples / "two-people.mp4", "--loop") as (_, served):
        yield served


@pytest.fixture
def page(chromium: Browser, address: str) -> Browser:
    chromium.open(address)
    chromium.until(f"{STATE} === 'playing'")
    return chromium


def test_pictures_move_and_labels_appear(page: Browser) -> None:
    page.until(f"{PEOPLE}.length >= 1")
    label = page.until(
        "const l = document.getElementById('picture').getAttribute('aria-label'); return /Person/.test(l) && l"
    )
    assert any(emotion in label for emotion in ("happy", "sad", "angry", "neutral", "surprise"))
    seen = {page.run(PIXELS)}
    clock = {page.run(TIME)}
    while len(seen) < 4 or len(clock) < 4:
        page.until(f"{TIME} !== arguments[0]", page.run(TIME))
        seen.add(page.run(PIXELS))
        clock.add(page.run(TIME))
    assert page.until("return Number(document.getElementById('latency').textContent) > 0")
    assert page.until("return Number(document.getElementById('rate').textContent) > 0")
    card = page.until("const c = document.querySelector('#now li:not(.gone)'); return c && c.innerText")
    assert "%" in card


def test_it_asks_for_nothing_but_itself_and_has_no_complaints(page: Browser, address: str) -> None:
    page.until(f"{PEOPLE}.length >= 1")
    asked = [url for url in page.requests() if not url.startswith("data:")]
    assert asked
    assert [url for url in asked if not url.startswith(address)] == []
    assert page.complaints() == []
    assert page.accessibility_faults() == []


def test_the_picture_is_held_and_goes_on(page: Browser) -> None:
    page.click("#pause")
    page.until(f"{STATE} === 'held'")
    assert page.element("#pause").get_attribute("aria-pressed") == "true"
    before = page.run(TIME)
    page.run("document.activeElement.blur()")
    page.press(" ")
    page.until(f"{STATE} === 'playing'")
    page.until(f"{TIME} !== arguments[0]", before)


def test_persons_and_boxes_are_switched_off(page: Browser) -> None:
    height = "return document.getElementById('lanes').clientHeight"
    page.until(f"{PEOPLE}.length >= 1 && document.querySelector('#now li')")
    page.click("#pause")
    page.until(f"{STATE} === 'held'")
    people = page.run(PEOPLE)
    before, with_boxes = page.run(height), page.run(PIXELS)
    page.press("b")
    page.until("return document.getElementById('boxes').getAttribute('aria-pressed') === 'false'")
    assert page.run(PIXELS) != with_boxes
    page.press("b")
    assert page.run(PIXELS) == with_boxes
    page.run("document.activeElement.blur()")
    page.press("1")
    assert "Person 1" not in page.run("return document.getElementById('now').innerText")
    if len(people) > 1:
        assert page.run(height) < before
    page.press("1")
    assert page.run(height) == before
    page.click("#pause")


@pytest.mark.parametrize(
    ("other", "words"),
    [(0.62, "surprise · other 62 %"), (0.5, "surprise 80 %"), (math.nan, "surprise 80 %")],
)
def test_a_face_that_more_likely_shows_another_emotion_is_not_called_one_of_five(
    other: float, words: str, chromium: Browser
) -> None:
    board, surprised = Board(*SIZE), (0.05, 0.05, 0.05, 0.8, 0.05)
    face = Shown(1, (10.0, 10.0, 40.0, 40.0), surprised, surprised, other=other, raw_other=other)
    for place in range(20):
        board.history.add(0.2 * place, [face])
    board.show(dataclasses.replace(shown_view(1), people=(face,), time_s=4.0))
    with serving(board) as address:
        chromium.open(address)
        assert chromium.until("const s = document.querySelector('#now .shows'); return s && s.textContent") == words
        label = chromium.run("return document.getElementById('picture').getAttribute('aria-label')")
        assert label == f"The picture. Person 1: {words}"
        darkest = chromium.run(
            "const canvas = document.getElementById('lanes'), ratio = window.devicePixelRatio || 1;"
            "const part = canvas.getContext('2d').getImageData(6 * ratio, 122 * ratio, 50 * ratio, 3 * ratio).data;"
            "return Math.min(...part.filter((_, place) => place % 4 === 0))"
        )
        assert (darkest < 150) is (other == 0.62), "the hatching of the band is dark, surprise is not"
        assert "fear or disgust" in chromium.run("return document.querySelector('main').textContent")
        board.conclude("stopped", "")
        board.wait_until_told(20)


@pytest.mark.parametrize(("step_s", "away", "whole"), [(0.2, (), True), (1.0, (), True), (0.2, range(20, 40), False)])
def test_between_pictures_that_are_analysed_nobody_is_away(
    step_s: float, away: Sequence[int], whole: bool, chromium: Browser
) -> None:
    """Where one picture a second is analysed, a second between two sights is no gap."""
    board, surprised = Board(*SIZE), (0.05, 0.05, 0.05, 0.8, 0.05)
    face = Shown(1, (10.0, 10.0, 40.0, 40.0), surprised, surprised)
    for place in range(round(12 / step_s)):
        board.history.add(step_s * place, [] if place in away else [face])
    board.show(dataclasses.replace(shown_view(1), people=(face,), time_s=12.0))
    with serving(board) as address:
        chromium.open(address)
        chromium.until("return document.querySelector('#now .shows')")
        apart = chromium.run(
            "const canvas = document.getElementById('lanes'), ratio = window.devicePixelRatio || 1;"
            "const across = Math.floor((canvas.width - 4 * ratio) * 11 / 60);"
            "const part = canvas.getContext('2d').getImageData(4 * ratio, 122 * ratio, across, 1).data;"
            "const blues = part.filter((_, place) => place % 4 === 2);"
            "return Math.max(...blues) - Math.min(...blues)"
        )
        assert (apart < 25) is whole, "one colour from end to end, or that of the page between"
        board.conclude("stopped", "")
        board.wait_until_told(20)


def test_on_a_phone_nothing_sticks_out(chromium: Browser, address: str) -> None:
    chromium.open(address, width=360, height=740, dark=True)
    chromium.until(f"{PEOPLE}.length >= 1")
    assert chromium.fits()


@pytest.mark.parametrize(
    ("state", "said", "message"),
    [("ended", "ended", ""), ("stopped", "stopped", ""), ("lost", "source lost", "camera 7: was it <b>unplugged</b>?")],
)
def test_the_page_says_how_it_ended(state: State, said: str, message: str, chromium: Browser) -> None:
    board = Board(*SIZE)
    board.show(shown_view(1))
    with serving(board) as address:
        chromium.open(address)
        chromium.until(f"{STATE} === 'live'")
        board.conclude(state, message)
        chromium.until(f"{STATE} === arguments[0]", said)
        assert chromium.run("return document.getElementById('notice').textContent") == message
        board.wait_until_told(20)


def test_the_page_says_that_nobody_answers_any_more(chromium: Browser) -> None:
    board = Board(*SIZE)
    board.show(shown_view(1))
    with serving(board) as address:
        chromium.open(address)
        chromium.until(f"{STATE} === 'live'")
    board.show(shown_view(2))  # lets go of the question that is under way
    chromium.until(f"{STATE} === 'disconnected'")
