"""Comparing groups of faces: intervals, lightness of the skin, and the page that says what can't be concluded."""

from __future__ import annotations

import json
import math
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import scipy.stats

from cascades import run
from faces_on_disk import frame_with_a_face, png
from videmo.errors import DatasetError
from videmo.faces.detector import make_detector
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.settings import DetectorSettings
from videmo.training.common.labels import CLASSES
from videmo.training.fairness.data import UNKNOWN, diverse_faces, lfw_faces, raf_test_faces, sex_of
from videmo.training.fairness.faces import FaceObserver, Observed
from videmo.training.fairness.groups import Rate, agreement_of, compared, largest_differences, rates_of
from videmo.training.fairness.intervals import (
    Interval,
    between_share,
    difference,
    order_share,
    several,
    standardised_difference,
    wilson,
)
from videmo.training.fairness.lightness import Lightness, fifths, lightness_of, trust
from videmo.training.fairness.measure import FIFTHS, fifth_names, first_of_each, found_by_light, right_by_lightness
from videmo.training.fairness.texts import LIMITS
from videmo.video.luma import Luma
from videmo.weights import load_weights

POINTS = np.array([(20.0, 25.0), (50.0, 25.0), (35.0, 40.0), (24.0, 55.0), (46.0, 55.0)])


def test_intervals_of_shares_are_those_of_the_literature() -> None:
    assert wilson(0, 10).plain() == [0.0, 0.0, 0.2775]
    assert wilson(5, 10).plain() == pytest.approx([0.5, 0.2366, 0.7634], abs=1e-4)
    assert math.isnan(wilson(0, 0).value)
    assert difference((56, 70), (48, 80)).plain() == pytest.approx([0.2, 0.0524, 0.3339], abs=1e-4)  # Newcombe (1998)
    assert several(0.95, 10) == pytest.approx(0.995)
    assert several(0.95, 0) == 0.95
    assert Interval(0.1, 0.01, 0.2).excludes_zero
    assert not Interval(0.1, -0.01, 0.2).excludes_zero


def test_a_difference_that_comes_from_another_mix_of_ages_vanishes_when_ages_are_alike() -> None:
    """Both groups smile at 80 % when young and at 20 % when old; one has more old people."""
    rows = [(first, old, hit) for first, old, n in ((1, 0, 400), (1, 1, 100), (0, 0, 100), (0, 1, 400))
            for hit in [True] * int(n * (0.2 if old else 0.8)) + [False] * int(n * (0.8 if old else 0.2))]  # fmt: skip
    first, old, hits = (np.array(column) for column in zip(*rows, strict=True))
    one, other = first == 1, first == 0
    assert difference((int(hits[one].sum()), 500), (int(hits[other].sum()), 500)).value == pytest.approx(0.36)
    alike = standardised_difference(hits.astype(bool), old, one, other)
    assert alike.value == pytest.approx(0, abs=1e-12)
    assert alike.low < -0.02 < 0.02 < alike.high
    assert math.isnan(standardised_difference(hits.astype(bool), first, one, other).value), "nothing in common"


def test_orders_are_those_of_scipy() -> None:
    rng = np.random.default_rng(3)
    low, high = rng.integers(0, 9, 60), rng.integers(3, 12, 40)
    expected = scipy.stats.mannwhitneyu(high, low).statistic / (60 * 40)
    assert order_share(low, high) == pytest.approx(expected)
    assert math.isnan(order_share(np.array([]), high))


def test_the_share_of_variance_between_people_is_one_where_pictures_of_one_are_alike() -> None:
    rng = np.random.default_rng(4)
    persons = np.repeat(np.arange(300), 3)
    of_each = rng.normal(size=300)[persons]
    assert between_share(of_each, persons) == pytest.approx(1)
    assert between_share(rng.normal(size=900), persons) == pytest.approx(0, abs=0.1)
    assert between_share(of_each + rng.normal(size=900), persons) == pytest.approx(0.5, abs=0.1)
    assert math.isnan(between_share(np.arange(3.0), np.arange(3)))


def face_with_cheeks(skin: int, exposure: float = 1.0) -> np.ndarray:
    """A picture of 70 × 80 pixels with dark hair, a white collar, and skin between."""
    picture = np.full((80, 70), skin, np.float64)
    picture[:10], picture[70:] = 10, 220
    return np.clip(picture * exposure, 0, 255).astype(np.uint8)


def test_cheeks_are_measured_and_exposure_is_what_the_range_takes_out() -> None:
    for skin in (60, 120, 180):
        cheeks, in_range = lightness_of(face_with_cheeks(skin), POINTS)
        darker, same = lightness_of(face_with_cheeks(skin, 0.6), POINTS)
        assert cheeks == skin
        assert darker == pytest.approx(0.6 * skin, abs=1)
        assert in_range == pytest.approx(same, abs=0.02)
        assert in_range == pytest.approx((skin - 10) / 210, abs=0.02)
    assert np.isnan(lightness_of(face_with_cheeks(90), POINTS + 200)).all()


