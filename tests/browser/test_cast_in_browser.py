"""The page of who is who in a real browser: names, groups, undo, keyboard, the file that it hands over or saves."""

from __future__ import annotations

from pathlib import Path

import pytest

from browser import Browser
from results import build_recognised
from videmo.batch.matching import Matched, match_people
from videmo.batch.serving import serve_cast
from videmo.persons.cast import Role
from videmo.persons.cast_file import parse_cast
from videmo.report.cast import CastPerson, CastPlan, render_cast
from videmo.results.folder import ResultsFolder

CAUGHT = """
    const made = URL.createObjectURL;
    window.caught = "";
    URL.createObjectURL = (blob) => { blob.text().then((text) => { window.caught = text; }); return made(blob); };
    HTMLAnchorElement.prototype.click = () => {};
"""


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Three recordings of two people each: the first two are the same; one has a name that means something."""
    for key, looks in (("a.mp4", (1, 2)), ("day/<b>b.mp4", (1, 2)), ("=c.mp4", (3, 4))):
        build_recognised(tmp_path / "out", key, *looks)
    return tmp_path / "out"


@pytest.fixture
def matched(out: Path) -> Matched:
    return match_people(out, jobs=1)


def called(text: str) -> dict[tuple[str, int], str]:
    return {(role.recording, role.person): role.participant for role in parse_cast(text, Path("cast.csv")).roles}


def handed_over(window: Browser) -> str:
    window.run(CAUGHT)
    window.run("document.getElementById('save').click()")
    return str(window.until("return window.caught"))


def faces(window: Browser, name: str) -> int:
    script = "return [...document.querySelectorAll('.group')].find((group) => group.dataset.name === arguments[0])?.querySelectorAll('.face').length ?? 0"  # noqa: E501
    return int(window.run(script, name))


def rename(window: Browser, name: str, wanted: str) -> None:
    window.run(
        "const field = [...document.querySelectorAll('input.name')].find((each) => each.value === arguments[0]);"
        "field.value = arguments[1]; field.dispatchEvent(new Event('change'));",
        name,
        wanted,
    )


def test_it_is_quiet_loads_nothing_and_is_accessible(chromium: Browser, matched: Matched) -> None:
    for width, dark in ((1366, False), (390, True)):
        chromium.open(matched.page, width=width, height=800, dark=dark)
        assert chromium.complaints() == []
        assert [one for one in chromium.requests() if not one.startswith("data:")] == [matched.page.as_uri()]
        assert chromium.fits()
        assert chromium.accessibility_faults() == []
    assert "day/<b>b.mp4" in chromium.run("return document.body.innerText")


def test_without_a_step_the_file_says_what_it_said(chromium: Browser, matched: Matched) -> None:
    chromium.open(matched.page)
    assert called(handed_over(chromium)) == called(matched.plan.text)


def test_groups_are_named_split_joined_and_taken_back(chromium: Browser, matched: Matched) -> None:
    chromium.open(matched.page)
    assert (faces(chromium, "P01"), faces(chromium, "P03")) == (1, 2)
    rename(chromium, "P01", "=Anna, 'A'")
    rename(chromium, "P03", "=Anna, 'A'")
    said = called(handed_over(chromium))
    assert {key for key, name in said.items() if name == "=Anna, 'A'"} == {
        ("=c.mp4", 1),
        ("a.mp4", 1),
        ("day/<b>b.mp4", 1),
    }
    chromium.element("#undo").click()
    assert called(handed_over(chromium))["a.mp4", 1] == "P03"


def test_two_persons_of_one_recording_cannot_be_joined(chromium: Browser, matched: Matched) -> None:
    chromium.open(matched.page)
    known = called(handed_over(chromium))
    rename(chromium, known["a.mp4", 1], known["a.mp4", 2])
    assert "Persons 2 and 1 of a.mp4 were seen as two people" in chromium.element("#said").text
    assert called(handed_over(chromium)) == known


def test_a_face_is_moved_by_keyboard(chromium: Browser, matched: Matched) -> None:
    from selenium.webdriver.common.keys import Keys

    chromium.open(matched.page)
    known = called(handed_over(chromium))
    chromium.run("document.querySelector('[aria-label=\"a.mp4, person 1\"]').focus()")
    chromium.press(Keys.SPACE, "s")
    assert called(handed_over(chromium))["a.mp4", 1] == "P05"
    assert chromium.run("return document.activeElement.getAttribute('aria-label')") == "a.mp4, person 1"
    chromium.press("c")
    assert "confirmed" in chromium.element("#said").text
    confirmed = [role for role in parse_cast(handed_over(chromium), Path()).roles if role.confirmed]
    assert [(role.recording, role.person) for role in confirmed] == [("a.mp4", 1)]
    chromium.press("u", "u")
    assert called(handed_over(chromium)) == known


def test_faces_that_take_no_part_have_no_name(chromium: Browser, matched: Matched) -> None:
    chromium.open(matched.page)
    chromium.click("[aria-label='a.mp4, person 2']")
    chromium.run("const to = document.getElementById('move'); to.value = '-'; to.dispatchEvent(new Event('change'))")
    assert called(handed_over(chromium))["a.mp4", 2] == ""
    chromium.run(
        "const how = document.getElementById('filter'); how.value = 'out'; how.dispatchEvent(new Event('change'))"
    )
    assert chromium.run("return document.querySelectorAll('.face').length") == 1


ASKED = "return [...document.querySelectorAll('.maybe')].length"


def test_who_may_be_the_same_is_asked_until_both_are_confirmed(chromium: Browser, tmp_path: Path) -> None:
    keys = ("a.mp4", "b.mp4", "c.mp4")
    persons = tuple(CastPerson(Role(key, 1, "P1"), 0.0, 9.0, 9.0, 5, 0.2, None, False) for key in keys[:2])
    others = (CastPerson(Role(keys[2], 1, "P2"), 0.0, 9.0, 9.0, 5, None, None, False),)
    elsewhere = (Role("gone.mp4", 1, "P01"),)
    plan = CastPlan(persons + others, ("P1", "P1", "P2"), (("P1", "P2", 0.25),), elsewhere, "", "1", ";")
    (tmp_path / "cast.html").write_text(render_cast(plan)[0], "utf-8")
    chromium.open(tmp_path / "cast.html")
    assert chromium.run(ASKED) == 2
    rename(chromium, "P1", "Anna")
    assert chromium.run(ASKED) == 2
    assert "up to 0.20 from the others" in chromium.run("return document.body.innerText")
    chromium.run("document.querySelectorAll('.sure').forEach((each) => each.click())")
    assert chromium.run(ASKED) == 0
    chromium.click("[aria-label='b.mp4, person 1']")
    chromium.press("s")
    assert chromium.run(ASKED) == 2
    assert "from the others" not in chromium.run("return document.body.innerText"), "the group is another one now"
    rename(chromium, "Anna", " ")
    assert chromium.run("return [...document.querySelectorAll('.name')].map((each) => each.value)")[0] == "Anna"
    text = handed_over(chromium)
    assert called(text) == {
        ("a.mp4", 1): "Anna", ("b.mp4", 1): "P02", ("c.mp4", 1): "P2", ("gone.mp4", 1): "P01",
    }  # fmt: skip
    assert 'a.mp4;1;Anna;;"0,0";"9,0";5\n' in text


def test_served_it_saves_and_sees_what_others_did(chromium: Browser, matched: Matched, out: Path) -> None:
    server = serve_cast(ResultsFolder(out), matched.plan)
    try:
        chromium.open(server.address)
        rename(chromium, "P03", "Carl")
        chromium.element("#save").click()
        chromium.until("return document.getElementById('said').textContent.startsWith('Saved')")
        assert "Carl" in called((out / "cast.csv").read_text("utf-8")).values()
        (out / "cast.csv").write_text((out / "cast.csv").read_text("utf-8").replace("Carl", "Dora"), "utf-8")
        rename(chromium, "Carl", "Eve")
        chromium.element("#save").click()
        chromium.until("return document.getElementById('said').textContent.includes('changed meanwhile')")
        assert "Dora" in (out / "cast.csv").read_text("utf-8")
        chromium.run("window.addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true)")
        chromium.open(server.address)
        assert faces(chromium, "Dora")
        assert chromium.complaints() == []
    finally:
        server.close()
