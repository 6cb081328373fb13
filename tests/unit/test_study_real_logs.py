"""Logs in the shapes in which programs really write them: encodings, decimal marks, missing ends, queues of files."""

from __future__ import annotations

import pytest

from videmo.errors import StudyError
from videmo.study.events import read_events
from videmo.study.importers import import_events
from videmo.study.importers.imported import Imported, Options
from videmo.study.sheet import read_sheet


def read(kind: str, text: str | bytes, name: str = "log.csv", **options: object) -> Imported:
    """What an importer makes of a text."""
    content = text if isinstance(text, bytes) else text.encode()
    return import_events([(name, content)], kind, Options(**options))  # type: ignore[arg-type]


def times(found: Imported) -> list[tuple[float, float, str]]:
    """Onset, duration and label."""
    return [(row.onset_s, row.duration_s, row.label) for row in found.rows]


PSYCHOPY = (
    "thisRow.t,notes,condition,thisN,trial.started,movie.started,movie.stopped,trial.stopped,camera_1.started,"
    "participant,session,date,expStart,frameRate,\n"
    '4.1,,funny,0,4.0,4.25,None,10.5,,07,001,2026-03-01_14h05.09.123,"2026-03-01 14h05.09.123456 +0100",60.0,\n'
    "11.0,,neutral,1,11.0,11.25,17.25,17.5,0.75,07,001,2026-03-01_14h05.09.123,,60.0,\n"
    ",,,,,,,,,07,001,2026-03-01_14h05.09.123,,60.0,\n"
)


def test_a_movie_that_its_routine_ended_ends_with_it() -> None:
    found = read("psychopy", b"\xef\xbb\xbf" + PSYCHOPY.encode(), only=("movie",))
    assert times(found) == [(4.25, 6.25, "funny"), (11.25, 6.0, "neutral")]
    assert [(each.participant, each.offset_s) for each in found.offsets] == [("07", -0.75)], "camera_1"
    assert {row.participant for row in found.rows} == {"07"}


def test_what_has_no_end_is_said() -> None:
    text = "participant,movie.started,movie.stopped\n1,4.0,5.0\n1,6.0,None\n1,8.0,\n"
    found = read("psychopy", text)
    assert times(found) == [(4.0, 1.0, "movie")]
    assert any("no end: movie at 6 s, movie at 8 s" in note for note in found.notes)


def test_several_components_are_said() -> None:
    text = "a.started,a.stopped,b.started,b.stopped\n1,2,3,4\n"
    assert any("events of a, b; choose" in note for note in read("psychopy", text).notes)


def test_a_spreadsheet_saved_it_with_semicolons_and_decimal_commas() -> None:
    text = "participant;condition;movie.started;movie.stopped\r\n1;funny;12,345;18,345\r\n"
    assert times(read("psychopy", text)) == [(12.345, 6.0, "funny")]


E_DATAAID = (
    "C:\\Users\\lab\\films-1-1.edat3\r\n"
    "ExperimentName\tSubject\tSession\tCondition[Trial]\tMovie\tMovie1.OffsetTime\tMovie1.OnsetTime\tProcedure[Block]\t"
    "Procedure[Trial]\r\n"
    "films\t7\t1\tfunny\ta.mp4\t18345\t12345\tBlockProc\tTrialProc\r\n"
    "films\t7\t1\tNULL\tb.mp4\tNULL\tNULL\tBlockProc\tRestProc\r\n"
    "films\t7\t1\tneutral\tb.mp4\t28750\t22500\tBlockProc\tTrialProc\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8", "utf-8-sig", "cp1252"])
def test_tables_of_edataaid_in_any_encoding(encoding: str) -> None:
    found = read("eprime", E_DATAAID.encode(encoding), "films.txt")
    assert times(found) == [(12.345, 6.0, "funny"), (22.5, 6.25, "neutral")]
    assert found.rows[0].participant == "7"