def test_fifths_are_of_equal_size_and_unknown_values_belong_to_none() -> None:
    values = np.append(np.random.default_rng(5).permutation(100).astype(float), np.nan)
    found = fifths(values)
    assert np.bincount(found[:-1]).tolist() == [20] * 5
    assert found[-1] == -1
    assert fifth_names(values)[-1] == UNKNOWN
    assert fifth_names(np.array([1.0, np.nan]))[0] in FIFTHS


def test_sexes_are_read_from_the_names_of_utkface() -> None:
    assert [sex_of(name) for name in ("26_0_3_2017.jpg", "26_1_3_2017.jpg", "26_3_2017.jpg", "x.jpg")] == [
        "male",
        "female",
        UNKNOWN,
        UNKNOWN,
    ]


def observed(words: dict[str, list[int]], score: list[float], left_out: list[str] | None = None) -> Observed:
    """Faces of which each classifier is 90 % sure of a word; -1 where no face was found."""
    count = len(score)
    said = {}
    for name, places in words.items():
        said[name] = np.full((count, len(CLASSES)), 0.025)
        said[name][np.arange(count), places] = 0.9
        said[name][np.array(score) == 0] = np.nan
    light = np.linspace(50, 200, count)
    return Observed(
        np.array(score), np.array(left_out or [""] * count), light, Lightness(light, light / 255), said
    )  # fmt: skip


def test_rates_count_faces_that_were_found_and_agreement_counts_the_committee() -> None:
    seen = observed(
        {"a": [0, 1, 2, 3, 0], "b": [0, 1, 1, 3, 0], "c": [1, 1, 2, 3, 0]},
        [0.9, 0.6, 0.9, 0.9, 0.0],
        ["", "dark", "", "", ""],
    )
    assert seen.word("a").tolist() == [0, 1, 2, 3, -1]
    agreement = agreement_of(seen, "a", ("a", "b"))
    assert agreement.confirmed.tolist() == [True, True, False, True, False]
    assert agreement.agreed.tolist() == agreement.confirmed.tolist()
    other = agreement_of(seen, "c", ("a", "b"))
    assert other.confirmed.tolist() == [False, True, False, True, False]
    assert other.agreed.tolist() == agreement.agreed.tolist()
    rates, everything = rates_of(seen, agreement), np.ones(5, bool)
    assert rates["found"].of(everything) == (4, 5)
    assert rates["found for sure"].of(everything) == (3, 5)
    assert rates["left out: dark"].of(everything) == (1, 4)
    assert rates["says happy"].of(everything) == (1, 4)
    assert rates["says happy, agreed"].of(everything) == (1, 3)
    assert rates["committee confirms"].of(everything) == (3, 4)


def test_the_largest_difference_is_the_one_that_was_put_there() -> None:
    groups = np.repeat(["a", "b", "c", UNKNOWN], 500)
    words = np.zeros(2000, int)
    words[:100], words[500:800], words[1000:1200] = 1, 1, 1
    seen = observed({"one": words.tolist(), "two": words.tolist()}, [0.9] * 2000)
    found = compared(seen, "one", ("one", "two"), groups, np.tile(["x", "y"], 1000))
    assert set(found["categories"]) == {"all", "a", "b", "c"}
    assert found["categories"]["all"]["faces"] == 2000
    happy = next(each for each in found["differences"] if each["rate"] == "says happy")
    assert (happy["high"], happy["low"], happy["difference"][0]) == ("b", "a", 0.4)
    assert happy["difference"][1] < 0.4 - 0.05
    assert happy["standardised"][0] == pytest.approx(0.4, abs=0.01)
    same = next(each for each in found["differences"] if each["rate"] == "found")
    assert same["difference"][1] <= 0 <= same["difference"][2]
    confidence = found["categories"]["b"]["confidence"]
    assert (confidence["mean"], confidence["gap"][0]) == (0.9, pytest.approx(-0.1))
    assert confidence["ece"][0] == pytest.approx(0.1)


def test_a_category_without_faces_to_ask_about_is_left_out() -> None:
    rate = Rate(np.array([True, True, False]), np.array([True, False, True]))
    (only,) = largest_differences({"r": rate}, np.array(["a", "b", "c"]), None)
    assert (only["high"], only["low"]) == ("a", "b")
    assert "standardised" not in only
    assert list(largest_differences({"r": rate}, np.array(["a", "a", "c"]), None)) == []


def test_labelled_faces_are_scored_by_fifths() -> None:
    words = np.tile(np.arange(5), 20)
    seen = observed({"one": words.tolist()}, [0.9] * 100)
    truth = words.copy()
    truth[:20] = (words[:20] + 1) % 5
    found = right_by_lightness(seen, truth, "one")
    assert [found["cheeks"][title]["accuracy"] for title in FIFTHS] == [0, 1, 1, 1, 1]
    assert found["cheeks"][FIFTHS[0]]["values"][0] == 50
    missed = observed({"one": words.tolist()}, [0.0] * 20 + [0.9] * 80)
    light = found_by_light(missed)
    assert [light[title]["share"][0] for title in FIFTHS] == [0, 1, 1, 1, 1]
    assert first_of_each(np.array([3, 3, 1, 1, 2])).tolist() == [0, 2, 4]


