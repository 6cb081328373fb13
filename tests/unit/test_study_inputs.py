"""Inputs of a study: what people hold in their hands is read, and what is wrong is named by file, line and column."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import EVENTS, PLAN, make_study
from videmo.errors import StudyError, VidemoError
from videmo.pipeline.study.run import open_study, run_study
from videmo.study.clock import Clock, fit_clock
from videmo.study.codes import read_codes
from videmo.study.contrasts import Contrast, Factors, parse_contrast
from videmo.study.events import read_events
from videmo.study.expression import parse_expression
from videmo.study.measures import measure
from videmo.study.participants import read_participants
from videmo.study.plan import read_plan
from videmo.study.sheet import read_sheet
from videmo.study.track import track_of

PEOPLE = "participant_id,group,age\n" + "".join(f"sub-{n:02},{'ab'[n % 2]},{20 + n}\n" for n in range(1, 7))
CAST = "recording,participant_id,person,offset_s,rate\n" + "".join(
    f"sub-{n:02}_task-film.mp4,sub-{n:02},1,0.5,1\n" for n in range(1, 7)
)
CODES = "recording,person,coder,onset,duration,code\n" + "".join(
    f"sub-{n:02}_task-film.mp4,1,anna,{n},2.5,smile\n" for n in range(1, 7)
)
TEXTS = {"participants.csv": PEOPLE, "cast.csv": CAST, "events.csv": EVENTS, "codes.csv": CODES, "study.toml": PLAN}


def sheet(text: str, name: str = "t.csv"):  # type: ignore[no-untyped-def]
    return read_sheet(text.encode(), name)


# What is read.


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_separators_and_byte_order_marks_make_no_difference(separator: str, bom: str) -> None:
    found = read_participants(sheet(bom + PEOPLE.replace(",", separator)))
    assert found == read_participants(sheet(PEOPLE))
    assert [person.id for person in found.people][:2] == ["sub-01", "sub-02"]


def test_variables_are_factors_numbers_or_texts() -> None:
    rows = "".join(f"p{n},{n % 3},{'xyz'[n % 3]},note {n},NA\n" for n in range(12))
    found = read_participants(sheet("participant_id,count,kind,remark,empty\n" + rows))
    assert [(each.name, each.kind) for each in found.variables] == [
        ("count", "number"), ("kind", "factor"), ("remark", "text"), ("empty", "factor"),
    ]  # fmt: skip
    named = read_participants(sheet("participant_id,count\n" + "".join(f"p{n},{n % 2}\n" for n in range(4))), ["count"])
    assert named.variables[0].levels == ("0", "1")


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("onset,duration,trial_type,stim_file", "1.5,2,funny,a.mp4"),
        ("start_s,end,label,item", "1.5,3.5,funny,a.mp4"),
        ("onset_ms,duration_ms,condition,stimulus", "1500,2000,funny,a.mp4"),
        ("Start (s),Stop (s),Behavior,stim_file", "1.5,3.5,funny,a.mp4"),
        ("begin,duration_s,name,item", "00:00:01.500,2.0,funny,a.mp4"),
        ("onset_ms,end_ms,name,item", "1500,3500,funny,a.mp4"),
    ],
)
def test_columns_of_events_have_many_names(header: str, row: str) -> None:
    (event,) = read_events(sheet(f"{header}\n{row}\n"), {})
    assert (event.onset_s, event.duration_s, event.label, event.stimulus) == (1.5, 2.0, "funny", "a.mp4")


def test_events_of_bids_are_read_unchanged() -> None:
    rows = ("onset duration trial_type response_time stim_file", "0.0 4.5 funny n/a images/a.png", "6 4.5 sad 1.2 n/a")
    text = "".join(row.replace(" ", "\t") + "\n" for row in rows)
    first, second = read_events(sheet(text, "sub-01_task-film_events.tsv"), {})
    assert (first.onset_s, first.duration_s, first.label, first.stimulus) == (0.0, 4.5, "funny", "images/a.png")
    assert second.stimulus == ""


def test_names_with_signs_commas_emoji_and_other_scripts_stay() -> None:
    names = ["'=1+1", '"Doe, Anna"', "😀", "وجه", "Müller"]
    found = read_participants(sheet("participant_id\n" + "\n".join(names) + "\n"))
    assert {person.id for person in found.people} == {"=1+1", "Doe, Anna", "😀", "وجه", "Müller"}


def test_contrasts_are_understood_with_minus_signs_in_their_levels() -> None:
    factors = Factors({"label": ("a - b", "c", "funny"), "group": ("x", "y")}, ("age",), ("a - b", "c", "funny"))
    assert parse_contrast("label: a - b - c", factors, "t") == Contrast("label", ("a - b", "c"))
    assert parse_contrast("group: x - y | funny", factors, "t") == Contrast("group", ("x", "y"), ("funny",))
    assert parse_contrast("group: x - y | a - b - funny", factors, "t").labels == ("a - b", "funny")
    assert parse_contrast("age | c", factors, "t") == Contrast("age", (), ("c",))
    assert parse_contrast("label", factors, "t").whole
    for text in ("labl: c - funny", "label: c - fuunny", "label: c - c", "label: c", "group: x - z", "age | d"):
        with pytest.raises(StudyError):
            parse_contrast(text, factors, "t")
    for contrast in (
        Contrast("label", ("a - b", "c")), Contrast("group", ("x", "y"), ("funny",)), Contrast("age", ()),
    ):  # fmt: skip
        assert parse_contrast(contrast.name, factors, "t") == contrast


def test_formulas_know_names_numbers_and_signs_and_nothing_else() -> None:
    import numpy as np

    words = ("happy", "sad", "angry")
    values = {"happy": np.array([0.5]), "sad": np.array([0.2]), "angry": np.array([0.3])}
    assert parse_expression("happy - max(sad, angry)", words, "t")(values) == pytest.approx(0.2)
    assert parse_expression("-(abs(sad - angry) * 10 + 1) / 2", words, "t")(values) == pytest.approx(-1.0)
    assert np.isnan(parse_expression("happy / (sad - sad)", words, "t")(values)).all()
    for text in (
        "__import__('os')", "happy.real", "happy ** 2", "happy if sad else 1", "[happy]", "lambda: 1", "open(1)",
        "hapy", "max(happy)", "'a'", "True", "happy; sad", "", "max(happy, key=sad)", "happy < sad", "(" * 300,
    ):  # fmt: skip
        with pytest.raises(StudyError):
            parse_expression(text, words, "t")


@pytest.mark.parametrize("stray", ["5 s", "2026-01-03", "½", "1 000", "old", "inf"])
def test_a_word_among_numbers_is_not_taken_for_a_group(stray: str) -> None:
    rows = "".join(f"{number},{20 + number}\n" for number in range(9))
    with pytest.raises(StudyError, match=r"line 11, column age: .*not a number, as nearly all others"):
        read_participants(sheet(f"participant_id,age\n{rows}x,{stray}\n"))
    text = f"participant_id,age\n{rows}x,{stray}\n"
    assert read_participants(read_sheet(text.encode(), "p.csv"), ["age"]).variables[0].kind == "factor"
    assert read_participants(sheet("participant_id,age\n1,2\n2,3\n3,a\n4,b\n")).variables[0].kind == "factor"


def test_columns_that_are_nearly_known_are_not_ignored_in_silence() -> None:
    for wrong in ("knid", "kinds", "stimulas", "recordng", "participant_ids", "sesion"):
        with pytest.raises(StudyError, match=f"column {wrong}: unknown column. Did you mean"):
            read_events(read_sheet(f"onset,duration,label,{wrong}\n1,2,a,b\n".encode(), "events.csv"), {})
    text = "onset,duration,trial_type,response_time,value,sample,HED\n1,2,a,1,2,3,4\n"
    assert len(read_events(read_sheet(text.encode(), "events.csv"), {})) == 1
    with pytest.raises(StudyError, match="Did you mean person"):
        read_codes(read_sheet(b"recording,coder,onset,duration,code,persons\na,b,1,2,c,1\n", "codes.csv"))


def test_signs_that_nobody_sees_make_no_difference() -> None:
    text = "onset,duration,label,kind\u200b\n1,2,fun\u2060ny,baseline\ufeff\n2,3,a\u00a0b,stimulus\n"
    found = read_events(read_sheet(text.encode(), "events.csv"), {})
    assert [(event.label, event.kind) for event in found] == [("funny", "baseline"), ("a b", "stimulus")]


def test_formulas_need_an_emotion_and_gaps_do_not_spoil_quotients() -> None:
    words = ("happy", "sad")
    for text in ("1/0", "5", "max(1, 2)"):
        with pytest.raises(StudyError, match="names no emotion"):
            parse_expression(text, words, "study.toml")
    table = pd.DataFrame({"start_s": [0.0, 0.2, 0.4], "end_s": [0.2, 0.4, 0.6], "coverage": [1.0, 0.0, 1.0],
                          "happy": [0.6, np.nan, 0.2], "sad": [0.2, np.nan, 0.1]})  # fmt: skip
    track = track_of(table, None, Clock(), words, {"ratio": parse_expression("happy / sad", words, "t")})
    found = measure(track, 0.0, 0.6, threshold=0.5, min_shown_s=0.4, words=2)
    assert found.mean[2] == pytest.approx(2.5)
    assert found.peak[2] == pytest.approx(3.0)


def test_two_markers_make_a_clock() -> None:
    clock = fit_clock([0.0, 600.0], [12.0, 12.0 + 600 * 1.002], "t")
    assert clock.recording(300.0) == pytest.approx(12 + 300 * 1.002, abs=1e-9)
    with pytest.raises(StudyError, match=r"0\.98 to 1\.02"):
        fit_clock([0.0, 600.0], [0.0, 630.0], "t")
    with pytest.raises(StudyError, match="at least two"):
        fit_clock([5.0, 5.0], [1.0, 2.0], "t")


def test_settings_say_what_is_wrong_with_them() -> None:
    for text, said in (
        ("[study]\ntitel = 'x'\n", "line 2, column 1: unknown setting 'study.titel'. Did you mean 'study.title'"),
        ("[validity]\nmin_share = 2\n", "line 2, column 1: validity.min_share = 2.0 is out of range"),
        ("[stdy]\nx = 1\n", "line 1, column 2: unknown section [stdy]. Did you mean 'study'?"),
        ("[measures]\nv = 'hapy + 1'\n", "line 2, column 1: 'hapy' is no emotion. Did you mean 'happy'?"),
    ):
        with pytest.raises(StudyError) as caught:
            read_plan(text.encode(), "study.toml")
        assert said in str(caught.value)


# What is wrong.


def rows_changed(text: str, change) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """The text with one row changed, for each row."""
    lines = text.strip().split("\n")
    for place in range(1, len(lines)):
        changed = change(lines[place])
        yield "\n".join([*lines[:place], changed, *lines[place + 1 :]]) + "\n"


def cell(column: int, value: str):  # type: ignore[no-untyped-def]
    """A change that puts a value into one cell of a row."""

    def change(row: str) -> str:
        cells = row.split(",")
        cells[column] = value
        return ",".join(cells)

    return change


def changed_cells(text: str, column: int, values: Iterable[str]) -> list[bytes]:
    """The text with one cell of a column changed, for each row and value."""
    return [each.encode() for value in values for each in rows_changed(text, cell(column, value))]


def broken_files(text: str) -> Iterator[bytes]:
    """Files that are no tables at all."""
    yield text.encode("utf-16")
    yield text.encode("utf-16-le")
    yield b"\xfe\xff" + text.encode("utf-16-be")
    yield "Name;Größe\nä;ö\n".encode("latin-1")
    yield (text + "Jörg,a,1\n").encode("cp1252")
    yield b"PK\x03\x04" + bytes(200)
    yield b"\xd0\xcf\x11\xe0" + bytes(200)
    yield b"%PDF-1.4\n"
    yield b"{\\rtf1 text}"
    yield b""
    yield b"\n\n\n"
    yield text.encode()[:30] + b"\0" + text.encode()[30:]
    yield text.split("\n")[0].encode() + b"\n"
    yield text.replace("\n", ',"\n', 1).encode()


def broken_rows(text: str, ids: list[int], numbers: list[int], times: list[int]) -> Iterator[bytes]:
    """Tables of which one row is wrong."""
    for variant in (
        *rows_changed(text, lambda row: row + ",more"),
        *rows_changed(text, lambda row: f"{row}\n{row}"),
        *(each for column in ids for each in rows_changed(text, cell(column, ""))),
        *(each for column in ids for each in rows_changed(text, cell(column, "#REF!"))),
        *(
            each
            for column in numbers
            for value in ("a lot", '"1,5"', "=A1*2", "1e999", "nan5", "2024-05-01", "#DIV/0!", "1_000")
            for each in rows_changed(text, cell(column, value))
        ),
        *(
            each
            for column in times
            for value in ("01.05.2024", "2024-05-01 12:00", "5-Jan", "00:75:00", "1:2:3:4", "soon", "∞")
            for each in rows_changed(text, cell(column, value))
        ),
    ):
        yield variant.encode()


def broken_headers(text: str, needed: list[str]) -> Iterator[bytes]:
    """Tables with another line of names."""
    header, rest = text.split("\n", 1)
    columns = header.split(",")
    for name in needed:
        for wrong in (name[:-1], name + "x", name[::-1], f"{name} of it", "column 1", ""):
            yield f"{','.join(wrong if each == name else each for each in columns)}\n{rest}".encode()
    for name in columns:
        yield f"{header},{name}\n{rest}".encode()
        yield f"{header},{name.upper()}\n{rest}".encode()
    yield rest.encode()


def variants(kind: str) -> list[bytes]:
    """Broken variants of one input."""
    text = TEXTS[kind]
    if kind == "study.toml":
        return [variant.encode() for variant in broken_plans()] + list(broken_files(text))[:8]
    needed = {
        "participants.csv": ["participant_id"],
        "cast.csv": ["recording", "participant_id"],
        "events.csv": ["onset", "duration", "label"],
        "codes.csv": ["recording", "coder", "onset", "duration", "code"],
    }[kind]
    places = {name: place for place, name in enumerate(text.split("\n")[0].split(","))}
    ids = [places[name] for name in needed if name in ("participant_id", "recording", "label")]
    numbers = [places[name] for name in ("offset_s", "rate", "onset", "duration") if name in places]
    times = [places[name] for name in ("offset_s", "onset", "duration") if name in places]
    found = [*broken_files(text), *broken_rows(text, ids, numbers, times), *broken_headers(text, needed)]
    if kind == "participants.csv":
        for column, values in (
            (0, ("(all)", "sub-03")), (1, ("=SUM(A1)", "=NOW()")), (2, ('"23,5"', "#VALUE!", "#NAME?")),
        ):  # fmt: skip
            found += changed_cells(text, column, values)
        maybe = text.replace("participant_id,", "participant_id,include,")
        found += [maybe.replace("\nsub-", f"\nsub-{n},maybe,sub-").encode() for n in range(20)]
        taken = ("label", "emotion", "value", "measure", "used", "reason")
        found += [text.replace("age", name).encode() for name in taken]
        found += [each.encode() for each in rows_changed(text, lambda row: row.replace(",", "#") + '"')]
        found += [each.encode() for each in rows_changed(text, lambda row: row.replace(",", "|") + '"')]
    if kind == "cast.csv":
        for column, values in (
            (0, ("sub-1_task-film.mp4", "nowhere/*")), (1, ("sub-99", "sbu-01", "SUB-01", "1")), (2, ("9", "Anna")),
            (4, ("1.5", "0", "-1", "25")),
        ):  # fmt: skip
            found += changed_cells(text, column, values)
    if kind == "codes.csv":
        found = [each for each in found if each.count(b"\n") != 1]  # nothing was coded yet
    return found


def broken_plans() -> Iterator[str]:
    """Settings that are wrong."""
    names = (
        "study.title", "study.seed", "baseline.source", "baseline.before_s", "validity.min_share", "validity.threshold",
        "compare.measures", "compare.unit", "timecourse.step_s", "synchrony.window_s", "coding.share",
    )  # fmt: skip
    for name in names:
        section, key = name.split(".")
        for wrong in ("x = 1", " = [1, 2]", " = -7", " = {a = 1}", " ="):
            yield f"[{section}]\n{key}{wrong}\n"
        yield f"[{section}]\n{key[:-1]} = 1\n"
        yield f"[{section}s]\n{key} = 1\n"
        yield f"{section} = 5\n"
    yield from ("=", "[study", "x = y", "[study]\ntitle = 'a\n", "\t[study]\n[study]\n", "a = 1", "[[study]]\n")
    for formula in ("hapy", "happy +", "happy ** 2", "f(happy)", "", "happy and sad"):
        yield f'[measures]\nvalence = "{formula}"\n'
    yield "[measures]\nhappy = 'sad'\n"
    yield "[codes]\nsmile = 'hapy'\n"
    yield PLAN.replace("funny", "fanny")
    yield PLAN.replace("label:", "labels:")
    yield PLAN.replace('"happy"', '"joy"')
    yield PLAN.replace("top10_mean", "top_mean")
    yield PLAN.replace(', contrast = "label: funny - neutral"', "")
    yield PLAN.replace("../out", ".")
    yield PLAN + "[compare]\ncontrasts = ['label: funny - sad']\n"
    yield PLAN + "[compare]\nemotions = ['joy']\n"
    yield PLAN + "[compare]\nunit = 'dyad'\n"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study whose files can be replaced."""
    folder = make_study(tmp_path_factory.mktemp("study"), 6)
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    open_study(folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(TEXTS))
def test_a_hundred_broken_variants_are_a_sentence_each_and_nothing_is_written(kind: str, study: Path) -> None:
    good = (study / kind).read_bytes()
    found = list(dict.fromkeys(each for each in variants(kind) if each != good))
    assert len(found) >= 100, len(found)
    quiet, placeless = [], 0
    try:
        for content in found:
            (study / kind).write_bytes(content)
            try:
                run_study(study)
                quiet.append(content)
                shutil.rmtree(study / "results")
            except VidemoError as error:
                words = str(error)
                assert kind.split(".")[0] in words or "results" in words, words
                assert words.endswith((".", "?", '"')), words
                placeless += not re.search(r"line \d+", words)
            assert not (study / "results").exists(), content
    finally:
        (study / kind).write_bytes(good)
    assert not quiet, quiet[:5]
    assert placeless <= 16, "nearly all of them have a line"