def test_eprime_without_an_offset_time_uses_what_it_has() -> None:
    frame = "\t*** LogFrame Start ***\r\n\tProcedure: Trial\r\n\tClip.OnsetTime: {}\r\n{}\t*** LogFrame End ***\r\n"
    text = "*** Header Start ***\r\nSubject: 3\r\n*** Header End ***\r\nLevel: 3\r\n" + "".join(
        frame.format(onset, rest)
        for onset, rest in (
            (1000, "\tClip.OffsetTime: 0\r\n\tClip.FinishTime: 3000\r\n"),
            (4000, "\tClip.Duration: 2500\r\n"),
            (9000, "\tClip.OffsetTime: 0\r\n"),
        )
    )
    found = read("eprime", text.encode("utf-16"), "log.txt")
    assert times(found) == [(1.0, 2.0, "Trial"), (4.0, 2.5, "Trial")]
    assert any("no end: Clip at 9000 ms" in note for note in found.notes)


BORIS = (
    "Observation id,Observation date,Description,Observation duration,Observation type,Source,Time offset (s),"
    "Media duration (s),FPS,Subject,Behavior,Behavioral category,Modifier #1,Behavior type,Time,Media file name,"
    "Image index,Image file path,Comment\n"
)


def test_times_of_boris_are_those_of_the_file() -> None:
    row = "o,2026-03-01 10:00:00,,60,Media file(s),player #1:C:\\v\\a.mp4;C:\\v\\b.mp4,{},20.000;40.000,25.000;25.000,"
    row += "No focal subject,smile,,{},{},{},{},,NA,\n"
    text = BORIS + row.format(0, "left", "START", 2.5, "C:\\v\\a.mp4")
    text += row.format(0, "right", "START", 3.0, "C:\\v\\a.mp4") + row.format(0, "left", "STOP", 4.0, "C:\\v\\a.mp4")
    text += row.format(0, "right", "STOP", 6.0, "C:\\v\\a.mp4")
    text += row.format(0, "left", "START", 25.0, "C:\\v\\b.mp4") + row.format(0, "left", "STOP", 26.0, "C:\\v\\b.mp4")
    found = read("boris", text)
    assert times(found) == [(2.5, 1.5, "smile"), (3.0, 3.0, "smile"), (5.0, 1.0, "smile")]
    assert [row.recording for row in found.rows] == ["a.mp4", "a.mp4", "b.mp4"]
    shifted = text.replace("b.mp4,0,20.000", "b.mp4,100,20.000")
    assert read("boris", shifted).rows[0].onset_s == -97.5


def test_older_tables_of_boris_call_the_type_status() -> None:
    text = (
        "Observation id,film\nObservation date,2017-03-01\n\n"
        "Time,Media file path,Total length,FPS,Subject,Behavior,Behavioral category,Comment,Status\n"
        "1.5,/v/a.mp4,30,25,anna,smile,,,START\n3.5,/v/a.mp4,30,25,anna,smile,,,STOP\n4,/v/a.mp4,30,25,anna,nod,,,POINT\n"
    )
    found = read("boris", text)
    assert times(found) == [(1.5, 2.0, "smile"), (4.0, 0.0, "nod")]
    assert [row.kind for row in found.rows] == ["stimulus", "marker"]


def test_a_behaviour_that_starts_twice_is_refused() -> None:
    text = "Subject,Behavior,Behavior type,Time\na,x,START,1\na,x,START,2\na,x,STOP,3\n"
    with pytest.raises(StudyError, match=r"line 3.*starts again"):
        read("boris", text)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("two,a,x,START,1\n", "'x' starts at 1 s and never stops. Close it in BORIS."),
        ("two,a,x,START,1\ntwo,a,x,START,2\ntwo,a,x,STOP,3\n", "starts again before it has stopped"),
        ("two,a,x,STOP,3\n", "stops without having started"),
        ("two,a,y,START,1\ntwo,a,y,STOP,2\ntwo,a,x,STOP,0\n", "stops without having started"),
    ],
)
def test_an_observation_that_was_not_finished_costs_no_other(bad: str, said: str) -> None:
    head = "Observation id,Subject,Behavior,Behavior type,Time\n"
    good = "{0},a,x,START,1\n{0},a,x,STOP,3\n"
    found = read("boris", head + good.format("one") + bad + good.format("three"))
    assert times(found) == [(1.0, 2.0, "x"), (1.0, 2.0, "x")]
    assert [note for note in found.notes if "observation 'two' is left out: log.csv" in note and said in note]
    files = [("1.csv", (head + good.format("one")).encode()), ("2.csv", (head + bad).encode())]
    found = import_events(files, "boris", Options())
    assert times(found) == [(1.0, 2.0, "x")]
    assert [note for note in found.notes if "'two' is left out: 2.csv" in note]