def test_trust_says_how_well_groups_are_ordered() -> None:
    values = np.array([10.0, 20, 30, 40, 50, np.nan])
    groups = np.array(["black", "black", "indian", "white", "white", "white"])
    assert trust(values, groups) == {"white_over_black": 1.0, "white_over_indian": 1.0}
    assert trust(-values, groups)["white_over_black"] == 0


@pytest.fixture(scope="module")
def face(samples: Path) -> np.ndarray:
    """A face of a sample clip, cut as data sets have them: 72×72."""
    frame = Luma(frame_with_a_face(samples), False, 0)
    found = make_detector(DetectorSettings()).detect(frame)[0]
    side = 1.2 * max(found.w, found.h)
    return frame.patch(found.x + (found.w - side) / 2, found.y + (found.h - side) / 2, side, 72)


def test_faces_are_observed_as_analysis_does(face: np.ndarray) -> None:
    observer = FaceObserver({"founding": EmotionClassifier(load_weights("founding"))})
    dark = np.asarray(face * 0.08, np.uint8)
    seen = observer.observe([face, np.full((72, 72), 90, np.uint8), cv2.resize(face, (48, 48))])
    assert seen.found.tolist() == [True, False, True]
    assert seen.word("founding")[1] == -1
    assert np.isnan(seen.said["founding"][1]).all()
    assert seen.said["founding"][0].sum() == pytest.approx(1, abs=1e-5)
    assert np.isnan(seen.lightness.cheeks[1])
    assert seen.left_out.tolist() == ["", "", ""]
    assert seen.middle[1] == 90
    assert 0 < seen.lightness.in_range[0] <= 1
    assert observer.observe([dark]).left_out.tolist() == ["blurred"]


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory, face: np.ndarray) -> Path:
    """A data folder with the three tables."""
    root = tmp_path_factory.mktemp("data-folder")
    (root / "data").mkdir()
    lights = [png(np.clip(face * (0.5 + number / 20), 0, 255).astype(np.uint8)) for number in range(20)]
    people = ["black", "white", "indian", "asian", "other"]
    pd.DataFrame(
        [
            {"name": f"{18 + 3 * n}_{n % 2}_0_1.jpg", "age": 18 + 3 * n, "group": people[n % 5], "image": lights[n]}
            for n in range(20)
        ]
    ).to_parquet(root / "data" / "diverse.parquet")
    pd.DataFrame(
        [
            {"source": "rafdb", "split": "test", "emotion": [*CLASSES, "fear"][n % 6], "image": lights[n]}
            for n in range(20)
        ]
    ).to_parquet(root / "data" / "expressions.parquet")
    pd.DataFrame(
        [{"source": ["lfw", "glint360k"][n % 4 == 3], "person": f"p{n // 2}", "image": lights[n]} for n in range(20)]
    ).to_parquet(root / "data" / "identities.parquet")
    return root


def test_tables_are_read(table: Path, tmp_path: Path) -> None:
    images, groups = diverse_faces(table / "data" / "diverse.parquet")
    assert len(images) == 20
    assert set(groups["age"]) == {"18 to 24", "25 to 34", "35 to 49", "50 to 64", "65 and over"}
    assert set(groups["sex"]) == {"male", "female"}
    images, truth = raf_test_faces(table / "data" / "expressions.parquet")
    assert len(images) == len(truth) == 17
    images, persons = lfw_faces(table / "data" / "identities.parquet")
    assert len(images) == 15
    assert persons.tolist() == [0, 0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8, 8, 9]
    for read, columns in (
        (raf_test_faces, {"source": ["ffhq"], "split": ["test"], "emotion": ["sad"], "image": [b""]}),
        (lfw_faces, {"source": ["mine"], "person": ["p"], "image": [b""]}),
        (diverse_faces, {"name": [], "age": [], "group": [], "image": []}),
    ):
        pd.DataFrame(columns).to_parquet(tmp_path / "t.parquet")
        with pytest.raises(DatasetError, match=r"t\.parquet: no "):
            read(tmp_path / "t.parquet")


@pytest.mark.slow
def test_the_command_writes_page_numbers_and_figure(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, errors = run(
        capsys, "evaluate", "fairness", "--data", table, "--classifier", "residual", "--out", tmp_path
    )
    assert code == 0, errors
    assert "UTKFace: a face found in " in said
    result = json.loads((tmp_path / "fairness.json").read_text())
    assert (result["classifier"], result["committee"]) == ("ferplus", ["broad", "ferplus"])
    assert set(result["groups"]) == {"group", "age", "sex"}
    assert (tmp_path / "fairness.png").stat().st_size > 5_000
    page = (tmp_path / "fairness.md").read_text(encoding="utf-8")
    for text in (*LIMITS, "## By group, as UTKFace labels it", "Classifier: **ferplus**", "fairness.png"):
        assert text in page
    assert "nan" not in page.lower().replace("tenant", "")
