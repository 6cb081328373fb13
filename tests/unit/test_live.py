"""Watching live: the latest picture wins, nobody else looks on, and what is recorded is what an analysis gives."""

from __future__ import annotations

import dataclasses
import http.server
import itertools
import json
import math
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

from clips import drop_packets, make_clip, read_number
from conftest import HARMFUL
from live import SIZE, FakeSource, ask, decoded, lasting, numbered, running, serving, shown_view, until, view
from runs import leftovers, tables, videmo
from videmo.cli.app import app
from videmo.cli.console import guarded
from videmo.config import load_settings
from videmo.errors import OutputError, RecordingError, SourceLost, UsageError
from videmo.faces.likeness import Glance
from videmo.live import watch as watching
from videmo.live.board import Board, View
from videmo.live.film import Film
from videmo.live.history import History, Meter
from videmo.live.jpeg import LazyJpeg
from videmo.live.page import live_page
from videmo.live.persons import LivePersons, Shown
from videmo.live.record import finish_broken_off
from videmo.live.server import live_server
from videmo.live.session import Session
from videmo.live.slot import Slot
from videmo.live.source import parse_source
from videmo.live.watch import Watched, WatchOptions, watch
from videmo.loopback import HOST, open_in_browser
from videmo.measures.emotions import EMOTIONS
from videmo.measures.registry import rest_in
from videmo.records import Box, Detection, Observation
from videmo.results.recording import RecordingResults
from videmo.settings import AnonymizeSettings, ClassifierSettings, ReadingSettings, Settings
from videmo.video.capture import CameraInput, FileInput, StreamClock
from videmo.video.displayed import displayed_yuv420p
from videmo.video.luma import Luma
from videmo.video.read import Frame

CLIPS = ("two-people.mp4", "interview-vfr.mp4", "phone-rotated.mp4")
PLAIN = {"plots.enabled": False, "report.enabled": False}


# The latest wins


def test_a_slot_holds_the_latest_and_counts_what_nobody_took() -> None:
    slot: Slot[int] = Slot()
    for number in range(5):
        slot.put(number)
    assert slot.take() == 4
    assert slot.missed == 4
    slot.put(5)
    slot.close()
    slot.put(6)
    assert slot.take() == 5, "what was there when it was closed can still be taken"
    assert slot.take() is None


def test_a_slot_that_waits_loses_nothing() -> None:
    slot: Slot[int] = Slot()

    def give() -> None:
        for number in range(50):
            slot.put(number, wait=True)
        slot.close()

    thread = threading.Thread(target=give)
    thread.start()
    taken = list(iter(slot.take, None))
    thread.join()
    assert taken == list(range(50))
    assert slot.missed == 0


def test_closing_a_slot_lets_go_of_who_waits() -> None:
    slot: Slot[int] = Slot()
    slot.put(1)
    thread = threading.Thread(target=slot.put, args=(2,), kwargs={"wait": True})
    thread.start()
    slot.close(discard=True)
    thread.join()
    assert slot.take() is None


class Gated:
    """In place of the observer: observes the first picture for as long as the test wants."""

    def __init__(self, open_now: threading.Event) -> None:
        self.seen: list[int] = []
        self.busy = threading.Event()
        self._open = open_now

    def observe(self, frame: Frame, _: Any) -> list[Observation]:
        self.seen.append(read_number(frame.luma.full()))
        self.busy.set()
        self._open.wait()
        return []


def test_a_slow_analysis_looks_at_the_latest_picture_and_is_never_behind() -> None:
    may_go_on = threading.Event()
    gate = Gated(may_go_on)

    def hold_back(index: int) -> None:
        if index == 1:  # the rest comes while the first is being looked at
            gate.busy.wait()

    source = FakeSource(40, before=hold_back)
    session = session_over(source, gate)
    session.start()
    while session.slot.missed < 38:
        time.sleep(0.001)
    may_go_on.set()
    assert session.join(10).state == "ended"
    assert gate.seen == [0, 39]
    assert session.meter.analysed == 2


def test_a_slow_page_gets_the_latest_view() -> None:
    board = Board(*SIZE)
    for index in range(30):
        board.show(shown_view(index))
    with serving(board) as address:
        numbers, jpeg = view(address, after=1)
        assert numbers["number"] == 30
        assert read_number(cv2.cvtColor(decoded(jpeg), cv2.COLOR_BGR2GRAY)) == 29


def test_a_picture_that_nobody_asks_for_is_not_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = []
    picture = LazyJpeg(numbered(3), FakeSource(0).recording, (), "none")
    monkeypatch.setattr(cv2, "imencode", lambda *_: encoded.append(1) or (True, np.zeros(4, np.uint8)))
    assert not encoded
    assert picture.jpeg() == picture.jpeg() == bytes(4)
    assert len(encoded) == 1, "and once for all who ask"