EAF = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2026-03-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">
<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"><MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/v/my%20film.mp4"
 MIME_TYPE="video/mp4" TIME_ORIGIN="500"/></HEADER>
<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="t1" TIME_VALUE="1000"/><TIME_SLOT TIME_SLOT_ID="t2"/>
<TIME_SLOT TIME_SLOT_ID="t3" TIME_VALUE="3000"/></TIME_ORDER>
<TIER LINGUISTIC_TYPE_REF="words" PARENT_REF="films" TIER_ID="words" PARTICIPANT="07">
<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r1" ANNOTATION_REF="a1"><ANNOTATION_VALUE>one</ANNOTATION_VALUE>
</REF_ANNOTATION></ANNOTATION><ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r2" ANNOTATION_REF="a1"
 PREVIOUS_ANNOTATION="r1"><ANNOTATION_VALUE>two</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION></TIER>
<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="films" PARTICIPANT="07">
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="t1" TIME_SLOT_REF2="t2">
<ANNOTATION_VALUE>funny</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="t2" TIME_SLOT_REF2="t3">
<ANNOTATION_VALUE>neutral</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER></ANNOTATION_DOCUMENT>
"""


def test_elan_divides_what_has_no_time_of_its_own() -> None:
    found = read("elan", EAF, "f.eaf")
    assert sorted(times(found)) == [(1.5, 0.5, "one"), (1.5, 1.0, "funny"), (2.0, 0.5, "two"), (2.5, 1.0, "neutral")]
    assert {(row.participant, row.recording) for row in found.rows} == {("07", "my film.mp4")}
    wide = EAF.replace("UTF-8", "UTF-16").encode("utf-16")
    assert times(read("elan", wide, "f.eaf")) == times(found)


SHORT = """File type = "ooTextFile"
Object class = "TextGrid"

