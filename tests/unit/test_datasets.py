"""Readers of labelled faces: every layout, and every kind of broken row, which is named with file, row and fix."""

from __future__ import annotations

import re
import tomllib
import tracemalloc
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from faces_on_disk import (
    AFFECTNET_HEADER,
    SPLIT_OF_ROW,
    affectnet_line,
    frame_with_a_face,
    png,
    smooth_faces,
    votes_of,
    write_affectnet,
    write_csv_pair,
    write_official_folders,
    write_table,
)
from videmo.errors import DatasetError, UsageError
from videmo.training.classifier.datasets.affectnet import CODES, read_affectnet
from videmo.training.classifier.datasets.affectnet import COLUMNS as AFFECTNET_COLUMNS
from videmo.training.classifier.datasets.class_folders import NAMES, read_class_folders
from videmo.training.classifier.datasets.face import VOTES
from videmo.training.classifier.datasets.ferplus import (
    LABELS,
    OFFICIAL_ORDER,
    PIXELS,
    read_csv_pair,
    read_folders,
    read_table,
)
from videmo.training.classifier.datasets.formats import READERS, DataSource, parse_source
from videmo.training.classifier.datasets.pictures import read_pictures
from videmo.training.classifier.datasets.store import open_store
from videmo.training.classifier.recipe import load_recipe
from videmo.training.common.pictures import read_backgrounds, read_web
from videmo.training.detector.tables import read_wider

FACES = smooth_faces(10, 1)
SPLITS = list(SPLIT_OF_ROW) * 2
GUIDE = Path(__file__).parents[2] / "docs" / "training.md"


def silent(line: str) -> None:
    """Progress that nobody reads."""


@pytest.mark.parametrize(
    ("write", "read"),
    [
        (lambda path: write_table(path / "faces.parquet", FACES, SPLITS), read_table),
        (lambda path: write_csv_pair(path, FACES, SPLITS), read_csv_pair),
        (lambda path: write_official_folders(path, FACES, SPLITS), read_folders),
    ],
    ids=["table", "csv", "folders"],
)
def test_the_three_layouts_of_ferplus_tell_the_same(
    write: Callable[[Path], Path], read: Callable[[Path], Any], tmp_path: Path
) -> None:
    faces = {face.image.tobytes(): face for face in read(write(tmp_path))}
    assert len(faces) == len(FACES)
    for row, image in enumerate(FACES):
        face = faces[image.tobytes()]
        assert face.split == SPLITS[row]
        assert face.votes.tolist() == [votes_of(row)[name] for name in VOTES]


def test_rows_that_ferplus_withdrew_are_left_out(tmp_path: Path) -> None:
    write_csv_pair(tmp_path, FACES, SPLITS)
    labels = tmp_path / LABELS
    labels.write_text(labels.read_text().replace("fer0000003.png", ""))
    assert len(list(read_csv_pair(tmp_path))) == len(FACES) - 1


def test_affectnet_codes_become_votes_and_boxes_become_crops(tmp_path: Path) -> None:
    codes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    faces = list(read_affectnet(write_affectnet(tmp_path, FACES, codes)))
    assert [VOTES[int(face.votes.argmax())] for face in faces] == [CODES[code] for code in codes]
    assert [CODES[code] for code in (0, 1, 2, 3, 6, 10)] == [
        "neutral",
        "happiness",
        "sadness",
        "surprise",
        "anger",
        "not_a_face",
    ]
    assert [face.split for face in faces] == ["train"] * 5 + ["validation"] * 5
    for face, image in zip(faces, FACES, strict=True):
        assert face.image.shape == (48, 48)
        assert np.corrcoef(face.image.ravel(), image.ravel())[0, 1] > 0.98, "cut out where the face is"


def test_class_folders_with_and_without_splits(tmp_path: Path) -> None:
    for row, name in enumerate(("Neutral", "happy", "sadness", "surprised", "anger", "fear")):
        for split in ("train", "val"):
            folder = tmp_path / "split" / split / name / "deeper"
            folder.mkdir(parents=True)
            (folder / "a.jpg").write_bytes(cv2.imencode(".jpg", np.full((90, 60), 40 * row, np.uint8))[1].tobytes())
        plain = tmp_path / "plain" / name
        plain.mkdir(parents=True)
        for face in range(40):
            (plain / f"{face}.png").write_bytes(png(smooth_faces(1, 100 * row + face, 20)[0]))
    faces = list(read_class_folders(tmp_path / "split"))
    assert [face.split for face in faces].count("validation") == 6
    assert {VOTES[int(face.votes.argmax())] for face in faces} == {*VOTES[:5], "fear"}
    plain = [face.split for face in read_class_folders(tmp_path / "plain")]
    assert 8 <= plain.count("validation") <= 45, "about a tenth"
    assert plain == [face.split for face in read_class_folders(tmp_path / "plain")], "always the same"


