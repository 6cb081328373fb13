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


def test_without_a_step_the_file_is_what_it_was(chromium: Browser, matched: Matched) -> None:
    chromium.open(matched.page)
    assert matched.plan.text.startswith("recording,person,participant,confirmed,first_s,last_s,sights,apart,maybe_same")
    assert handed_over(chromium) == matched.plan.text


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


CHOSEN = "return document.getElementById('move').selectedOptions[0].text"
FOCUSED = "return document.activeElement.getAttribute('aria-label')"


def test_where_a_face_goes_is_chosen_by_keyboard_before_it_moves(chromium: Browser, matched: Matched) -> None:
    from selenium.webdriver.common.keys import Keys

    chromium.open(matched.page)
    known = called(handed_over(chromium))
    chromium.press("m")
    assert "No face is selected" in chromium.element("#said").text
    chromium.run("document.querySelector('[aria-label=\"a.mp4, person 1\"]').focus()")
    chromium.press(Keys.SPACE, "m", Keys.ARROW_DOWN)
    assert chromium.run(CHOSEN) == "a participant of their own"
    assert "Enter moves 1 face to: a participant of their own. Esc cancels." in chromium.element("#said").text
    chromium.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert chromium.run(CHOSEN) == "P01"
    assert called(handed_over(chromium)) == known, "nothing moves before Enter"
    chromium.press(Keys.ESCAPE)
    assert "Nothing was moved" in chromium.element("#said").text
    assert chromium.run(FOCUSED) == "a.mp4, person 1"
    assert chromium.run("return document.querySelectorAll('[aria-pressed=true].face').length") == 1
    chromium.press("m", Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER)
    assert chromium.element("#said").text == "1 face moved to “P01”."
    assert called(handed_over(chromium)) == known | {("a.mp4", 1): "P01"}
    assert chromium.run(FOCUSED) == "a.mp4, person 1"
    chromium.press(Keys.SPACE, "m", Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.TAB)
    assert called(handed_over(chromium))["a.mp4", 1] == "P01", "who goes on without Enter moves nothing"
    assert chromium.run(CHOSEN) == "choose …"


def test_a_face_is_dragged_to_another_group(chromium: Browser, matched: Matched) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    chromium.open(matched.page, height=1400)
    known = called(handed_over(chromium))
    face = chromium.element("[aria-label='a.mp4, person 1']")
    ActionChains(chromium.driver).drag_and_drop(face, chromium.element("[data-name='P01']")).perform()
    chromium.until("return document.getElementById('said').textContent.includes('moved to')")
    assert called(handed_over(chromium)) == known | {("a.mp4", 1): "P01"}
    face = chromium.element("[aria-label='a.mp4, person 2']")
    ActionChains(chromium.driver).drag_and_drop(face, chromium.element("[data-name='P01']")).perform()
    chromium.until("return document.getElementById('said').classList.contains('bad')")
    assert "were seen as two people" in chromium.element("#said").text
    ActionChains(chromium.driver).drag_and_drop(face, chromium.element(".fresh")).perform()
    chromium.until("return document.getElementById('said').textContent.includes('1 face moved')")
    assert called(handed_over(chromium))["a.mp4", 2] == "P05"


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
    elsewhere = (Role("gone.mp4", 1, "P01", rest=("0,0", "3,5", "4", "", "P7 (0.260)")),)
    plan = CastPlan(persons + others, ("P1", "P1", "P2"), (("P1", "P2", 0.25),), elsewhere, "", "1", ";")
    (tmp_path / "cast.html").write_text(render_cast(plan)[0], "utf-8")
    chromium.open(tmp_path / "cast.html")
    assert chromium.run(ASKED) == 2
    rename(chromium, "P1", "Anna")
    assert chromium.run(ASKED) == 2
    chromium.until("return document.body.innerText.includes('up to 0.20 from the others')")
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
    assert 'a.mp4;1;Anna;;"0,0";"9,0";5;"0,200";P2 (0.250)\n' in text
    assert 'c.mp4;1;P2;yes;"0,0";"9,0";5;;Anna (0.250)\n' in text
    assert 'gone.mp4;1;P01;;"0,0";"3,5";4;;P7 (0.260)\n' in text


def maybe_the_same(tmp_path: Path) -> Path:
    """The page of two participants, one of whom has a name that means something to a spreadsheet."""
    persons = tuple(
        CastPerson(Role(key, 1, name), 0.0, 9.0, 9.0, 5, None, None, False)
        for key, name in (("a.mp4", "=P1"), ("b.mp4", "P2"))
    )
    plan = CastPlan(persons, ("=P1", "P2"), (("=P1", "P2", 0.25),), (), "", "1")
    (tmp_path / "cast.html").write_text(render_cast(plan)[0], "utf-8")
    return tmp_path / "cast.html"


def press_button(window: Browser, name: str, text: str) -> None:
    window.run(
        "const group = [...document.querySelectorAll('.group')].find((each) => each.dataset.name === arguments[0]);"
        "[...group.querySelectorAll('.maybe button')].find((each) => each.textContent === arguments[1]).click();",
        name,
        text,
    )


def test_who_may_be_the_same_is_said_to_be(chromium: Browser, tmp_path: Path) -> None:
    chromium.open(maybe_the_same(tmp_path))
    assert "a.mp4,1,'=P1,,0.0,9.0,5,,P2 (0.250)\nb.mp4,1,P2,,0.0,9.0,5,,'=P1 (0.250)\n" in handed_over(chromium)
    press_button(chromium, "=P1", "Same")
    assert chromium.element("#said").text == "1 face moved to “P2”."
    assert called(handed_over(chromium)) == {("a.mp4", 1): "P2", ("b.mp4", 1): "P2"}
    assert chromium.run(ASKED) == 0
    assert chromium.run("return document.activeElement.value") == "P2"
    chromium.element("#undo").click()
    assert chromium.run(ASKED) == 2


def test_who_may_be_the_same_is_said_to_be_different(chromium: Browser, tmp_path: Path) -> None:
    chromium.open(maybe_the_same(tmp_path))
    press_button(chromium, "P2", "Different")
    assert "“P2” and “=P1” stay two." in chromium.element("#said").text
    assert chromium.run(ASKED) == 0
    text = handed_over(chromium)
    assert called(text) == {("a.mp4", 1): "=P1", ("b.mp4", 1): "P2"}
    assert "(0.250)" not in text
    chromium.element("#undo").click()
    assert chromium.run(ASKED) == 2


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


def test_times_have_hours(chromium: Browser, tmp_path: Path) -> None:
    times = (0.0, 59.6, 3599.0, 3600.0, 10800.0, 36061.0)
    persons = [CastPerson(Role("a.mp4", 1 + place, f"P{place}"), at, at, 1.0, 0, None, None, False)
               for place, at in enumerate(times)]  # fmt: skip
    plan = CastPlan(tuple(persons), tuple(person.role.participant for person in persons), (), (), "", "1")
    (tmp_path / "cast.html").write_text(render_cast(plan)[0], "utf-8")
    chromium.open(tmp_path / "cast.html")
    told = chromium.run("return Array.from(document.querySelectorAll('.told span'), (each) => each.textContent)")
    shown = ("0:00", "1:00", "59:59", "1:00:00", "3:00:00", "10:01:01")
    assert {f"person {1 + place}, {at}–{at}" for place, at in enumerate(shown)} <= set(told)