0
30
<exists>
2
"IntervalTier"
"films"
0
30
2
0
12.5
""
12.5
30
"a ""funny""
film"
"TextTier"
"taps"
0
30
1
5.25
"tap"
""".replace("\n", "\r\n")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig", "cp1252"])
def test_short_textgrids_with_points_quotes_and_line_ends(encoding: str) -> None:
    found = read("textgrid", SHORT.encode(encoding), "f.TextGrid")
    assert times(found) == [(12.5, 17.5, 'a "funny" film'), (5.25, 0.0, "tap")]
    assert [row.kind for row in found.rows] == ["stimulus", "marker"]


def test_textgrids_that_break_off_or_are_of_another_kind_are_refused() -> None:
    with pytest.raises(StudyError, match="breaks off"):
        read("textgrid", SHORT[:150], "f.TextGrid")
    with pytest.raises(StudyError, match="chronological"):
        read("textgrid", '"Praat chronological TextGrid text file"\n0 30\n', "f.TextGrid")


def test_captions_with_notes_old_line_ends_and_windows_letters() -> None:
    notes = "\ufeffWEBVTT - films\r\rNOTE made by hand\r\rSTYLE\r::cue {}\r\r"
    vtt = f"{notes}1\r01:00:02.500 --> 01:00:04.000\r- <i>Ärger</i>\r"
    assert times(read("vtt", vtt, "f.vtt")) == [(3602.5, 1.5, "- Ärger")]
    first = "1\r\n00:00:01,000 --> 00:00:02,500  X1:10\r\nJa,\r\nnatürlich\r\n\r\n"
    srt = f"{first}2\r\n00:00:03,000 --> 00:00:03,000\r\nnichts\r\n"
    assert times(read("srt", srt.encode("cp1252"), "f.srt")) == [(1.0, 1.5, "Ja, natürlich")]


FACEREADER = (
    "Video analysis detailed log\r\n\r\nFace Model:\tGeneral\r\nCalibration:\t-\r\nStart time:\t01.03.2026 13:31:06\r\n"
    "Filename:\tC:\\v\\film 7.mp4\r\nFrame rate:\t25\r\n\r\n\r\n"
    "Video Time\tNeutral\tHappy\tStimulus\tEvent Marker\tParticipant Name\r\n"
    "00:00:01{0}000\t0{0}9\tFIT_FAILED\t-\t-\t07\r\n00:00:01{0}040\t0{0}9\t0{0}1\t-\tfunny\t07\r\n"
    "00:00:01{0}080\t0{0}9\t0{0}1\t-\tfunny\t07\r\n"
)


@pytest.mark.parametrize("mark", [".", ","])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_facereader_writes_wide_letters_and_may_leave_the_stimulus_empty(encoding: str, mark: str) -> None:
    found = read("facereader", FACEREADER.format(mark).encode(encoding), "f.txt")
    assert times(found) == [(1.04, 0.08, "funny")]
    assert (found.rows[0].participant, found.rows[0].recording) == ("07", "film 7.mp4")


def test_captions_without_a_line_between_them_are_two_and_signs_are_no_tags() -> None:
    srt = "1\n00:00:01,500 --> 00:00:02,500\na\n2\n00:00:03,000 --> 00:00:04,000\nb\n\n"
    assert times(read("srt", srt, "f.srt")) == [(1.5, 1.0, "a"), (3.0, 1.0, "b")]
    vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Anna>1 < 2 and 3 > 2</v> <c.loud>so</c> <00:01.500>on\n"
    assert times(read("vtt", vtt, "f.vtt")) == [(1.0, 1.0, "1 < 2 and 3 > 2 so on")]


def test_captions_begin_at_every_line_of_times() -> None:
    srt = "1\n00:00:01,5 --> 00:00:02,5\n42\n43\n2\n00:00:03 --> 00:00:04 X1:5\nsee 00:00:09,000 --> there\n3\n"
    srt += "00:00:05,000 --> 00:00:06,000\n7\n"
    said = [(1.5, 1.0, "42 43"), (3.0, 1.0, "see 00:00:09,000 --> there"), (5.0, 1.0, "7")]
    assert times(read("srt", srt, "f.srt")) == said
    assert times(read("srt", srt.replace("\n", "\r\n"), "f.srt")) == said
    many = "".join(f"{place}\n00:00:{place % 60:02},000 --> 01:00:00,000\na\n" for place in range(20_000))
    assert len(read("srt", many, "f.srt").rows) == 20_000, "in no time"


@pytest.mark.parametrize(
    "times_line", ["00:00:05:12 --> 00:00:06:00", "00:00:05,000 --> 00:00:06:12", "00:00:05,000 -->"]
)
def test_captions_whose_times_are_unreadable_are_refused(times_line: str) -> None:
    with pytest.raises(StudyError, match=r"f\.srt, line 6: '00:00:05.*' are no times, expected .* not frames"):
        read("srt", f"1\n00:00:01,000 --> 00:00:02,000\na\n\n2\n{times_line}\nb\n", "f.srt")


def _log(*rows: tuple[str, str]) -> str:
    return "Video Time\tHappy\tStimulus\n" + "".join(f"{time}\t0.5\t{label}\n" for time, label in rows)


@pytest.mark.parametrize("time", ["00:00:05:12", "00:00:05:5", "00:00:05;12"])
def test_frames_are_not_taken_for_parts_of_a_second(time: str) -> None:
    assert times(read("facereader", _log(("00:00:05:040", "A"), ("00:00:06:040", "B")), "f.txt"))[0] == (5.04, 1.0, "A")
    with pytest.raises(StudyError, match="whose last part may be frames, expected hh:mm:ss"):
        read("facereader", _log((time, "A"), ("00:00:10:00", "B")), "f.txt")


def test_a_log_that_goes_back_is_refused_and_one_with_a_hole_says_so() -> None:
    with pytest.raises(StudyError, match=r"0.04, which is before the row above, expected times that grow"):
        read("facereader", _log(("5.0", "A"), ("0.04", "A"), ("10", "B")), "f.txt")
    with pytest.raises(StudyError, match=r"line 4.*0.04, which is also that of the row above"):
        read("facereader", _log(("0", "A"), ("0.04", "B"), ("0.04", "C"), ("0.08", "C")), "f.txt")
    steady = [(f"{place * 0.04:.2f}", "A") for place in range(6)]
    found = read("facereader", _log(*steady, ("10.00", "A"), ("10.04", "B"), ("10.08", "B")), "f.txt")
    assert times(found) == [(0.0, 0.24, "A"), (10.0, 0.04, "A"), (10.04, 0.08, "B")]
    assert any("nothing from 0.2 to 10 s: events end there" in note for note in found.notes)


def test_gorilla_counts_from_the_start_of_a_screen() -> None:
    head = "Event Index,UTC Timestamp,UTC Date,Participant Private ID,Trial Number,Screen Name,display,Reaction Time\n"
    rows = [
        "1,1772373900000,x,55,BEGIN TASK,,,", "2,1772373912345,x,55,1,Screen 1,Film,",
        "3,1772373920345,x,55,1,Screen 2,Film,2000", "4,1772373925000,x,55,2,Screen 1,Film,",
        "5,1772373930000,x,55,END TASK,,,", "END OF FILE,,,,,,,",
    ]  # fmt: skip
    found = read("gorilla", head + "\n".join(rows) + "\n")
    assert [(row.utc, row.duration_s) for row in found.rows] == [
        ("2026-03-01T14:05:12.345Z", 6.0), ("2026-03-01T14:05:18.345Z", 6.655), ("2026-03-01T14:05:25.000Z", 5.0),
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["END OF FILE,,,,,,\n", ""])
def test_gorilla_says_of_each_participant_which_screen_has_no_end(end: str) -> None:
    head = "Event Index,UTC Timestamp,Participant Private ID,Trial Number,Screen Name,display,Reaction Time\n"
    rows = [
        "1,1772373900000,55,BEGIN TASK,,,", "2,1772373912000,55,1,S,Film,", "3,1772373918000,55,2,S,Quiz,",
        "4,1772373919000,55,2,S,Quiz,", "1,1772374000000,56,1,S,Film,", "2,1772374006000,56,2,S,Quiz,",
        "3,1772374009000,56,END TASK,,,", "1,1772375000000,57,1,S,Film,",
    ]  # fmt: skip
    found = read("gorilla", head + "\n".join(rows) + "\n" + end)
    assert [(row.participant, row.label, row.duration_s) for row in found.rows] == [
        ("55", "Film", 6.0), ("56", "Film", 6.0), ("56", "Quiz", 3.0),
    ]  # fmt: skip
    assert found.notes[1] == (
        "log.csv: left out, since nothing follows that would be their end: 'Quiz' of 55 at 2026-03-01T14:05:18.000Z, "
        "'Film' of 57 at 2026-03-01T14:23:20.000Z"
    )


def test_events_of_bids_without_a_length_are_markers() -> None:
    text = "onset\tduration\ttrial_type\n-0.5\t0\tpulse\n1.0\tn/a\tkey\n2.0\t3.5\tfilm\n"
    found = read_events(read_sheet(text.encode(), "sub-01_task-film_events.tsv"), {})
    assert [(event.label, event.kind) for event in found] == [
        ("pulse", "marker"),
        ("key", "marker"),
        ("film", "stimulus"),
    ]
    assert len(read("bids", text, "sub-01_task-film_events.tsv").rows) == 3
    with pytest.raises(StudyError, match="a duration of 0 s"):
        read_events(read_sheet(text.replace("\t", ",").encode(), "events.csv"), {})


def test_quoted_line_ends_and_separators_stay_in_their_cell() -> None:
    text = 'participant,condition,movie.started,movie.stopped\n1,"funny,\nvery",1.0,2.0\n'
    assert times(read("psychopy", text)) == [(1.0, 1.0, "funny, very")]


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        ("1772373912", "1772373912, which may be seconds, expected milliseconds since 1970"),
        ("1772373912.345", "which may be seconds"),
        ("1772373912345000", "not in this century"),
        ("12345", "not in this century"),
        ("1.77237E+12", "which lacks its last digits.*a spreadsheet rounded"),
    ],
)
def test_points_in_time_that_are_no_milliseconds_are_refused(stamp: str, said: str) -> None:
    head = "UTC Timestamp,Participant Private ID,Trial Number,Screen Name\n"
    with pytest.raises(StudyError, match=rf"log\.csv, line 2, column UTC Timestamp: .*{said}"):
        read("gorilla", f"{head}{stamp},1,1,a\n{stamp},1,END TASK,\n")