def test_faces_without_labels_are_found_in_pictures(samples: Path, tmp_path: Path) -> None:
    (tmp_path / "frame.png").write_bytes(png(frame_with_a_face(samples)))
    found = list(read_pictures(tmp_path))
    assert len(found) == 1
    assert not found[0].votes.any()


TABLE = {
    "unknown split": (
        {"split": ["train", "exam", "test"]},
        r"row 1: the split is 'exam', expected one of train, valid",
    ),
    "no picture": ({"image": [png(FACES[0]), b"text", png(FACES[1])]}, r"row 1: not a picture .*Remove or replace it"),
    "no bytes": ({"image": [png(FACES[0]), None, png(FACES[1])]}, r"row 1: not a picture"),
    "size": (
        {"image": [png(FACES[0]), png(FACES[0][:40]), png(FACES[0])]},
        r"row 1: 48×40 pixels, expected a grey image of 48×48 pixels. Remove or replace it",
    ),
    "negative vote": ({"anger": [0, 0, -1]}, r"row 2: the votes are .*-1.*, expected numbers of 0 or more"),
    "vote without number": ({"anger": [0.0, float("nan"), 1.0]}, r"row 1: the votes are .*, expected numbers"),
    "nobody voted": ({name: [1, 0, 1] for name in VOTES}, r"row 1: nobody voted. Correct the votes"),
}


@pytest.mark.parametrize(("changes", "message"), TABLE.values(), ids=TABLE)
def test_a_broken_row_of_the_table_is_named(changes: dict[str, list[Any]], message: str, tmp_path: Path) -> None:
    path = write_table(tmp_path / "faces.parquet", FACES[:3], ["train", "validation", "test"], **changes)
    with pytest.raises(DatasetError, match=rf"faces\.parquet, {message}"):
        list(read_table(path))


def test_a_broken_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"missing\.parquet: no such file. Check the path and the data folder"):
        list(read_table(tmp_path / "missing.parquet"))
    (tmp_path / "text.parquet").write_text("no table")
    with pytest.raises(DatasetError, match=r"text\.parquet: not a readable parquet file"):
        list(read_table(tmp_path / "text.parquet"))
    path = write_table(tmp_path / "faces.parquet", FACES[:1], ["train"])
    import pandas as pd

    pd.read_parquet(path).drop(columns=["anger"]).to_parquet(path)
    with pytest.raises(DatasetError, match="no column anger; it has split"):
        list(read_table(path))


def edited(path: Path, line: int, old: str, new: str) -> None:
    """Change one line (from 1) of a text file."""
    lines = path.read_text().splitlines()
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    path.write_text("\n".join(lines) + "\n")


def without_line(path: Path, line: int) -> None:
    """Take out one line (from 1) of a text file."""
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[: line - 1] + lines[line:]) + "\n")


FIRST_PIXEL = str(FACES[1].ravel()[0])
PAIR: dict[str, tuple[Callable[[Path], object], str]] = {
    "no pixels": (lambda at: (at / PIXELS).unlink(), rf"{PIXELS}: no such file. Choose a folder with"),
    "no labels": (lambda at: (at / LABELS).unlink(), rf"{LABELS}: no such file. Choose a folder with"),
    "header": (lambda at: edited(at / LABELS, 1, "anger", "wrath"), rf"{LABELS}: line 1 has no column anger"),
    "rows do not fit": (lambda at: without_line(at / LABELS, 11), rf"{LABELS}: ends before line 11 of the other file"),
    "too few pixels": (lambda at: edited(at / PIXELS, 3, f"{FIRST_PIXEL} ", ""), rf"{PIXELS}, line 3: 2303 pixels"),
    "pixel no number": (lambda at: edited(at / PIXELS, 3, f"{FIRST_PIXEL} ", "x "), "line 3: the pixels are not all"),
    "pixel too large": (
        lambda at: edited(at / PIXELS, 3, f"{FIRST_PIXEL} ", "256 "),
        "line 3: pixel values out of range, expected 0 to",
    ),
    "unknown usage": (
        lambda at: edited(at / PIXELS, 4, "Training", "Exam"),
        "line 4: Usage is 'Exam', expected one of",
    ),
    "another usage": (
        lambda at: edited(at / LABELS, 4, "Training", "PublicTest"),
        rf"{LABELS}, line 4: Usage is 'PublicTest', but {PIXELS} has 'Training', .*same order",
    ),
    "short line": (lambda at: edited(at / LABELS, 2, ",0,", ","), rf"{LABELS}, line 2: 11 columns"),
    "vote no number": (lambda at: edited(at / LABELS, 2, ",9,", ",nine,"), rf"{LABELS}, line 2: the votes are nine"),
    "not text": (lambda at: (at / LABELS).write_bytes(b"\xff\xfe\x00\xd8"), rf"{LABELS}: not a CSV file"),
}


