"""The look of the annotated video: panels beside faces, and the running timeline."""

from __future__ import annotations

import math
from itertools import combinations, pairwise, product

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from results import Face, observations
from videmo.annotate import overlay
from videmo.annotate.canvas import Canvas, rgb, yuv
from videmo.annotate.colours import FAINT, LEFT_OUT, OF_WORDS
from videmo.annotate.glyphs import drawable, lines_mask, text_mask, text_width
from videmo.annotate.labels import Label, Labels, sights_of
from videmo.annotate.layout import SMALLEST_TEXT, STRIP_S, Placement, Placer, Size, between, cap_height
from videmo.annotate.legend import legend_for
from videmo.annotate.overlay import Overlay, _Called
from videmo.annotate.panel import Panels, named_rows, panel_words
from videmo.annotate.segment import overlay_for
from videmo.annotate.strip import Strip, rows_of, strip_box
from videmo.measures.emotions import EMOTIONS
from videmo.measures.registry import ALL_WORDS
from videmo.pipeline.stages.annotation import LABEL_MARGIN_S
from videmo.plots.style import COLOURS, clock
from videmo.records import Box
from videmo.video.planar import planes_of

SIZES = ((426, 240), (240, 426), (640, 360), (1280, 720), (720, 1280), (1920, 1080), (3840, 2160))
FACES: list[Face] = [(0.0, 20.0, 50.0, "happy"), (5.0, 12.0, 300.0, "sad")]
Picture = npt.NDArray[np.uint8]