def test_errors_name_the_column_and_the_nearest_known_name(study: Path) -> None:
    cast = study / "cast.csv"
    good = cast.read_text(encoding="utf-8")
    for wrong, said in (
        (good.replace(",sub-03,", ",sbu-03,"), "cast.csv, line 4, column participant_id: 'sbu-03' is not in the list "
                                               "of participants. Did you mean 'sub-03'?"),
        (good.replace("sub-02_task-film.mp4", "sub-02_task-flim.mp4"), "cast.csv, line 3: no recording "
         "'sub-02_task-flim.mp4' in the results. Did you mean 'sub-02_task-film.mp4'?"),
        (good.replace(",0.5,1\n", ',"0,5",1\n', 1), "line 2, column offset_s: '0,5' has a decimal comma, expected a "
                                                    "decimal point. Write 0.5."),
    ):  # fmt: skip
        cast.write_text(wrong, encoding="utf-8")
        with pytest.raises(StudyError) as caught:
            open_study(study)
        assert said in str(caught.value)
    cast.write_text(good, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "column", "meant"),
    [("events.csv", "lable", "label"), ("events.csv", "x", "label"), ("sub-01_events.tsv", "trialtype", "trial_type")],
)
def test_a_misspelt_label_is_called_as_users_call_it(name: str, column: str, meant: str) -> None:
    told = f"no column {meant} \\(what is compared\\). "
    hint = "Its columns are" if column == "x" else f"Is it the column {column!r}\\? Then rename it to {meant}"
    with pytest.raises(StudyError, match=told + hint):
        read_events(read_sheet(f"onset,duration,{column}\n1,2,funny\n".encode(), name), {})