@pytest.mark.parametrize(("damage", "message"), PAIR.values(), ids=PAIR)
def test_a_broken_row_of_the_csv_pair_is_named(damage: Callable[[Path], object], message: str, tmp_path: Path) -> None:
    write_csv_pair(tmp_path, FACES, SPLITS)
    damage(tmp_path)
    with pytest.raises(DatasetError, match=message):
        list(read_csv_pair(tmp_path))


FOLDER = "FER2013Train"
OFFICIAL: dict[str, tuple[Callable[[Path], object], str]] = {
    "no list": (lambda at: (at / FOLDER / "label.csv").unlink(), r"label\.csv: no such file. It comes with FER\+"),
    "no picture": (
        lambda at: (at / FOLDER / "fer0000001.png").unlink(),
        r"label\.csv, line 2: .*fer0000001\.png cannot",
    ),
    "damaged picture": (
        lambda at: (at / FOLDER / "fer0000001.png").write_text("x"),
        "line 2: fer0000001.png: not a pic",
    ),
    "size": (
        lambda at: (at / FOLDER / "fer0000001.png").write_bytes(png(FACES[0][:30])),
        "line 2: fer0000001.png: 48×30 pixels",
    ),
    "columns": (
        lambda at: edited(at / FOLDER / "label.csv", 2, ",0,", ","),
        r"label\.csv, line 2: 11 columns, expected 12",
    ),
    "votes": (lambda at: edited(at / FOLDER / "label.csv", 2, ",9,", ",-9,"), "line 2: the votes are .*-9.* 0 or more"),
}


@pytest.mark.parametrize(("damage", "message"), OFFICIAL.values(), ids=OFFICIAL)
def test_a_broken_row_of_the_official_folders_is_named(
    damage: Callable[[Path], object], message: str, tmp_path: Path
) -> None:
    write_official_folders(tmp_path, FACES, SPLITS)
    damage(tmp_path)
    with pytest.raises(DatasetError, match=message):
        list(read_folders(tmp_path))


AFFECT = {
    "no picture": (affectnet_line("7/99.png", "1"), r"training\.csv, line 2: .*99\.png cannot be read"),
    "columns": ("7/0.png,1,2", r"line 2: 3 columns, expected 7"),
    "box no number": (
        affectnet_line("7/0.png", "1", (1, 2, "wide", 4)),
        "line 2: the box is 1, 2, wide, 4, expected four",
    ),
    "box outside": (affectnet_line("7/0.png", "1", (500, 2, 30, 40)), "lies outside the picture of 70×70 pixels"),
    "empty box": (affectnet_line("7/0.png", "1", (5, 2, 0, 40)), "lies outside the picture"),
    "unknown code": (affectnet_line("7/0.png", "11"), "line 2: the expression is '11', expected 0 to 10"),
    "no code": (affectnet_line("7/0.png", "joy"), "line 2: the expression is 'joy', expected 0 to 10"),
}


@pytest.mark.parametrize(("line", "message"), AFFECT.values(), ids=AFFECT)
def test_a_broken_row_of_affectnet_is_named(line: str, message: str, tmp_path: Path) -> None:
    write_affectnet(tmp_path, FACES[:2], [0, 1])
    lists = tmp_path / "Manually_Annotated_file_lists"
    (lists / "training.csv").write_text(f"{AFFECTNET_HEADER}\n{line}\n")
    with pytest.raises(DatasetError, match=message):
        list(read_affectnet(tmp_path))