def _blank(width: int, height: int) -> Picture:
    return np.full((height * 3 // 2, width), 128, np.uint8)


def _label(person: int, box: tuple[float, float, float, float], emotion: str = "happy") -> Label:
    return Label(person, box, tuple(0.9 if name == emotion else 0.025 for name in EMOTIONS))


def _drawn(size: tuple[int, int], time_s: float, on_top: bool = False, faces: list[Face] | None = None) -> Picture:
    picture = _blank(*size)
    labels = Labels(sights_of(observations(faces or FACES, 30.0)), 0.5)
    drawing = Overlay(*size, words=EMOTIONS, strip_on_top=on_top)
    drawing.draw(picture, labels.at(time_s), labels.around(time_s, STRIP_S), time_s)
    return picture


@pytest.mark.parametrize(("size", "on_top"), product(SIZES, (False, True)))
def test_timeline_lies_along_an_edge_and_is_low(size: tuple[int, int], on_top: bool) -> None:
    width, height = size
    box = strip_box(width, height, EMOTIONS, on_top=on_top)
    assert 0.04 * height < box.height < 0.15 * height
    assert (box.top == 0) if on_top else (box.top + box.height == height)
    # Far from the faces nothing else is drawn.
    luma = planes_of(_drawn(size, 25.0, on_top))[0]
    outside = np.ones(height, bool)
    outside[round(box.top) : round(box.top + box.height)] = False
    assert (luma[outside] == 128).all()
    assert (luma[~outside] != 128).mean() > 0.95


@pytest.mark.parametrize("size", SIZES)
def test_timeline_shows_past_left_and_future_right_of_the_line(size: tuple[int, int]) -> None:
    width, _ = size
    box = strip_box(*size, EMOTIONS, on_top=False)
    row = planes_of(_drawn(size, 2.5, faces=[(0.0, 5.0, 50.0, "angry")]))[0][round(box.top + box.height / 2)]
    (line,) = np.flatnonzero((row[:-1] < 230) & (row[1:] == yuv((235, 235, 235))[0]))[-1:]
    second = (width - line) / (STRIP_S / 2)
    before, after = row[round(line - 1.5 * second)], row[round(line + 1.5 * second)]
    gone = row[round(line + 5 * second)]
    assert before == yuv(rgb(COLOURS["angry"]))[0]
    assert len({int(before), int(after), int(gone)}) == 3


def _frightened(likely: float, until_s: float = 20.0) -> pd.DataFrame:
    """One face that shows surprise rather than the other four, and until a moment likely none of the five."""
    table = observations([(0.0, 20.0, 50.0, "surprise")], 30.0)
    table["other"] = np.where(table["status"] == "ok", np.where(table["time_s"] < until_s, likely, 0.1), np.nan)
    return table


def test_a_face_that_more_likely_shows_another_emotion_says_so_on_its_label() -> None:
    (label,) = Labels(sights_of(_frightened(0.62)), 0.5).at(5.0)
    assert (label.strongest, label.other, label.flagged) == ("surprise", pytest.approx(0.62), True)
    assert panel_words("1", label) == ("1  surprise · other 62%", "1")
    (sure,) = Labels(sights_of(_frightened(0.5)), 0.5).at(5.0)
    assert not sure.flagged
    assert panel_words("1", sure) == ("1  surprise 90%", "1")
    (silent,) = Labels(sights_of(_frightened(0.9).drop(columns="other")), 0.5).at(5.0)
    assert not silent.flagged, "tables of seven words, and those of earlier versions"


def test_what_a_flagged_label_says_has_room_in_its_panel() -> None:
    for width, height in SIZES:
        text = cap_height(width, height)
        panels = Panels(width, height, text, str, EMOTIONS)
        plain, flagged = panels.sizes(1), panels.sizes(1, flagged=True)
        assert [size.height for size in flagged][: len(plain)] == [size.height for size in plain][: len(flagged)]
        assert flagged[0].width >= text_width("1  surprise · other 100%", text) + text
        assert flagged[-1] == plain[-1]


def test_the_box_of_a_flagged_face_is_dashed_and_its_time_in_the_strip_is_hatched() -> None:
    box, colour = (200.0, 60.0, 100.0, 100.0), yuv(rgb(COLOURS["surprise"]))[0]
    shares = tuple(0.9 if name == "surprise" else 0.025 for name in EMOTIONS)
    edges = []
    for other in (0.1, 0.9):
        picture = _blank(1280, 720)
        Overlay(1280, 720, words=EMOTIONS).draw(picture, [Label(1, box, shares, other)])
        edges.append(planes_of(picture)[0][60:160, 200] == colour)
    assert edges[0].all()
    assert 0.3 < edges[1].mean() < 0.8
    assert len(np.flatnonzero(np.diff(edges[1].astype(int)))) >= 4, "several dashes"
    strip, drawn = strip_box(1280, 720, EMOTIONS, on_top=False), []
    for likely in (0.1, 0.9):
        labels, picture = Labels(sights_of(_frightened(likely, 5.0)), 0.5), _blank(1280, 720)
        Overlay(1280, 720, words=EMOTIONS).draw(picture, [], labels.around(5.0, STRIP_S), 5.0)
        drawn.append(planes_of(picture)[0][round(strip.top + strip.height / 2)] == colour)
    line = np.flatnonzero(drawn[0] & ~drawn[1]).max()
    assert drawn[0][line - 180 : line].mean() > 0.9
    assert 0.3 < drawn[1][line - 180 : line].mean() < 0.8
    assert (drawn[0] == drawn[1])[line + 60 :].all()


def test_a_face_that_does_not_count_says_why_instead_of_an_emotion() -> None:
    table = observations([(0.0, 10.0, 50.0, "happy")], 10.0)
    turned = table["time_s"].between(4.0, 6.0) & (table["status"] == "ok")
    table.loc[turned, "left_out"] = "turned"
    table.loc[turned, ["happy", "sad"]] = [0.0, 0.9]
    labels = Labels(sights_of(table), 0.5)
    (before,), (within,), (after,) = (labels.at(time_s) for time_s in (3.9, 5.0, 6.1))
    assert (within.left_out, panel_words("Anna", within)) == ("turned", ("Anna  turned away", "Anna"))
    assert [label.left_out for label in (before, after)] == ["", ""]
    assert after.probabilities == pytest.approx(before.probabilities, abs=1e-6), "nothing of what does not count"
    assert not Label(1, within.box, within.probabilities, 0.9, "turned").flagged
    (course,) = labels.around(5.0, STRIP_S)
    moments = np.array([3.9, 5.0, 6.2, 20.0])
    assert course.at(moments).strongest.tolist() == [1, -1, 1, -1]
    assert course.at(moments).left_out.tolist() == [False, True, False, False]

    def colours(label: Label) -> set[tuple[int, int]]:
        picture = _blank(1280, 720)
        Overlay(1280, 720, words=EMOTIONS).draw(picture, [label])
        _, blue, red = planes_of(picture)
        return set(zip(blue.ravel().tolist(), red.ravel().tolist(), strict=True))

    happy, gray = (yuv(colour)[1:] for colour in (rgb(COLOURS["happy"]), LEFT_OUT))
    assert happy in colours(before)
    assert happy not in colours(within)
    assert gray in colours(within)


def test_time_that_does_not_count_is_gray_in_the_strip() -> None:
    table = observations([(0.0, 10.0, 50.0, "happy")], 10.0)
    rows = []
    for reason in ("", "dark"):
        table.loc[table["status"] == "ok", "left_out"] = reason
        labels, picture = Labels(sights_of(table), 0.5), _blank(1280, 720)
        Overlay(1280, 720, words=EMOTIONS).draw(picture, [], labels.around(5.0, STRIP_S), 5.0)
        box = strip_box(1280, 720, EMOTIONS, on_top=False)
        rows.append(planes_of(picture)[0][round(box.top + box.height * 0.6)])
    counted, not_counted = (row == yuv(colour)[0] for row, colour in zip(rows, (rgb(COLOURS["happy"]), LEFT_OUT)))
    line = np.flatnonzero(counted).max()
    assert counted[line - 180 : line].mean() > 0.9
    assert 0.2 < not_counted[line - 180 : line].mean() < 0.5


def test_nothing_is_claimed_before_the_recording_begins() -> None:
    box = strip_box(1280, 720, EMOTIONS, on_top=False)
    row = planes_of(_drawn((1280, 720), 0.0))[0][round(box.top + box.height / 4)]
    assert np.unique(row[400:600]).size == 1


def test_timeline_has_a_line_for_each_person_in_its_colour() -> None:
    picture = _drawn((1280, 720), 11.0)
    box = strip_box(1280, 720, EMOTIONS, on_top=False)
    column = picture[round(box.top) : round(box.top + box.height), 560]
    for emotion in ("happy", "sad"):
        assert (column == yuv(rgb(COLOURS[emotion]))[0]).sum() > 0.2 * len(column)


@pytest.mark.parametrize("time_s", [7.0, 700.0, 3_700.0, 37_000.0, 370_000.0])
def test_the_clock_has_room_before_the_names(time_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, tuple[float, float]] = {}

    def note(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
        written[text] = x, x + text_width(text, size)

    monkeypatch.setattr(Canvas, "text", note)
    table = observations([(0.0, 1.0, 50.0, "happy")], 2.0)
    sights = Labels(sights_of(table.assign(time_s=table["time_s"] + time_s)), 0.5)
    strip = Strip(1280, 720, EMOTIONS, lambda person: "Anna")
    strip.draw(Canvas(_blank(1280, 720)), sights.around(time_s, STRIP_S), time_s)
    assert written[clock(time_s)][1] < written["Anna"][0]


@pytest.mark.parametrize("size", [(640, 360), (854, 480), (1280, 720), (720, 1280)])
def test_rows_have_their_numbers_however_many_there_are(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    written: dict[str, Box] = {}

    def note(canvas: Canvas, text: str, x: float, y: float, size: float) -> None:
        written[text] = Box(x, y - size, text_width(text, size), size)

    monkeypatch.setattr(Canvas, "text", note)
    sights = Labels(sights_of(observations([(0.0, 9.0, 90.0 * number, "happy") for number in range(7)], 10.0)), 0.5)
    Strip(*size, ALL_WORDS, str).draw(Canvas(_blank(*size)), sights.around(5.0, STRIP_S), 5.0)
    names = [written[str(person)] for person in range(1, 7)]
    assert all(box.height >= SMALLEST_TEXT for box in names)
    assert all(one.common(other) == 0 for one, other in combinations(names, 2))
    assert [box.top for box in names] == sorted(box.top for box in names)


def test_more_persons_than_rows_still_fit() -> None:
    faces: list[Face] = [(0.0, 20.0, 70.0 * number, "happy") for number in range(9)]
    for size in SIZES:
        assert (_drawn(size, 5.0, faces=faces) != 128).any()


@pytest.mark.parametrize("size", [(2, 2), (16, 16), (64, 2), (2, 64)])
def test_no_picture_is_too_small(size: tuple[int, int]) -> None:
    _drawn(size, 5.0)


@pytest.mark.parametrize("size", SIZES)
def test_panels_keep_off_faces_and_the_timeline(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    filled: list[Box] = []

    class Watched(Canvas):
        def fill(self, left, top, right, bottom, colour, opacity=1.0):  # type: ignore[no-untyped-def]
            if opacity < 1:
                filled.append(Box(left, top, right - left, bottom - top))
            super().fill(left, top, right, bottom, colour, opacity)

    monkeypatch.setattr(overlay, "Canvas", Watched)
    width, height = size
    labels = Labels(sights_of(observations(FACES, 30.0)), 0.5)
    for share, x, y in product((0.1, 0.3, 0.6), (0.0, 0.4, 0.9), (0.0, 0.4, 0.85)):
        side = share * min(size)
        faces = [
            _label(1, (x * (width - side), y * (height - side), side, side)),
            _label(2, ((1 - x) * (width - side), (1 - y) * (height - side) * 0.9, 0.5 * side, 0.5 * side)),
        ]
        filled.clear()
        Overlay(width, height, words=EMOTIONS).draw(_blank(width, height), faces, labels.around(5.0, STRIP_S), 5.0)
        assert len(filled) == 2
        for panel in filled:
            assert panel.common(strip_box(width, height, EMOTIONS, on_top=False)) == 0
            for face in faces:
                assert panel.common(Box(*face.box)) < 1.0, (size, share, x, y)


def test_panel_shrinks_where_a_large_one_would_cover_a_face() -> None:
    sizes = [Size(100, 60), Size(100, 20), Size(20, 20)]
    wide = Placer(1000, 1000).place({1: Box(400, 400, 100, 100)}, {1: sizes})
    assert wide[1].size_index == 0
    tight = Placer(200, 130).place({1: Box(40, 25, 120, 80)}, {1: sizes})
    assert tight[1].size_index > 0
    assert tight[1].box.common(Box(40, 25, 120, 80)) == 0


def _crowd(seed: int) -> dict[int, Box]:
    random, faces = np.random.default_rng(seed), {}
    for person in range(1, 9):
        side = random.uniform(40, 90)
        faces[person] = Box(random.uniform(0, 854 - side), random.uniform(0, 400 - side), side, side)
    return faces


@pytest.mark.parametrize("seed", range(6))
def test_a_panel_is_nearer_to_its_own_face_than_to_any_other_or_a_line_leads_there(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    panels = Panels(854, 480, cap_height(854, 480), str, ALL_WORDS)
    placer, lines, strays = Placer(854, 480), [], 0
    for shift in (0.0, 3.0, 12.0):
        faces = {person: box._replace(left=box.left + shift) for person, box in _crowd(seed).items()}
        placed = placer.place(faces, {person: panels.sizes(person) for person in faces})
        for person, placement in placed.items():
            apart = {other: math.dist(*between(placement.box, face)) for other, face in faces.items()}
            near = apart[person] <= min(apart.values())
            assert placement.strays is not near, (person, apart)
            strays += placement.strays
            if not near:
                assert placement.size_index == len(panels.sizes(person)) - 1, "no more than who it is"
    monkeypatch.setattr(Canvas, "line", lambda _, begin, end, colour, thickness: lines.append((begin, end)))
    drawing = Overlay(854, 480, words=ALL_WORDS)
    for shift in (0.0, 3.0, 12.0):
        moved = {person: box._replace(left=box.left + shift) for person, box in _crowd(seed).items()}
        drawing.draw(_blank(854, 480), [Label(person, tuple(box), (0.4, *[0.1] * 6)) for person, box in moved.items()])
    assert (len(lines) > 0) == (strays > 0)


def test_a_line_is_drawn_in_its_colour_and_stays_inside_the_picture() -> None:
    picture = _blank(640, 360)
    Canvas(picture).line((600.0, 100.0), (700.0, 100.0), rgb(COLOURS["happy"]), 4)
    luma = planes_of(picture)[0]
    assert luma[100, 620] == yuv(rgb(COLOURS["happy"]))[0]
    assert (luma[:, :590] == 128).all()


def test_a_panel_that_had_to_shrink_grows_again_beside_its_face() -> None:
    sizes, face = [Size(100, 60), Size(100, 20), Size(20, 20)], Box(200, 200, 80, 80)
    placer = Placer(640, 360)
    around = [Box(0, 0, 640, 170), Box(0, 310, 640, 50), Box(0, 0, 170, 360), Box(310, 0, 330, 360)]
    assert placer.place({1: face}, {1: sizes}, around)[1].size_index == 1
    assert placer.place({1: face}, {1: sizes})[1].size_index == 0


def test_panel_stays_where_it_is_while_its_face_trembles() -> None:
    placer, random = Placer(640, 360), np.random.default_rng(1)
    sizes = {person: [Size(120, 50), Size(120, 20), Size(20, 20)] for person in (1, 2)}
    seen = []
    for _ in range(50):
        shake = random.uniform(-3, 3, 4)
        faces = {1: Box(200 + shake[0], 100 + shake[1], 80, 80), 2: Box(300 + shake[2], 160 + shake[3], 80, 80)}
        places = placer.place(faces, sizes)
        assert all(edge % 2 == 0 for n in (1, 2) for edge in places[n].box)
        seen.append([(places[n].size_index, places[n].box.left - faces[n].left) for n in (1, 2)])
    for person in (0, 1):
        indices, offsets = zip(*(place[person] for place in seen), strict=True)
        assert len(set(indices)) == 1
        assert max(offsets) - min(offsets) < 2  # on even pixels


def test_drawn_box_stands_still_while_the_found_one_trembles_and_follows_when_it_moves() -> None:
    drawing, random, seen = Overlay(640, 360, words=EMOTIONS), np.random.default_rng(3), set()

    def left_edge(x: float) -> int:
        picture = _blank(640, 360)
        drawing.draw(picture, [_label(1, (x, 100.0, 120.0, 160.0))])
        return int(np.flatnonzero(picture[180] != 128)[0])

    for shake in random.uniform(-0.8, 0.8, 40):
        seen.add(left_edge(300.0 + shake))
    assert len(seen) == 1
    for x in np.arange(300.0, 340.0, 3.0):
        assert abs(left_edge(x) - x) <= 0.01 * 160 + 1


def test_timeline_goes_where_fewer_faces_are() -> None:
    table = observations([(0.0, 5.0, 50.0, "happy")], 6.0)
    tops = [
        overlay_for(640, 360, Labels(sights_of(table.assign(y=y)), 0.5), {}).strip_box.top for y in (0.0, 150.0, 299.0)
    ]
    assert [top == 0 for top in tops] == [False, False, True]


def test_what_a_chunk_knows_is_enough_for_its_timeline() -> None:
    table = observations([(0.0, 60.0, 50.0, "happy"), (3.0, 55.0, 300.0, "sad")], 60.0)
    begin, end = 25.0, 35.0
    part = table[table["time_s"].between(begin - LABEL_MARGIN_S, end + LABEL_MARGIN_S)]
    for time_s in np.arange(begin, end, 0.7):
        pictures = []
        for known in (table, part):
            labels, picture = Labels(sights_of(known), 0.5), _blank(640, 360)
            Overlay(640, 360, words=EMOTIONS).draw(picture, labels.at(time_s), labels.around(time_s, STRIP_S), time_s)
            pictures.append(picture)
        assert np.array_equal(*pictures)


def test_course_is_known_while_it_holds_and_not_in_gaps() -> None:
    table = observations([(0.0, 1.0, 50.0, "happy"), (4.0, 5.0, 50.0, "happy")], 6.0)
    (first, second) = Labels(sights_of(table), 0.5).around(2.0, 30.0)
    times = np.array([-0.05, 0.0, 0.55, 1.0, 1.09, 1.5, 4.0])
    happy = EMOTIONS.index("happy")
    assert first.at(times).strongest.tolist() == [-1, happy, happy, happy, happy, -1, -1]
    assert second.at(times).strongest.tolist() == [-1] * 6 + [happy]
    assert [course.person for course in Labels(sights_of(table), 0.5).around(20.0, 30.0)] == [2]


def test_names_are_shown_where_the_font_has_their_letters() -> None:
    assert drawable("Anna \u05d3\u05e0\u05d4 \u041e\u043b\u0435\u0433")
    assert not drawable("\u5b89\u5a1c")
    pictures = {}
    for name in ("", "Anna", "\u05d3\u05e0\u05d4", "\u5b89\u5a1c", "x" * 400):
        picture = _blank(640, 360)
        Overlay(640, 360, {1: name} if name else {}, words=EMOTIONS).draw(picture, [_label(1, (300, 150, 60, 60))])
        pictures[name] = picture.tobytes()
    assert pictures["\u5b89\u5a1c"] == pictures[""]
    assert len(set(pictures.values())) == 4


def test_text_is_as_high_and_wide_as_it_says() -> None:
    for height in (7.0, 20.0, 60.0):
        mask, _, top = text_mask("HIT", height)
        assert mask.shape[0] == pytest.approx(height, abs=1.5)
        assert -top == pytest.approx(height, abs=1.5)
        assert text_width("HIT", height) == pytest.approx(mask.shape[1], abs=0.2 * height + 2)
        assert 0 <= mask.min() < mask.max() <= 1


def test_see_through_colour_is_mixed_with_what_is_below() -> None:
    rng = np.random.default_rng(2)
    picture = rng.integers(16, 236, (96, 64), np.uint8)
    drawn = picture.copy()
    Canvas(drawn).fill(4, 6, 30, 40, (24, 26, 29), 0.78)
    for before, after, value, scale in zip(
        planes_of(picture), planes_of(drawn), yuv((24, 26, 29)), (1, 2, 2), strict=True
    ):
        inside = (slice(6 // scale, 40 // scale), slice(4 // scale, 30 // scale))
        meant = before.astype(float)
        meant[inside] = 0.22 * meant[inside] + 0.78 * value
        assert np.abs(after - meant).max() <= 1


def test_each_bar_is_as_long_as_its_emotion_is_likely() -> None:
    picture, shares = _blank(320, 240), (0.5, 0.25, 0.15, 0.08, 0.02)
    tones = [yuv(rgb(COLOURS[emotion])) for emotion in EMOTIONS]
    palette = np.array([*tones, yuv(FAINT)], np.uint8)
    Canvas(picture).bars(20, 40, 6, 100, 100 * np.array(shares), palette)
    for plane, channel, scale in zip(planes_of(picture), range(3), (1, 2, 2), strict=True):
        for number, share in enumerate(shares):
            line = plane[(40 + 6 * number) // scale, 20 // scale : 120 // scale]
            end = round(100 * share / scale)
            assert (line[:end] == tones[number][channel]).all()
            assert (line[end:] == yuv(FAINT)[channel]).all()
    luma = planes_of(picture)[0]
    assert (luma[44:46] == 128).all()
    assert (luma[:, :20] == 128).all()
    assert (luma[:, 120:] == 128).all()


def test_timeline_moves_by_whole_columns_and_stands_still_between() -> None:
    table = observations([(0.0, 20.0, 50.0, "happy"), (6.0, 9.0, 50.0, "sad")], 20.0)
    labels, box = Labels(sights_of(table), 0.5), strip_box(640, 360, EMOTIONS, on_top=False)
    row, seen = round(box.top + box.height / 2), []
    for time_s in np.arange(10.0, 10.9, 0.004):  # within one second: the clock stays
        picture = _blank(640, 360)
        Overlay(640, 360, words=EMOTIONS).draw(picture, [], labels.around(time_s, STRIP_S), time_s)
        seen.append(picture[row])
    changes = [not np.array_equal(before, after) for before, after in pairwise(seen)]
    assert 5 < sum(changes) < 12
    for before, after in pairwise(seen):
        assert np.array_equal(before[120:300], after[120:300]) or np.array_equal(before[122:302], after[120:300])


def test_drawing_leaves_no_pixel_outside_the_legal_range() -> None:
    picture = _drawn((640, 360), 8.0)
    luma, *chroma = planes_of(picture)
    assert luma.min() >= 16
    assert luma.max() <= 235
    assert all(plane.min() >= 16 and plane.max() <= 240 for plane in chroma)


def test_strip_shows_who_is_in_a_still_picture_until_the_next_one() -> None:
    times = [*(n / 25 for n in range(50)), *(12 + n / 25 for n in range(50))]
    table = pd.concat([observations(FACES, 4.0).head(1)] * len(times), ignore_index=True).assign(time_s=times)
    (course,) = Labels(sights_of(table), 0.5).around(6.0, 30.0)
    assert (course.at(np.arange(0.0, 13.9, 0.1)).strongest >= 0).all()
    away = table.assign(status=["ok"] * 49 + ["no_face"] + ["ok"] * 50)
    (course,) = Labels(sights_of(away), 0.5).around(6.0, 30.0)
    assert (course.at(np.arange(2.1, 11.9, 0.1)).strongest < 0).all()


def test_words_stand_beside_their_bars() -> None:
    pitch, height = 12, 8.0
    mask, above = lines_mask(("HAPPY", "SAD", "X"), height, pitch)
    rows = np.flatnonzero(mask.max(axis=1) > 0.5) - above
    for place in range(3):
        own = rows[(rows >= place * pitch) & (rows < (place + 1) * pitch)] - place * pitch
        assert (own.min() + own.max() + 1) / 2 == pytest.approx((pitch - pitch // 3) / 2, abs=0.5), (
            "the middle of a bar"
        )
    assert mask[-1].max() == 0


@pytest.mark.parametrize("height", [240, 360, 480, 720, 1080, 2160])
def test_words_beside_bars_are_whole_and_keep_clear_of_each_other(height: int) -> None:
    words, cap = ALL_WORDS, cap_height(height * 16 // 9, height)
    pitch, small = named_rows(cap)
    mask, _ = lines_mask(words, small, pitch)
    alone = sum(float(text_mask(word, small)[0].sum()) for word in words)
    assert float(mask.sum()) == pytest.approx(alone, rel=1e-6)


def test_the_largest_panel_names_its_bars_and_smaller_ones_do_not() -> None:
    panels = Panels(640, 360, 9.5, str, EMOTIONS)
    sizes = panels.sizes(1)
    assert [size.height for size in sizes[:3]] == sorted((size.height for size in sizes[:3]), reverse=True)
    bright = []
    for size in sizes[:2]:
        picture = _blank(640, 360)
        box = Box(100, 100, size.width, size.height)
        panels.draw(Canvas(picture), _label(1, (0, 0, 10, 10), "sad"), Placement(0, box))
        below = picture[100 + round(9.5 * 2) : 100 + round(size.height), 106:150]
        bright.append(int((below > 170).sum()))
    assert bright[0] > 60
    assert bright[0] > bright[1] + 40


@pytest.mark.parametrize("words", [EMOTIONS, ALL_WORDS])
@pytest.mark.parametrize("size", [(640, 360), (1280, 720), (480, 854), (1920, 1080)])
def test_a_legend_names_the_colours_of_the_timeline(size: tuple[int, int], words: tuple[str, ...]) -> None:
    legend = legend_for(*size, words)
    assert legend is not None
    box = strip_box(*size, words, on_top=False)
    rows = _drawn(size, 5.0)[round(box.top) : round(box.top) + legend.height]
    for word in EMOTIONS:
        assert (rows == yuv(OF_WORDS[word])[0]).sum() >= 0.8 * legend.text**2


@pytest.mark.parametrize("size", [(160, 120), (320, 64), (64, 64)])
def test_a_picture_without_room_has_no_legend(size: tuple[int, int]) -> None:
    assert legend_for(*size, EMOTIONS) is None


def test_codes_that_differ_at_their_end_are_told_apart() -> None:
    called = _Called({1: "Teilnehmerin-2024-01", 2: "Teilnehmerin-2024-02", 3: "Anna"})
    assert called(1) == "Teilnehm…n-2024-01"
    assert called(2) == "Teilnehm…n-2024-02"
    assert called(3) == "Anna"


def test_no_two_persons_are_called_alike_in_a_video() -> None:
    called = _Called({1: "3", 2: "2", 4: "Teilnehmerin 1 der Gruppe 2024", 5: "Teilnehmerin 2 der Gruppe 2024"})
    assert [called(person) for person in (1, 2, 3)] == ["3 (1)", "2", "3"]
    assert called(4) != called(5)
    assert called(4).endswith(" (4)")


def test_the_strip_shows_those_in_view_where_there_are_more_than_it_has_rows() -> None:
    faces = [(0.0, 1.0, 60.0 * place, "happy") for place in range(6)] + [(8.0, 20.0, 400.0, "sad")]
    around = Labels(sights_of(observations(faces, 20.0)), 0.5).around
    assert [course.person for course in rows_of(around(12.0, STRIP_S), 12.0)] == [1, 2, 3, 4, 5, 7]
    assert [course.person for course in rows_of(around(0.5, STRIP_S), 0.5)] == [1, 2, 3, 4, 5, 6]
    assert len(rows_of(around(12.0, STRIP_S)[:3], 12.0)) == 3
