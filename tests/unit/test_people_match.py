"""``videmo people OUT --match`` and ``--serve``: from what recognises faces to names in every table."""

from __future__ import annotations

import hashlib
import http.client
import os
import socket
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest

from results import build_recognised, build_recording, look
from runs import videmo
from videmo.batch.hold import held
from videmo.batch.matching import Matched, match_people
from videmo.batch.report import report_folder
from videmo.batch.serving import serve_cast
from videmo.errors import PeopleError, ResultsError
from videmo.results.folder import ResultsFolder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    build_recognised(folder, "a.mp4", 1, 2)
    build_recognised(folder, "day/b.mp4", 2, 3)
    return folder


def matched(out: Path) -> Matched:
    return match_people(out, jobs=1)


def lines(out: Path) -> list[list[str]]:
    table = pd.read_csv(out / "cast.csv", dtype=str).fillna("")
    return table[["recording", "person", "participant"]].to_numpy().tolist()


def test_who_is_who_is_proposed_and_carries_into_tables_and_pages(out: Path) -> None:
    found = matched(out)
    assert (found.added, found.kept, found.unknown, found.failures) == (4, 0, (), ())
    assert lines(out) == [
        ["a.mp4", "1", "P01"],
        ["a.mp4", "2", "P02"],
        ["day/b.mp4", "1", "P02"],
        ["day/b.mp4", "2", "P03"],
    ]
    assert report_folder(out, None, {}, plots=False).failures == ()
    for name in ("summary", "persons"):
        assert pd.read_csv(out / "day" / "b.mp4" / f"{name}.csv")["name"].tolist() == ["P02", "P03"]
    assert "P03" in (out / "day" / "b.mp4" / "report.html").read_text("utf-8")
    assert set(pd.read_csv(out / "summary.csv")["name"]) == {"P01", "P02", "P03"}


def test_what_the_file_says_stays_and_new_persons_are_added(out: Path) -> None:
    matched(out)
    text = (out / "cast.csv").read_text().replace("P02", "Ben").replace("P01", "")
    (out / "cast.csv").write_text(text + "gone.mp4,1,Old,yes\n")
    build_recognised(out, "c.mp4", 1, 2)
    found = matched(out)
    assert (found.added, found.kept) == (2, 4)
    assert lines(out) == [
        ["a.mp4", "1", ""],
        ["a.mp4", "2", "Ben"],
        ["c.mp4", "1", "P01"],
        ["c.mp4", "2", "Ben"],
        ["day/b.mp4", "1", "Ben"],
        ["day/b.mp4", "2", "P03"],
        ["gone.mp4", "1", "Old"],
    ]
    before = (out / "cast.csv").read_bytes()
    assert matched(out).added == 0
    assert (out / "cast.csv").read_bytes() == before