def test_folders_that_are_no_data_set_are_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"neither training.csv nor validation.csv"):
        list(read_affectnet(tmp_path))
    with pytest.raises(DatasetError, match="no folder FER2013Train"):
        list(read_folders(tmp_path))
    with pytest.raises(DatasetError, match="no such folder"):
        list(read_class_folders(tmp_path / "missing"))
    with pytest.raises(DatasetError, match="no pictures in it"):
        list(read_class_folders(tmp_path))
    with pytest.raises(DatasetError, match="no pictures in it"):
        list(read_pictures(tmp_path))
    (tmp_path / "joy").mkdir()
    with pytest.raises(DatasetError, match=r"'joy' is not a class, expected one of neutral, happy"):
        list(read_class_folders(tmp_path))
    (tmp_path / "joy").rename(tmp_path / "happy")
    (tmp_path / "happy" / "a.png").write_text("no picture")
    with pytest.raises(DatasetError, match=r"happy/a\.png: not a picture"):
        list(read_class_folders(tmp_path))


def test_any_mix_lands_in_one_store_and_is_read_once(tmp_path: Path) -> None:
    write_table(tmp_path / "faces.parquet", FACES, SPLITS)
    write_affectnet(tmp_path / "affectnet", FACES, [0] * 10)
    (tmp_path / "mine" / "angry").mkdir(parents=True)
    (tmp_path / "mine" / "angry" / "a.png").write_bytes(png(FACES[0]))
    sources = [
        parse_source(text) for text in ("ferplus-table=faces.parquet", "affectnet=affectnet", "class-folders=mine")
    ]
    lines: list[str] = []
    store = open_store(sources, tmp_path, tmp_path / "store", lines.append)
    assert len(store.images) == len(store.votes) == len(store.split) == 21
    assert store.images[4].tobytes() == FACES[4].tobytes()
    assert len(store.rows("test")) == 2
    assert any("affectnet: 10 faces" in line for line in lines)
    lines.clear()
    again = open_store(sources, tmp_path, tmp_path / "store", lines.append)
    assert not lines, "nothing is read again"
    assert np.array_equal(again.images, store.images)
    (tmp_path / "mine" / "angry" / "b.png").write_bytes(png(FACES[1]))
    assert len(open_store(sources, tmp_path, tmp_path / "store", lines.append).images) == 22, "the data changed"


@pytest.mark.slow
def test_a_large_data_set_is_copied_in_little_memory(tmp_path: Path) -> None:
    count = 6_000
    write_table(tmp_path / "faces.parquet", np.tile(FACES, (count // 10, 1, 1)), SPLITS * (count // 10))
    list(read_table(tmp_path / "faces.parquet"))[:0]
    tracemalloc.start()
    store = open_store([DataSource("ferplus-table", "faces.parquet")], tmp_path, tmp_path / "store", silent)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(store.images) == count
    assert peak < count * 48 * 48 / 3, "less than a third of the pixels"


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(UsageError, match=r"data format = 'fer': no such format, expected one of ferplus-table"):
        parse_source("fer=x")
    with pytest.raises(UsageError, match="expected FORMAT=PATH"):
        parse_source("ferplus-csv")


def test_the_tables_that_the_guide_makes_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples in docs/training.md, run one after the other, and read by what training reads with."""
    guide = GUIDE.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    known: dict[str, object] = {}
    for example in re.findall(r"```python\n(.*?)```", guide, re.DOTALL):
        exec(example, known)
    data = tmp_path / "data"
    (face,) = read_table(data / "ferplus.parquet")
    assert (face.split, face.votes.tolist()) == ("train", [2, 8, *[0] * 8])
    for split in ("train", "validation"):
        (picture,) = read_wider(data / "wider.parquet", split)
        assert picture.boxes.tolist() == [[40, 50, 32, 41]]
        assert not picture.ignore.any()
        assert len(read_backgrounds(data / "backgrounds.parquet", split)) == 1
    kept, learned = (read_web(data / "webfaces.parquet", evaluation=which) for which in (True, False))
    assert kept
    assert len(kept) + len(learned) == 100


def test_the_guide_names_every_layout_and_every_setting_of_a_recipe(tmp_path: Path) -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    assert [name for name in READERS if f"[`{name}`]" not in guide] == []
    assert [name for name in (*VOTES, *NAMES, *OFFICIAL_ORDER, *AFFECTNET_COLUMNS) if name not in guide] == []
    (example,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "mine.toml").write_text(example, encoding="utf-8")
    recipe = load_recipe(str(tmp_path / "mine.toml"))
    assert set(tomllib.loads(example)["training"]) == {field.name for field in fields(recipe.training)}
    assert set(tomllib.loads(example)["teachers"]) == {field.name for field in fields(recipe.teachers)}