# Time and memory


def test_times_are_the_streams_own() -> None:
    clock = StreamClock()
    assert clock.time_of(100.0, 5.0) == 0.0
    assert clock.time_of(100.04, 5.5) == pytest.approx(0.04), "late in the net, but taken 0.04 s later"
    assert clock.time_of(100.08, 5.5) == pytest.approx(0.08)


def test_times_go_on_when_a_stream_sets_its_clock_anew() -> None:
    clock = StreamClock()
    clock.time_of(100.0, 5.0)
    assert clock.time_of(7000.0, 6.0) == pytest.approx(1.0)
    assert clock.time_of(7000.5, 6.5) == pytest.approx(1.5)
    assert clock.time_of(3.0, 7.0) == pytest.approx(2.0)
    assert clock.time_of(None, 7.25) == pytest.approx(2.25)
    assert clock.time_of(2.9, 7.3) >= 2.25, "never backwards"


def test_memory_does_not_grow_with_the_length_of_a_session() -> None:
    history, meter, people = History(), Meter(), LivePersons(Settings())
    luma = Luma(np.full((36, 64), 100, np.uint8), False, 0)
    for index in range(20_000):
        time_s = index / 10
        observed = [seen(10.0, "happy")] if index % 100 < 30 else []  # a new person every ten seconds
        history.add(time_s, people.see(time_s, luma, observed))
        meter.note(time_s, time_s + 0.01 * (index % 7))
    assert people.count == 200
    assert len(history.since(0)) <= 303
    assert len(people._known) <= 1
    assert len(meter._recent) <= 31
    assert len(meter._latencies) == 7
    assert meter.latency_ms(0.5) == 30


def test_the_timeline_gives_means_and_only_what_is_asked_for() -> None:
    history = History(cell_s=0.2, window_s=1.0)
    for index, share in enumerate((0.2, 0.4, 0.9)):
        raw = (share, 1 - share, 0, 0, 0)
        history.add(index * 0.1, [Shown(1, (0, 0, 1, 1), (0.0,) * 5, raw, raw_other=share / 2)])
    history.add(0.4, [])
    assert history.since(0) == [[0, 1, [0.3, 0.7, 0, 0, 0], 0.15], [1, 1, [0.9, 0.1, 0, 0, 0], 0.45], [2, 0, [], None]]
    assert history.since(2) == [[2, 0, [], None]]
    history.add(60.0, [Shown(1, (0, 0, 1, 1), (0.0,) * 5, raw)])
    assert history.since(0) == [[300, 1, [0.9, 0.1, 0, 0, 0], None]], "nobody told of others"


def test_how_likely_another_emotion_is_is_steadied_and_told_to_the_page() -> None:
    people, luma = LivePersons(Settings()), Luma(np.full((36, 64), 100, np.uint8), False, 0)
    values = seen(10.0, "surprise").values
    for index in range(30):
        face = dataclasses.replace(seen(10.0, "surprise"), values=(*values[:5], 0.8 if index > 8 else 0.1, *values[6:]))
        (shown,) = people.see(index / 25, luma, [face])
        if index == 9:
            assert 0.1 < shown.other < 0.5
            assert shown.raw_other == pytest.approx(0.8)
    assert shown.other == pytest.approx(0.8, abs=0.01)
    board = Board(64, 36)
    view = View(0, "live", "", None, 1.0, 0.0, (shown, Shown(2, (0, 0, 1, 1), (0.2,) * 5, (0.2,) * 5)), 10.0, 0)
    told = board.as_json(view, 0)["people"]
    assert [each["other"] for each in told] == [pytest.approx(0.8, abs=0.01), None]
    seven = Settings(classifier=ClassifierSettings(emotions="seven"))
    assert math.isnan(rest_in((0.1,) * 12, seven))


# Who is who


FLAT = Glance(np.zeros((8, 8), np.uint8), None, None, np.zeros((24, 24), np.uint8))


def seen(x: float, emotion: str) -> Observation:
    shares = [0.9 if name == emotion else 0.025 for name in EMOTIONS]
    return Observation(Detection(x, 8.0, 16.0, 16.0, 0.9), (*shares, 0.0, 0.0, 120.0, 50.0, 0.0, 0.0, 0.0), FLAT)


def test_a_face_becomes_a_person_when_it_was_seen_often_and_long_enough() -> None:
    people, luma = LivePersons(Settings()), Luma(np.full((36, 64), 100, np.uint8), False, 0)
    ids = [[shown.person for shown in people.see(index / 25, luma, [seen(10.0, "happy")])] for index in range(8)]
    assert ids == [[0], [0], [0], [0], [1], [1], [1], [1]]
    both = people.see(8 / 25, luma, [seen(12.0, "happy"), seen(45.0, "sad")])
    assert [shown.person for shown in both] == [1, 0]


