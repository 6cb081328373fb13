"""Measuring of cascades: on pictures made by hand, and on the real data where it is there."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from cascades import run
from videmo.training.cascade.measure import NEIGHBOURS, evaluate_cascades, grouped
from videmo.training.cascade.page import cascade_page
from videmo.training.common.pictures import held_out

ALT2 = Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_alt2.xml"


def stored(image: np.ndarray) -> bytes:
    """A picture as tables hold it."""
    return bytes(cv2.imencode(".png", image)[1])


def tables(folder: Path) -> Path:
    """A data folder with two held-out photographs, which show no real face, and one picture without people."""
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    names = [name for name in (f"{n}.jpg" for n in range(100)) if held_out(name)][:2]
    plain = np.random.default_rng(0).integers(90, 110, (100, 120)).astype(np.uint8)
    points = [[30, 40, 50, 40, 40, 52, 40, 62]]
    (folder / "data").mkdir()
    web = [{"name": name, "image": stored(plain), "points": points} for name in names]
    pandas.DataFrame(web).to_parquet(folder / "data" / "webfaces.parquet")
    rows = [{"split": "validation", "image": stored(plain)}]
    pandas.DataFrame(rows).to_parquet(folder / "data" / "backgrounds.parquet")
    return folder


def test_cascades_are_measured_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("videmo.training.cascade.measure.WINDOWS", 200)
    results, measured_on = evaluate_cascades(tables(tmp_path) / "data", [ALT2], lambda _: None)
    assert measured_on == {"photographs": 2, "faces": 2, "pictures_without_people": 1}
    assert [result["title"] for result in results][1:] == [
        "OpenCV's haarcascade_frontalface_default.xml", "OpenCV's haarcascade_frontalface_alt2.xml",
    ]  # fmt: skip
    assert all(stage["same"] >= 0.999 for stage in results[0]["agreement"])
    assert len(results[0]["agreement"]) == 20
    assert [point["neighbours"] for point in results[0]["points"]] == list(NEIGHBOURS)
    page = cascade_page(results, measured_on, "two cores", "videmo evaluate cascade alt2.xml")
    assert "videmo and in OpenCV" in page
    assert "20×20" in page


def test_windows_are_grouped_as_detect_multi_scale_does() -> None:
    """On a face drawn by hand OpenCV's own detection and ours with the same neighbours."""
    image = np.full((200, 200), 60, np.uint8)
    cv2.ellipse(image, (100, 100), (50, 62), 0, 0, 360, 200, -1)
    for x in (80, 120):
        cv2.ellipse(image, (x, 85), (12, 6), 0, 0, 360, 40, -1)
        cv2.line(image, (x - 14, 70), (x + 14, 70), 70, 4)
    cv2.line(image, (100, 90), (100, 110), 150, 6)
    cv2.ellipse(image, (100, 132), (20, 6), 0, 0, 360, 70, -1)
    classifier = cv2.CascadeClassifier(str(ALT2))
    windows = [list(map(int, box)) for box in classifier.detectMultiScale(image, 1.1, 0)]
    for neighbours in (1, 2, 3, 5):
        expected = np.array(classifier.detectMultiScale(image, 1.1, neighbours)).reshape(-1, 4)
        np.testing.assert_array_equal(np.sort(grouped(windows, neighbours), axis=0), np.sort(expected, axis=0))


def test_what_is_missing_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, errors = run(capsys, "evaluate", "cascade", ALT2, "--data", tmp_path, "--out", tmp_path)
    assert code == 1
    assert "webfaces.parquet: no such file" in errors
    code, _, errors = run(capsys, "evaluate", "cascade", tmp_path / "n.xml", "--data", tables(tmp_path))
    assert code == 1
    assert "n.xml: no such file" in errors


def test_the_published_cascade_keeps_what_the_page_says(data: Path) -> None:
    """The cascade in reports/evaluation finds enough of the held-out faces at few enough false alarms."""
    from videmo.training.cascade import measure
    from videmo.training.common.pictures import read_backgrounds

    folder = Path(__file__).parents[2] / "reports" / "evaluation"
    photographs = measure._photographs(data / "data" / "webfaces.parquet")
    empty = [picture.image for picture in read_backgrounds(data / "data" / "backgrounds.parquet", "validation")]
    found = measure._measured(cv2.CascadeClassifier(str(folder / "cascade.xml")), photographs[::6], empty[::6])
    best = found["best"]
    assert best is not None
    assert best["recall"] >= 0.8
