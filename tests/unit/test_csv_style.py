"""Tables that open with a double click in a German or French Excel, and are read back as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import videmo
from runs import videmo as run
from videmo.errors import ResultsError
from videmo.results.csv import read_csv, write_csv
from videmo.results.stored import StoredFiles

DECIMALS = {"time_s": 6}


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "recording": ["Müller; Anna.mp4", 'a "b", c.mp4', None],
            "person": pd.array([1, None, 3], dtype="Int64"),
            "time_s": [1 / 3, 12345678.9, np.nan],
            "note": ["1.5", "2,5", "plain"],
        }
    )


def test_bytes_are_those_that_excel_understands(tmp_path: Path) -> None:
    write_csv(table(), tmp_path / "t.csv", DECIMALS, style="excel")
    expected = (
        'recording;person;time_s;note\n"Müller; Anna.mp4";1;0,333333;1.5\n"a ""b"", c.mp4";;12345678,9;2,5\n;3;;plain\n'
    )
    assert (tmp_path / "t.csv").read_bytes() == b"\xef\xbb\xbf" + expected.encode()


def test_the_default_stays(tmp_path: Path) -> None:
    write_csv(table(), tmp_path / "t.csv", DECIMALS)
    assert (tmp_path / "t.csv").read_bytes().startswith(b"recording,person,time_s,note\n")
    assert StoredFiles(tmp_path).style_of("t.csv") == "plain"


def test_both_styles_are_read_back_alike(tmp_path: Path) -> None:
    texts = {"recording": str, "note": str}
    for style in ("plain", "excel"):
        write_csv(table(), tmp_path / f"{style}.csv", DECIMALS, style=style)
    plain, excel = (read_csv(tmp_path / f"{style}.csv", dtype=texts) for style in ("plain", "excel"))
    pd.testing.assert_frame_equal(plain, excel, check_exact=True)
    assert StoredFiles(tmp_path).style_of("excel.csv") == "excel"


def test_numbers_of_any_size_come_back_exactly(tmp_path: Path) -> None:
    times = np.random.default_rng(3).random(500) * 10.0 ** np.random.default_rng(4).integers(-7, 6, 500)
    write_csv(pd.DataFrame({"time_s": times, "x": -times}), tmp_path / "t.csv", DECIMALS, style="excel")
    back = read_csv(tmp_path / "t.csv")
    np.testing.assert_array_equal(back["time_s"], np.round(times, 6))
    np.testing.assert_array_equal(back["x"], -times)


def test_long_tables_have_one_mark_at_the_beginning(tmp_path: Path) -> None:
    write_csv(pd.DataFrame({"x": np.arange(120_000) / 4}), tmp_path / "t.csv", {}, style="excel")
    content = (tmp_path / "t.csv").read_bytes()
    assert content.count(b"\xef\xbb\xbf") == 1
    assert content.count(b"x") == 1


def test_what_excel_saved_in_its_own_encoding_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("recording;time_s\nMüller.mp4;0,5\n".encode("cp1252"))
    with pytest.raises(ResultsError, match="not a readable table"):
        read_csv(tmp_path / "t.csv")


@pytest.mark.slow
def test_a_run_writes_reads_and_changes_the_style(samples: Path, tmp_path: Path) -> None:
    clip, plain, out = samples / "two-people.mp4", tmp_path / "plain", tmp_path / "out"
    arguments = ("analyze", clip, "--fps", "5", "--no-plots", "--no-annotate", "--out")
    assert run(*arguments, plain).returncode == 0
    assert run(*arguments, out, "--csv-style", "excel").returncode == 0
    there = sorted(path.relative_to(out) for path in out.rglob("*.csv"))
    assert len(there) == 11
    for name in there:
        assert (out / name).read_bytes().startswith(b"\xef\xbb\xbf"), name
        texts = {"dtype": {"maybe_other_from_s": str}} if name.name == "persons.csv" else {}  # moments, one or more
        pd.testing.assert_frame_equal(read_csv(out / name, **texts), read_csv(plain / name, **texts), check_exact=True)
    assert videmo.read(out).timeline.equals(videmo.read(plain).timeline)
    before = {name: (out / name).read_bytes() for name in there}
    assert run("report", out, "--no-plots").returncode == 0, "it stays as it is"
    assert {name: (out / name).read_bytes() for name in there} == before
    assert run("report", out, "--no-plots", "--csv-style", "plain").returncode == 0
    for name in there:
        assert (out / name).read_bytes() == (plain / name).read_bytes(), name
    assert run("report", plain, "--no-plots", "--csv-style", "excel").returncode == 0
    assert {name: (plain / name).read_bytes() for name in there} == before
    assert run("annotate", plain, "--jobs", "2").returncode == 0
    assert {name: (plain / name).read_bytes() for name in there} == before
    assert run("export", plain, "--to", "srt,textgrid").returncode == 0