def test_labels_are_steadied_and_a_cut_makes_new_persons() -> None:
    people, luma = LivePersons(Settings()), Luma(np.full((36, 64), 100, np.uint8), False, 0)
    for index in range(10):
        people.see(index / 10, luma, [seen(10.0, "happy")])
    (changed,) = people.see(1.0, luma, [seen(10.0, "sad")])
    assert 0.1 < changed.probabilities[EMOTIONS.index("sad")] < changed.raw[EMOTIONS.index("sad")]
    dark = Luma(np.full((36, 64), 10, np.uint8), False, 0)
    (after,) = people.see(1.1, dark, [seen(10.0, "sad")])
    assert after.person == 0


def test_nothing_is_left_of_what_a_face_showed_before_it_was_out_of_sight() -> None:
    people, luma = LivePersons(Settings()), Luma(np.full((36, 64), 100, np.uint8), False, 0)
    for index in range(25):
        people.see(index / 25, luma, [seen(10.0, "happy")])
    for index in range(25, 70):
        people.see(index / 25, luma, [])
    (back,) = people.see(70 / 25, luma, [seen(10.0, "sad")])
    assert back.person == 1
    assert back.probabilities[EMOTIONS.index("sad")] > 0.85


def test_faces_stay_hidden_for_a_moment_after_they_were_seen() -> None:
    people = LivePersons(Settings(anonymize=AnonymizeSettings(how="blur", hold_s=1.0)))
    luma = Luma(np.full((36, 64), 100, np.uint8), False, 0)
    people.see(0.0, luma, [seen(10.0, "happy")])
    (box,) = people.hidden(0.0)
    assert box.left < 10.0
    assert box.left + box.width > 26.0
    people.see(0.5, luma, [])
    (later,) = people.hidden(0.5)
    assert later.width > box.width
    assert people.hidden(1.5) == []


def test_a_hidden_face_is_not_in_the_picture_that_leaves() -> None:
    recording, part = FakeSource(0).recording, Box(0, 0, 80, 60)
    plain = decoded(LazyJpeg(numbered(5), recording, (part,), "none").jpeg())
    hidden = decoded(LazyJpeg(numbered(5), recording, (part,), "box").jpeg())
    assert np.ptp(plain[10:50, 10:70]) > 50
    assert np.ptp(hidden[10:50, 10:70]) < 10
    assert np.abs(plain[70:].astype(int) - hidden[70:]).max() < 30


@pytest.mark.parametrize(("how", "shown"), [("box", [0.0, 1.0, 2.0]), ("none", [each / 10 for each in range(30)])])
def test_pictures_that_were_not_searched_are_not_shown_where_faces_are_hidden(how: str, shown: list[float]) -> None:
    settings = Settings(reading=ReadingSettings(fps=1.0), anonymize=AnonymizeSettings(how=how))
    times: list[float] = []
    session = Session(FakeSource(30), settings, Board(*SIZE), every_frame=True)
    session._observer = SimpleNamespace(observe=lambda frame, recording: [])  # type: ignore[assignment]
    session._board.show = lambda view: times.append(round(view.time_s, 1))  # type: ignore[assignment, method-assign]
    session.start()
    session.join(5.0)
    assert session.error is None
    assert times == shown


def test_large_pictures_are_sent_no_larger_than_shown_and_upright(samples: Path) -> None:
    source = FileInput(samples / "phone-rotated.mp4")
    frame = next(source.frames())
    assert decoded(LazyJpeg(frame, source.recording, (), "none").jpeg()).shape == (480, 270, 3)


# Nobody else looks on


@pytest.fixture
def address() -> Iterator[str]:
    board = Board(*SIZE)
    board.show(shown_view(1))
    with serving(board) as served:
        yield served


def test_every_route_is_refused_without_the_token(address: str) -> None:
    root = address.rsplit("/", 2)[0]
    for path in (
        "/",
        "/next",
        "/next?after=0",
        "/favicon.ico",
        "/..%2f",
        "/wrong/",
        "/wrong/next",
        "/" + "x" * 32 + "/",
    ):
        refused = ask(root, path)
        assert (refused.status, refused.body) == (404, b"Not found\n"), path
    for token in (address.split("/")[3][:-1], address.split("/")[3] + "x", "%C3%A9", "%00"):
        assert ask(root, f"/{token}/").status == 404
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
        assert ask(root, "/next", method=method).status == 501
        assert ask(address, "next", method=method).status == 501, "nothing can be changed with the token either"
    assert ask(address, "other").status == 404
    assert ask(address[:-1]).status == 404
    assert ask(address, "next?after=x").status == 400


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "localhost", ""])
def test_a_page_under_a_foreign_name_is_refused(host: str, address: str) -> None:
    port = address.split(":")[2].split("/")[0]
    assert ask(address, "next", headers={"Host": host.format(port=port)}).status == 403
    assert ask(address, "next", headers={"Host": f"localhost:{port}"}).status == 200