def test_names_of_people_csv_are_the_word_of_the_user(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_recognised(out, "a.mp4", 1, 2, people="person,name\n1,Anna\n2,Person 2\n")
    build_recognised(out, "b.mp4", 1, 2)
    matched(out)
    assert [line[2] for line in lines(out)] == ["Anna", "P01", "Anna", "P01"]
    (out / "cast.csv").write_text((out / "cast.csv").read_text().replace("Anna", "Eve"))
    with pytest.raises(PeopleError, match="'Eve' here, and called 'Anna' in"):
        matched(out)
    (failure,) = report_folder(out, None, {}, plots=False).failures
    assert "'Eve' here, and called 'Anna' in" in failure


def test_a_name_that_is_given_after_the_proposal_carries_to_who_was_proposed_as_the_same(out: Path) -> None:
    matched(out)
    (out / "a.mp4" / "people.csv").write_text("person,name\n2,Ben\n")
    assert report_folder(out, None, {}, plots=False).failures == ()
    found = matched(out)
    assert found.failures == ()
    assert lines(out) == [
        ["a.mp4", "1", "P01"],
        ["a.mp4", "2", "Ben"],
        ["day/b.mp4", "1", "Ben"],
        ["day/b.mp4", "2", "P03"],
    ]
    (out / "day" / "b.mp4" / "people.csv").write_text("person,name\n2,Ben\n")
    with pytest.raises(PeopleError, match="persons 1 and 2 are both called 'Ben'"):
        matched(out)


def test_names_that_contradict_a_proposal_have_the_others_matched_anew(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for name in ("a.mp4", "b.mp4", "c.mp4", "d.mp4"):
        build_recognised(out, name, 1, 2)
    roles = [f"{name}.mp4,{person},P0{person}," for name in "abcd" for person in (1, 2)]
    (out / "cast.csv").write_text("\n".join(["recording,person,participant,confirmed", *roles, ""]))
    for name, said in (("a.mp4", "1,Anna\n2,Ben"), ("b.mp4", "1,Anna\n2,Cem")):
        (out / name / "people.csv").write_text(f"person,name\n{said}\n")
    assert report_folder(out, None, {}, plots=False).failures == ()
    assert matched(out).failures == ()
    assert [line[2] for line in lines(out)][:4] == ["Anna", "Ben", "Anna", "Cem"]
    assert [line[2] for line in lines(out)][4::2] == ["Anna", "Anna"], "all who were named say so"
    (who,) = {line[2] for line in lines(out)[5::2]}
    assert who == "Ben", "matched anew, to the first of two that are as near: not to whoever was named last"


def test_a_recording_whose_name_begins_with_a_blank_keeps_its_line(tmp_path: Path) -> None:
    out = tmp_path / "out"
    build_recognised(out, " a.mp4", 1, 2)
    matched(out)
    text = (out / "cast.csv").read_text().replace("1,P01,", "1,Anna,")
    (out / "cast.csv").write_text(text)
    assert matched(out).elsewhere == ()
    assert [line[2] for line in lines(out)] == ["Anna", "P02"]
    assert report_folder(out, None, {}, plots=False).failures == ()
    assert "Anna" in set(pd.read_csv(out / " a.mp4" / "summary.csv")["name"])


def test_names_for_persons_of_other_settings_are_doubted_until_somebody_worked_on_them(tmp_path: Path) -> None:
    """A proposal that is added to cast.csv is no sign that somebody did."""
    out = tmp_path / "out"
    build_recognised(out, "a.mp4", 1, 2, people="person,name\n1,Anna\n")

    def warned(**tracking: float) -> str:
        overrides = {f"tracking.{name}": value for name, value in tracking.items()}
        assert report_folder(out, None, overrides, plots=False).failures == ()
        return str(pd.read_csv(out / "recordings.csv")["warnings"][0])

    assert warned() == "nan"
    said = "people.csv was written for persons found otherwise: check its numbers"
    assert said in warned(max_gap_s=1.0)
    matched(out)
    found = warned(max_gap_s=1.0)
    assert "people.csv and cast.csv were written for persons found otherwise: check their numbers" in found
    (out / "cast.csv").write_text((out / "cast.csv").read_text().replace("2,P01,", "2,Ben,"))
    assert warned(max_gap_s=1.0) == "nan", "somebody looked at a line that was there"
    assert "found otherwise" in warned(max_gap_s=2.0)
    (out / "a.mp4" / "people.csv").unlink()
    (out / "cast.csv").write_text((out / "cast.csv").read_text().replace("Ben", "Cem"))
    assert warned(max_gap_s=2.0) == "nan"
    found = warned(max_gap_s=1.0)
    assert found == "cast.csv was written for persons found otherwise: check its numbers"


def test_a_proposal_that_matching_renames_is_no_sign_that_somebody_looked_at_it(out: Path) -> None:
    matched(out)

    def warned(gap_s: float) -> str:
        report_folder(out, None, {"tracking.max_gap_s": gap_s}, plots=False)
        return str(pd.read_csv(out / "recordings.csv", index_col="recording")["warnings"]["day/b.mp4"])

    said = "cast.csv was written for persons found otherwise: check its numbers"
    assert said not in warned(2.0)
    assert said in warned(1.0)
    (out / "a.mp4" / "people.csv").write_text("person,name\n2,Ben\n")
    assert report_folder(out, None, {"tracking.max_gap_s": 1.0}, plots=False).failures == ()
    matched(out)
    assert ["day/b.mp4", "1", "Ben"] in lines(out)
    assert said in warned(1.0)


def test_a_participant_who_is_called_like_a_proposal_keeps_the_name(tmp_path: Path) -> None:
    """Codes of participants often look like those of proposals."""
    out = tmp_path / "out"
    for name in ("a.mp4", "b.mp4"):
        build_recognised(out, name, 1, 2)
    roles = ["a.mp4,1,P01,", "a.mp4,2,P03,", "b.mp4,1,P01,", "b.mp4,2,P02,"]
    (out / "cast.csv").write_text("\n".join(["recording,person,participant,confirmed", *roles, ""]))
    (out / "a.mp4" / "people.csv").write_text("person,name\n1,P02\n")
    (out / "b.mp4" / "people.csv").write_text("person,name\n2,P05\n")
    for _ in range(3):
        assert report_folder(out, None, {}, plots=False).failures == ()
        assert matched(out).failures == ()
        found = {(line[0], line[1]): line[2] for line in lines(out)}
        assert (found["a.mp4", "1"], found["b.mp4", "2"]) == ("P02", "P05")


def test_who_is_somebody_else_all_the_time_does_not_hinder_matching(out: Path) -> None:
    (out / "a.mp4" / "people.csv").write_text("person,name,merge_into,from_s,to_s\n2,Eve,5,0,\n")
    assert report_folder(out, None, {}, plots=False).failures == ()
    found = matched(out)
    assert found.failures == ()
    assert lines(out)[:2] == [["a.mp4", "1", "P01"], ["a.mp4", "5", "Eve"]]


def test_persons_who_are_merged_later_need_no_line(out: Path) -> None:
    matched(out)
    (out / "a.mp4" / "people.csv").write_text("person,merge_into\n2,1\n")
    for _ in ("before the report", "after it"):
        found = matched(out)
        assert found.failures == ()
        assert ["a.mp4", "1", "P01"] in lines(out)
        assert ["a.mp4", "2"] not in [line[:2] for line in lines(out)]
        assert report_folder(out, None, {}, plots=False).failures == ()
    assert pd.read_csv(out / "a.mp4" / "summary.csv")["name"].tolist() == ["P01"]
    said = (out / "cast.csv").read_text()
    (out / "cast.csv").write_text(said + "a.mp4,2,P01,yes\n")
    found = matched(out)
    assert [(role.recording, role.person) for role in found.merged] == [("a.mp4", 2)]
    assert (out / "cast.csv").read_text() == said


def test_the_file_is_written_for_the_spreadsheet_that_the_tables_are_for(out: Path) -> None:
    report_folder(out, None, {"tables.csv_style": "excel"}, plots=False, report=False)
    found = matched(out)
    assert (out / "cast.csv").read_bytes().startswith(b"\xef\xbb\xbfrecording;person;participant;confirmed;first_s")
    assert found.plan.separator == ";"
    (out / "cast.csv").write_text(found.plan.text.replace("P01", "J\u00f6rg"), "utf-8")
    report_folder(out, None, {"tables.csv_style": "plain"}, plots=False, report=False)
    assert matched(out).plan.text == found.plan.text.replace("P01", "J\u00f6rg"), "as the user saved it"
    server = serve_cast(ResultsFolder(out), found.plan)
    try:
        assert send(server.address, found.plan.text.encode(), If_Match=state(out))[0] == 200
        assert (out / "cast.csv").read_text("utf-8") == found.plan.text
    finally:
        server.close()


def test_nobody_new_is_called_like_somebody_whose_recording_is_away(out: Path) -> None:
    matched(out)
    (out / "cast.csv").write_text((out / "cast.csv").read_text() + "gone.mp4,1,P04,yes\n")
    build_recognised(out, "c.mp4", 8, 9)
    found = matched(out)
    assert found.elsewhere == ("gone.mp4",)
    assert [line[2] for line in lines(out) if line[0] == "c.mp4"] == ["P05", "P06"]


def test_the_line_of_a_recording_that_is_away_stays_whole(out: Path) -> None:
    matched(out)
    said = (out / "cast.csv").read_text().splitlines()
    (out / "a.mp4").rename(out.parent / "a.mp4")
    assert matched(out).elsewhere == ("a.mp4",)
    assert (out / "cast.csv").read_text().splitlines()[-2:] == [line for line in said if line.startswith("a.mp4")]
    (out.parent / "a.mp4").rename(out / "a.mp4")
    assert matched(out).elsewhere == ()
    assert (out / "cast.csv").read_text().splitlines() == said


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are text there")
def test_recordings_whose_names_no_table_can_spell_are_named_too(out: Path) -> None:
    key = os.fsdecode(b"x\xff.mp4")
    build_recognised(out, key, 1, 2)
    matched(out)
    (out / "cast.csv").write_text((out / "cast.csv").read_text().replace("P01", "Anna"))
    found = matched(out)
    assert (found.added, found.kept, found.elsewhere) == (0, 6, ())
    assert found.plan.as_said(ResultsFolder(out).cast).elsewhere == ()
    assert lines(out)[-2:] == [["x\\udcff.mp4", "1", "Anna"], ["x\\udcff.mp4", "2", "P02"]]
    assert report_folder(out, None, {}, plots=False).failures == ()
    assert pd.read_csv(out / key / "summary.csv")["name"].tolist() == ["Anna", "P02"]


def test_vectors_of_another_network_are_not_compared(out: Path) -> None:
    build_recognised(out, "old.mp4", 1, 2, network="0" * 64)
    found = matched(out)
    assert found.unknown == ("old.mp4",)
    assert [line[2] for line in lines(out) if line[0] == "old.mp4"] == ["P04", "P05"]
    table = pd.read_csv(out / "cast.csv")
    assert table[table["recording"] == "old.mp4"]["sights"].tolist() == [0, 0]


def test_the_page_shows_everybody_and_holds_no_vectors(out: Path) -> None:
    found = matched(out)
    page = found.page.read_text("utf-8")
    assert '"name":"day/b.mp4"' in page
    assert "connect-src" not in page
    for text in (page, (out / "cast.csv").read_text()):
        assert not any(",".join(map(str, look(person)[:4].tolist())) in text for person in (1, 2, 3))


def test_a_cast_that_cannot_be_meant_stops_before_anything_is_touched(out: Path) -> None:
    (out / "cast.csv").write_text("recording,person,participant\na.mp4,1,P01\na.mp4,2,P01\n")
    with pytest.raises(PeopleError, match=r"persons 1 and 2 of a\.mp4 are both 'P01'"):
        matched(out)
    (out / "cast.csv").write_text("recording,person,participant\na.mp4,1,P01\na.mp4,1,P02\n")
    before = {path: path.read_bytes() for path in out.rglob("*.csv")}
    with pytest.raises(PeopleError, match="already in line 2"):
        report_folder(out, None, {}, plots=False)
    assert {path: path.read_bytes() for path in out.rglob("*.csv")} == before


def test_a_person_who_is_not_there_is_told(out: Path) -> None:
    (out / "cast.csv").write_text("recording,person,participant\na.mp4,7,P01\n")
    before = (out / "cast.csv").read_bytes()
    with pytest.raises(PeopleError, match=r"cast\.csv, line 2: no person 7"):
        matched(out)
    assert (out / "cast.csv").read_bytes() == before, "it is kept until somebody mends it"
    (failure,) = report_folder(out, None, {}, plots=False).failures
    assert "no person 7" in failure


def test_nothing_is_written_where_the_file_names_a_recording_that_cannot_be_read(out: Path) -> None:
    (out / "a.mp4" / "summary.csv").rename(out / "kept.csv")
    assert len(matched(out).failures) == 1, "nothing was said of it yet"
    assert [line[0] for line in lines(out)] == ["day/b.mp4"] * 2
    (out / "kept.csv").rename(out / "a.mp4" / "summary.csv")
    matched(out)
    said, page = (out / "cast.csv").read_bytes(), (out / "cast.html").read_bytes()
    (out / "a.mp4" / "summary.csv").write_bytes(b"")
    with pytest.raises(PeopleError, match=r"cast\.csv: stays as it is, .*a\.mp4.*summary\.csv"):
        matched(out)
    assert ((out / "cast.csv").read_bytes(), (out / "cast.html").read_bytes()) == (said, page)


def test_recordings_without_persons_have_no_cast(tmp_path: Path) -> None:
    build_recording(tmp_path / "out", "a.mp4", [])
    with pytest.raises(ResultsError, match="no persons found"):
        matched(tmp_path / "out")
    assert not (tmp_path / "out" / "cast.csv").exists()


# The command


def test_the_command_says_what_it_did(out: Path) -> None:
    build_recognised(out, "old.mp4", 1, 2, network="0" * 64)
    done = videmo("people", out, "--match")
    assert done.returncode == 0, done.stderr
    assert "6 persons in the recordings, 5 participants: 0 as cast.csv said before, 6 added." in done.stdout
    assert "Faces cannot be recognised in 1 recording (old.mp4)" in done.stdout
    with (out / "cast.csv").open("a") as file:
        file.write("lost.mp4,1,P09,\n")
    for command in (("people", out, "--match"), ("report", out, "--no-plots")):
        assert "There are no results of 1 recording in cast.csv (lost.mp4)" in videmo(*command).stdout
    assert f"videmo report {out}" in done.stdout


def test_a_port_without_a_page_makes_no_sense(out: Path) -> None:
    done = videmo("people", out, "--match", "--port", "8000")
    assert done.returncode == 2
    assert "--port" in done.stderr


# Serving


def send(address: str, body: bytes, **headers: str) -> tuple[int, str]:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    try:
        connection.request(
            "POST", f"{parts.path}cast", body, {name.replace("_", "-"): text for name, text in headers.items()}
        )
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def state(out: Path) -> str:
    return hashlib.sha256((out / "cast.csv").read_bytes()).hexdigest()


def test_what_the_page_sends_is_written_if_it_can_be_meant(out: Path) -> None:
    folder = ResultsFolder(out)
    server = serve_cast(folder, matched(out).plan)
    try:
        known, before = state(out), (out / "cast.csv").read_text()
        told = before.replace("P03", "Carl")
        assert send(server.address, told.encode())[0] == 409, "it doesn't say which file it has seen"
        assert send(server.address, told.encode(), If_Match=known) == (200, hashlib.sha256(told.encode()).hexdigest())
        assert (out / "cast.csv").read_text() == told
        assert "Carl" in (out / "cast.html").read_text("utf-8"), "the page that lies there shows what was saved"
        for body, found in (
            (before.replace("P01", "P02").encode(), "are both 'P02'"),
            (b"recording,person\n", "its columns are"),
            (b"\xff\xfe", "not the text"),
        ):
            status, answer = send(server.address, body, If_Match=state(out))
            assert (status, (out / "cast.csv").read_text()) == (400, told)
            assert found in answer
        status, answer = send(server.address, before.encode(), If_Match=known)
        assert (status, "changed meanwhile" in answer) == (409, True)
        with held(ResultsFolder(out)):
            status, answer = send(server.address, before.encode(), If_Match=state(out))
        assert (status, "another videmo run" in answer) == (409, True)
        assert (out / "cast.csv").read_text() == told
    finally:
        server.close()


def test_what_arrives_in_part_is_not_saved(out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    server = serve_cast(ResultsFolder(out), matched(out).plan)
    try:
        before = (out / "cast.csv").read_bytes()
        part = before[: before.index(b"\n", 100) + 1]
        asked = f"POST /{server.token}/cast HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nIf-Match: {state(out)}\r\n"
        for length in (str(len(before)), "9" * 5000, "-1", "\u0663"):
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
                connection.sendall(f"{asked}Content-Length: {length}\r\n\r\n".encode() + part)
                connection.shutdown(socket.SHUT_WR)
                assert connection.recv(100).split()[1] == b"400"
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            connection.sendall(f"GET http://[/ HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode())
            assert connection.recv(100).split()[1] == b"404"
        assert (out / "cast.csv").read_bytes() == before
    finally:
        server.close()
    assert capfd.readouterr().err == ""


def test_nobody_else_can_save(out: Path) -> None:
    server = serve_cast(ResultsFolder(out), matched(out).plan)
    try:
        before = (out / "cast.csv").read_bytes()
        wrong = server.address.replace(server.token, server.token[:-1] + ("-" if server.token.endswith("_") else "_"))
        assert send(wrong, before, If_Match=state(out))[0] == 404
        for headers in (
            {"Host": "evil.example"},
            {"Origin": "http://evil.example"},
            {"Sec_Fetch_Site": "cross-site"},
            {"Origin": "null"},
        ):
            assert send(server.address, b"recording,person,participant\n", If_Match=state(out), **headers)[0] == 403
        assert (out / "cast.csv").read_bytes() == before
    finally:
        server.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("people", "one", "two", "said"),
    [
        ("person,name\n2,Anna\n", "Anna", "P02", "persons 1 and 2 are both called 'Anna'"),
        ("person,name\n", "Person 2", "", "persons 1 and 2 are both called 'Person 2'"),
        ("person,name\n9,Anna\n", "Eve", "P02", "no person 9 (person)"),
        ("person,name\n1,Anna\n1,Ben\n", "Eve", "P02", "line 3"),
    ],
)
def test_what_the_report_would_refuse_is_not_saved(people: str, one: str, two: str, said: str, out: Path) -> None:
    build_recognised(out, "c\r.mp4", 1, 2)  # which tables spell otherwise
    server = serve_cast(ResultsFolder(out), matched(out).plan)
    try:
        before = (out / "cast.csv").read_text(encoding="utf-8")
        for key, cell in (("a.mp4", "a.mp4"), ("c\r.mp4", "c\N{SYMBOL FOR CARRIAGE RETURN}.mp4")):
            (out / key / "people.csv").write_text(people)
            text = before.replace(f"{cell},1,P01,", f"{cell},1,{one},").replace(f"{cell},2,P02,", f"{cell},2,{two},")
            status, answer = send(server.address, text.encode(), If_Match=state(out))
            assert (status, said in answer) == (400, True), answer
            assert (out / "cast.csv").read_text(encoding="utf-8") == before
            (out / "cast.csv").write_text(text, encoding="utf-8")
            assert report_folder(out, None, {}, plots=False).failures == (answer,), "the same sentence"
            (out / "cast.csv").write_text(before, encoding="utf-8")
            (out / key / "people.csv").unlink()
        (out / "a.mp4" / "summary.csv").write_text("damaged")
        status, _ = send(server.address, before.replace("P01", "Eve").encode(), If_Match=state(out))
        assert status == 200, "a table that is damaged costs no names"
    finally:
        server.close()


def test_a_name_that_the_tables_would_refuse_is_not_saved(out: Path) -> None:
    (out / "a.mp4" / "people.csv").write_text("person,name\n1,Anna\n")
    assert report_folder(out, None, {}, plots=False).failures == ()
    server = serve_cast(ResultsFolder(out), matched(out).plan)
    try:
        before = (out / "cast.csv").read_text()
        status, answer = send(server.address, before.replace("Anna", "Eve").encode(), If_Match=state(out))
        assert (status, (out / "cast.csv").read_text()) == (400, before)
        assert "person 1 of a.mp4 is 'Eve' here, and called 'Anna' in" in answer
    finally:
        server.close()