def test_other_pages_can_neither_read_nor_frame_it(address: str) -> None:
    page = ask(address)
    assert page.status == 200
    for response in (page, ask(address, "next")):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Access-Control-Allow-Origin"] is None
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    foreign = {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Site": "cross-site"}
    assert ask(address, "next", headers=foreign).status == 403
    assert ask(address, headers={"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site"}).status == 200


def test_tokens_are_long_and_never_the_same() -> None:
    with serving(Board(*SIZE)) as one, serving(Board(*SIZE)) as other:
        assert one.split("/")[3] != other.split("/")[3]
        assert len(one.split("/")[3]) == 32


def test_it_listens_on_the_loopback_alone(address: str) -> None:
    port = int(address.split(":")[2].split("/")[0])
    assert address.startswith(f"http://{HOST}:")
    if Path("/proc/net/tcp").exists():
        rows = [line.split()[1:4] for name in ("tcp", "tcp6") for line in listening(name)]
        bound = [local for local, _, state in rows if state == "0A" and int(local.split(":")[1], 16) == port]
        assert bound == [f"0100007F:{port:04X}"]
    with socket.socket() as probe:
        probe.settimeout(5)
        assert probe.connect_ex(("127.0.0.2", port)) != 0


def listening(name: str) -> list[str]:
    path = Path("/proc/net") / name
    return path.read_text().splitlines()[1:] if path.exists() else []


def test_a_port_that_is_taken_is_said(address: str) -> None:
    port = int(address.split(":")[2].split("/")[0])
    with pytest.raises(UsageError, match=f"port = {port}: the port cannot be used"):
        live_server(Board(*SIZE), ("", ""), port=port)


def test_the_page_promises_to_hide_only_what_is_found() -> None:
    hiding = Settings(anonymize=AnonymizeSettings(how="blur"))
    page, _ = live_page("camera 7", FakeSource(0).recording, hiding, recorded=False)
    assert "<li>faces that are found are hidden (blur)</li>" in page
    assert "found are hidden" not in live_page("camera 7", FakeSource(0).recording, Settings(), recorded=False)[0]


def test_a_name_made_to_do_harm_is_text_on_the_page() -> None:
    page, policy = live_page(HARMFUL, FakeSource(0).recording, Settings(), recorded=True)
    assert "<img src=x" not in page
    assert "script-src 'sha256-" in policy


def test_no_browser_is_started_where_there_is_no_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("webbrowser.open", lambda _: pytest.fail("a browser in the terminal would take it over"))
    open_in_browser("http://127.0.0.1:1/x/")


# What is recorded


SEARCH_ALL = 1000.0
"""Every frame is searched: an analysis follows faces back from later searches too, which live can't."""


@pytest.fixture(scope="module")
def analysed(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("analysed")
    clips = [samples / name for name in CLIPS]
    config = out / "search-all.toml"
    config.write_text(f"[detector]\nsearch_fps = {SEARCH_ALL}\n")
    done = videmo("analyze", *clips, "--out", out, "--config", config, "--no-annotate", "--no-plots", "--no-report")
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files as fast as they are looked at."""
    monkeypatch.setattr(FileInput, "paced", False)


def record(clip: Path, out: Path, **overrides: Any) -> Watched:
    settings = load_settings(None, {**PLAIN, **overrides})
    return watch(parse_source(str(clip)), settings, WatchOptions(record=out, every_frame=True), lambda _: None)


@pytest.mark.slow
@pytest.mark.parametrize("name", CLIPS)
def test_what_is_recorded_equals_an_analysis(
    name: str, samples: Path, analysed: Path, unpaced: None, tmp_path: Path
) -> None:
    watched = record(samples / name, tmp_path, **{"reading.chunk_s": 1.0, "detector.search_fps": SEARCH_ALL})
    assert watched.state == "ended"
    assert watched.missed == 0
    assert tables(tmp_path / name) == tables(analysed / name)
    assert not leftovers(tmp_path)
    live, whole = manifest(tmp_path / name), manifest(analysed / name)
    assert live["result"] == whole["result"]
    assert live["recording"] == whole["recording"]
    assert live["input"] == whole["input"]
    assert live["live"] == {"state": "ended", "captured": watched.captured, "missed": 0}
    assert live["stages"]["observe"] != whole["stages"]["observe"], "an analysis does not take it for its own"


def test_what_is_lost_of_a_file_is_told_as_by_an_analysis(unpaced: None, tmp_path: Path) -> None:
    make_clip(tmp_path / "whole.mkv", frames=100, codec="mpeg4")
    drop_packets(tmp_path / "whole.mkv", tmp_path / "a.mkv", range(20, 24))
    content = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "a.mkv").write_bytes(content[: len(content) * 6 // 10])
    record(tmp_path / "a.mkv", tmp_path / "live")
    done = videmo("analyze", tmp_path / "a.mkv", "--out", tmp_path / "out", "--no-annotate", "--no-report")
    assert done.returncode == 1, done.stderr
    live, whole = manifest(tmp_path / "live" / "a.mkv"), manifest(tmp_path / "out" / "a.mkv")
    assert live["result"] == whole["result"]
    assert live["result"]["missing"] == 4
    assert "the file is cut off" in live["result"]["incomplete"]
    rows = [(tmp_path / place / "recordings.csv").read_text().splitlines()[1] for place in ("live", "out")]
    assert rows[0].split(",")[:3] == rows[1].split(",")[:3]


@pytest.mark.slow
def test_sampling_is_the_same_rule(samples: Path, unpaced: None, tmp_path: Path) -> None:
    clip = samples / "interview-vfr.mp4"
    record(clip, tmp_path / "live", **{"reading.fps": 5.0})
    done = videmo(
        "analyze", clip, "--out", tmp_path / "whole", "--no-annotate", "--no-plots", "--no-report", "--fps", "5"
    )
    assert done.returncode == 0
    assert tables(tmp_path / "live" / clip.name) == tables(tmp_path / "whole" / clip.name)


def test_frames_that_were_left_out_are_no_rows_and_the_others_keep_number_and_time(tmp_path: Path) -> None:
    gate_open, place = threading.Event(), watching.Destination(tmp_path, "camera-7", Path("camera 7"))
    gate = Gated(gate_open)
    source = FakeSource(40, before=lambda index: gate.busy.wait() if index == 1 else None)
    recorder = watching.Recorder(place, source.recording, Settings(), source.counts, overwrite=False)
    session = session_over(source, gate, recorder=recorder)
    session.start()
    while session.slot.missed < 38:
        time.sleep(0.001)
    gate_open.set()
    ending = session.join(10)
    recorder.close(ending.state, ending.message, captured=source.counts.frames, missed=session.slot.missed)
    watching.finish_session(place.results)
    table = pd.read_csv(place.results.folder / "observations.csv")
    assert table["frame"].tolist() == [0, 39]
    assert table["time_s"].tolist() == [0.0, 3.9]
    said = manifest(place.results.folder)
    assert said["result"]["decoded"] == 40
    assert said["result"]["frames"] == 2
    assert said["result"]["duration_s"] == 4.0
    assert said["warnings"][0].startswith("38 of 40 frames were skipped")


def test_a_camera_that_goes_away_leaves_whole_tables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = FakeSource(30, lost=True)
    monkeypatch.setattr(watching, "open_source", lambda *_, **__: source)
    code = run_here(monkeypatch, "live", "7", "--record", tmp_path, "--no-open")
    assert code == 1
    assert source.closed
    (folder,) = tmp_path.glob("camera-7-*")
    said = manifest(folder)
    assert said["live"]["state"] == "lost"
    assert "was lost at" in "; ".join(said["warnings"])
    recordings = pd.read_csv(tmp_path / "recordings.csv")
    assert recordings["recording"].tolist() == [folder.name]
    assert (folder / "report.html").is_file()
    assert run_here(monkeypatch, "export", tmp_path, "--to", "json,srt,eaf") == 0
    assert not leftovers(tmp_path)
    assert not [thread for thread in threading.enumerate() if thread.name in ("videmo-capture", "videmo-analysis")]


def test_a_full_disk_ends_the_session_with_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: Any) -> None:
        raise OutputError("part", "cannot be written (No space left on device)")

    monkeypatch.setattr(watching, "open_source", lambda *_, **__: FakeSource(300))
    monkeypatch.setattr("videmo.results.parts.save_part", full)
    with pytest.raises(OutputError, match="No space left"):
        watch(parse_source("7"), Settings(), WatchOptions(record=tmp_path), lambda _: None)


def test_earlier_results_are_not_written_over(samples: Path, unpaced: None, tmp_path: Path) -> None:
    clip = samples / "no-face.mp4"
    record(clip, tmp_path)
    with pytest.raises(UsageError, match="there are results already"):
        record(clip, tmp_path)
    settings = load_settings(None, PLAIN)
    again = WatchOptions(record=tmp_path, every_frame=True, overwrite=True)
    assert watch(parse_source(str(clip)), settings, again, lambda _: None).state == "ended"


@pytest.mark.slow
def test_ctrl_c_leaves_whole_tables_that_report_and_export_take(
    samples: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[reading]\nchunk_s = 0.5\n")
    out = tmp_path / "out"
    clip = lasting(samples / "two-people.mp4", tmp_path / "two-people.mp4")
    with running(clip, "--record", out, "--config", config) as (process, address):
        until(address, lambda numbers: numbers["time"] > 1.0 and any(one["person"] for one in numbers["people"]))
        process.send_signal(signal.SIGINT)
        said, wrong = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in wrong
    assert f"Results: {out / 'two-people.mp4'}" in said
    folder = out / "two-people.mp4"
    assert "watching was stopped at" in "; ".join(manifest(folder)["warnings"])
    table = pd.read_csv(folder / "observations.csv")
    assert table["time_s"].max() >= 1.0
    assert not leftovers(out)
    before = tables(out)
    assert run_here(monkeypatch, "report", out) == 0
    assert tables(out) == before
    assert run_here(monkeypatch, "export", out, "--to", "parquet,textgrid") == 0


@pytest.mark.slow
def test_a_session_that_was_killed_is_finished_by_report(
    samples: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[reading]\nchunk_s = 0.5\n")
    out = tmp_path / "out"
    clip = lasting(samples / "expressions.mp4", tmp_path / "expressions.mp4")
    with running(clip, "--record", out, "--config", config) as (process, _):
        while not list(out.glob("*/.work/live-000001.npz")):
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert run_here(monkeypatch, "report", out, "--no-plots") == 0
    assert "expressions.mp4 was cut short" in capsys.readouterr().out
    table = pd.read_csv(out / "expressions.mp4" / "observations.csv")
    assert table["time_s"].max() >= 0.5
    assert "the session was cut short" in "; ".join(manifest(out / "expressions.mp4")["warnings"])
    told = pd.read_csv(out / "recordings.csv")
    assert told["recording"].tolist() == ["expressions.mp4"]
    assert told["recording_duration_s"].item() > table["time_s"].max(), "the last picture lasted until the next one"
    assert not leftovers(out)


# The pictures themselves


def recorder_with_film(out: Path, source: FakeSource) -> watching.Recorder:
    place = watching.Destination(out, "camera-7", Path("camera 7"))
    settings = load_settings(None, {**PLAIN, "reading.chunk_s": 0.5})
    return watching.Recorder(place, source.recording, settings, source.counts, overwrite=False, film=True)


def keep_all(recorder: watching.Recorder, source: FakeSource) -> None:
    film = recorder._film
    assert film is not None
    for frame in source.frames():
        while film._waiting.full():
            time.sleep(0.001)
        recorder.keep(frame)
        if frame.index % 3 == 0:
            recorder.add(frame, [seen(60.0, "happy")])


@pytest.mark.slow
def test_a_film_holds_every_picture_at_its_true_time_and_the_results_are_its_own(tmp_path: Path) -> None:
    source = FakeSource(40)
    recorder = recorder_with_film(tmp_path, source)
    keep_all(recorder, source)
    recorder.close("stopped", "", captured=40, missed=26)
    watching.finish_session(RecordingResults(tmp_path / "camera-7"))
    film = FileInput(tmp_path / "camera-7" / "recording.mp4")
    pictures = [(read_number(frame.luma.full()), frame.time_s) for frame in film.frames()]
    assert [number for number, _ in pictures] == list(range(40))
    assert [time_s for _, time_s in pictures] == pytest.approx([index / 10 for index in range(40)], abs=1e-4)
    table = pd.read_csv(tmp_path / "camera-7" / "observations.csv")
    assert table["time_s"].tolist() == pytest.approx([index / 10 for index in range(0, 40, 3)], abs=1e-6)
    watching.write_folder(tmp_path, Settings())
    assert videmo("annotate", tmp_path).returncode == 0
    assert FileInput(tmp_path / "camera-7" / "annotated.mp4").recording.width == SIZE[0]
    assert not leftovers(tmp_path)


def test_a_film_survives_a_power_cut(tmp_path: Path) -> None:
    source = FakeSource(200)
    recorder = recorder_with_film(tmp_path, source)
    keep_all(recorder, source)
    part = tmp_path / "camera-7" / ".work" / "live.nut"
    recorder.close("stopped", "", captured=200, missed=0)
    # As it would be without the end, which may lie in the middle of a picture.
    part.write_bytes(part.read_bytes()[: part.stat().st_size * 2 // 3])
    said = json.loads((part.parent / "run.json").read_text())
    (part.parent / "run.json").write_text(json.dumps({**said, "live": {"state": "broken off"}}))
    assert finish_broken_off(tmp_path) == ["camera-7"]
    film = FileInput(tmp_path / "camera-7" / "recording.mp4")
    numbers = [read_number(frame.luma.full()) for frame in film.frames()]
    assert 5 < len(numbers) < 200
    assert numbers[:-1] == list(range(len(numbers) - 1)), "the last may be half a picture"
    assert finish_broken_off(tmp_path) == []


def test_an_encoder_that_is_too_slow_costs_pictures_and_nobody_waits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    busy, may_go_on = threading.Event(), threading.Event()

    def slow(picture: Any, recording: Any) -> Any:
        busy.set()
        may_go_on.wait()
        return displayed_yuv420p(picture, recording)

    monkeypatch.setattr("videmo.live.film.displayed_yuv420p", slow)
    (tmp_path / ".work").mkdir()
    film = Film(RecordingResults(tmp_path), FakeSource(0).recording, 23)
    film.offer(numbered(0))
    busy.wait()
    for index in range(1, 21):
        film.offer(numbered(index))
    may_go_on.set()
    assert film.close() == ("12 pictures are missing from recording.mp4: encoding was too slow",)


def test_a_film_that_cannot_be_written_does_not_end_the_session(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    film = Film(RecordingResults(tmp_path / "file" / "camera-7"), FakeSource(0).recording, 23)
    for index in range(30):
        film.offer(numbered(index))
    (said,) = [words for words in film.close() if "is incomplete" in words]
    assert "cannot be written" in said


# Sources


class _Stream(http.server.BaseHTTPRequestHandler):
    """Sends a transport stream without saying how long it is, and then breaks off."""

    content = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/mp2t")
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture(scope="module")
def stream(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A stream from the net: its address holds a password."""
    import av

    target = tmp_path_factory.mktemp("stream") / "stream.ts"
    with av.open(str(samples / "two-people.mp4")) as source, av.open(str(target), "w", format="mpegts") as output:
        video = source.streams.video[0]
        copy = output.add_stream_from_template(video)
        for packet in source.demux(video):
            if packet.size:
                packet.stream = copy
                output.mux(packet)
    handler = type("Stream", (_Stream,), {"content": target.read_bytes()})
    server = http.server.ThreadingHTTPServer((HOST, 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield f"http://anna:secret@{HOST}:{server.server_address[1]}/stream.ts?key=secret"
    server.shutdown()
    server.server_close()


def test_a_stream_that_ends_is_lost_and_its_password_stands_nowhere(
    stream: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = run_here(monkeypatch, "live", stream, "--record", tmp_path, "--no-open", "--no-plots")
    printed = capsys.readouterr()
    assert code == 1
    assert "the stream broke off" in printed.err or "the stream ended" in printed.err
    (folder,) = tmp_path.glob("http-127-0-0-1-*")
    said = manifest(folder)
    assert said["live"]["captured"] == 250
    assert said["recording"]["container"] == "mpegts"
    written = "".join(path.read_text() for path in tmp_path.rglob("*") if path.suffix in (".json", ".csv", ".html"))
    assert "secret" not in written + printed.out + printed.err
    table = pd.read_csv(folder / "observations.csv").drop_duplicates("frame")
    assert (table["time_s"] - table["frame"] / 25).abs().max() < 0.001, "times are the stream's, not those of arrival"


@pytest.mark.parametrize(
    ("source", "words", "code"),
    [
        ("nowhere.mp4", "no such file, expected a file, a camera's number", 2),
        (".", "a folder", 2),
        ("gopher://x/y", "streams of this kind can't be read", 2),
        ("file:///etc/passwd", "streams of this kind can't be read", 2),
        ("http://", "the address has no host", 2),
        ("http://127.0.0.1:9/stream", "http://127.0.0.1:9/stream: cannot be opened", 1),
        ("http://127.0.0.1:99999/stream", "the port is not a number", 2),
        ("97", "camera 97: there is no such camera", 1),
        ("/dev/video97", "camera 97: there is no such camera", 1),
        ("text.mp4", "not a readable video", 1),
        ("sound.mp4", "no video stream", 1),
        ("empty.mp4", "the file is empty", 1),
    ],
)
def test_a_source_that_cannot_be_watched_is_said_in_a_sentence(
    source: str,
    words: str,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.mp4").write_text("no video")
    Path("empty.mp4").touch()
    if source == "sound.mp4":
        write_sound(Path(source))
    assert run_here(monkeypatch, "live", source, "--no-open") == code
    said = capfd.readouterr().err
    assert words in said
    assert len(said.strip().splitlines()) == 1, said


def test_a_refused_stream_is_said(
    stream: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(_Stream, "do_GET", lambda self: self.send_error(401))
    assert run_here(monkeypatch, "live", stream, "--no-open") == 1
    said = capsys.readouterr().err
    assert "cannot be opened" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("0", "--loop"), "--loop: a camera has no end"),
        (("0", "--every-frame"), "--every-frame: a camera does not wait"),
        (("CLIP", "--size", "640x480"), "--size 640x480: a file has a size of its own"),
        (("0", "--size", "big"), "expected width and height"),
        (("CLIP", "--loop", "--record", "out"), "would be recorded as new"),
        (("CLIP", "--video", "--record", "out"), "a file is its own video"),
        (("0", "--video"), "--video: nothing is recorded"),
        (("CLIP", "--overwrite"), "--overwrite: nothing is recorded"),
        (("",), "nothing is named, expected"),
        (("0", "--video", "--record", "out", "--anonymize", "blur"), "would show the faces that are to be hidden"),
        (("CLIP", "--fps", "0"), "--fps 0: out of range"),
        (("CLIP", "--detector", "nose"), "not a detector"),
        (("CLIP", "--classifier", "nose"), "nose"),
    ],
)
def test_options_that_make_no_sense_are_said(
    options: tuple[str, ...], words: str, samples: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    arguments = [str(samples / "no-face.mp4") if option == "CLIP" else option for option in options]
    assert run_here(monkeypatch, "live", *arguments, "--no-open") == 2
    assert words in capsys.readouterr().err


class _Camera:
    """In place of a camera: so many pictures, then it is unplugged."""

    def __init__(self, number: int) -> None:
        self.left, self.released, self.wishes = 5, False, {}

    def set(self, wish: int, value: float) -> bool:
        self.wishes[wish] = value
        return True

    def get(self, _: int) -> float:
        return 30.0

    def isOpened(self) -> bool:
        return True

    def read(self) -> tuple[bool, Any]:
        self.left -= 1
        return self.left >= 0, np.full((48, 64, 3), 40 * max(self.left, 0), np.uint8)

    def release(self) -> None:
        self.released = True


def test_a_camera_gives_pictures_until_it_is_unplugged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "VideoCapture", _Camera)
    camera = CameraInput(0, size=(1280, 720))
    assert (camera.recording.width, camera.recording.height) == (64, 48), "what it gives, not what was asked for"
    levels, times = [], []
    frames = camera.frames()
    for frame in itertools.islice(frames, 5):
        levels.append(round(float(frame.luma.full().mean())))
        times.append(frame.time_s)
    with pytest.raises(SourceLost, match="camera 0: it stopped delivering frames"):
        next(frames)
    assert levels == [160, 120, 80, 40, 0]
    assert times == sorted(times)
    assert camera.counts.frames == 5
    camera.close()


def test_a_camera_that_gives_nothing_is_said_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Camera, "read", lambda _: (False, None))
    monkeypatch.setattr(cv2, "VideoCapture", _Camera)
    with pytest.raises(RecordingError, match="it delivers no frames"):
        CameraInput(0)


def test_a_file_begins_again_with_numbers_and_times_that_go_on(samples: Path) -> None:
    source = FileInput(samples / "phone-rotated.mp4", loop=True)
    seen = [(frame.index, frame.time_s) for frame, _ in zip(source.frames(), range(300))]
    assert [index for index, _ in seen] == list(range(300))
    steps = np.diff([time_s for _, time_s in seen])
    assert steps == pytest.approx(np.full(299, 1 / 30), abs=2e-3)


def test_a_file_plays_at_its_own_pace(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the waits that are asked for: the clock of the test stands still."""
    waits: list[float] = []
    source = FileInput(samples / "phone-rotated.mp4")
    session = session_over(source, Gated(done := threading.Event()))
    done.set()
    monkeypatch.setattr("videmo.live.session.time.monotonic", lambda: 100.0)
    monkeypatch.setattr(session._stopped, "wait", waits.append)
    session.start()
    session.join(10)
    assert waits == pytest.approx([frame.time_s for frame in FileInput(samples / "phone-rotated.mp4").frames()])


def test_the_command_says_how_it_went(
    samples: Path, monkeypatch: pytest.MonkeyPatch, unpaced: None, capsys: Any
) -> None:
    assert run_here(monkeypatch, "live", samples / "no-face.mp4", "--no-open", "--every-frame") == 0
    said = capsys.readouterr().out
    assert "Watching no-face.mp4 at http://127.0.0.1:" in said
    assert "100 of 100 frames analysed in 4.0 s, 0 persons" in said


@pytest.mark.slow
def test_help_of_live_is_light_too() -> None:
    code = (
        "import sys; sys.argv = ['videmo', 'live', '--help']\n"
        "from videmo.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('HEAVY', sorted({'numpy', 'cv2', 'av', 'pandas'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout


# What the tests share


def session_over(source: Any, observer: Any, recorder: Any = None) -> Session:
    session = Session(source, Settings(), Board(*SIZE), recorder=recorder)
    session._observer = observer
    return session


def run_here(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> int:
    """The command line in this process, as the console script runs it."""
    monkeypatch.setattr(sys, "argv", ["videmo", *map(str, arguments)])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    return guarded(app)


def manifest(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "run.json").read_text())


def write_sound(path: Path) -> None:
    import av

    with av.open(str(path), "w") as output:
        stream = output.add_stream("aac", rate=48000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 48000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
