"""Where no result could be significant after correction, a study says so, with the numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import PLAN, make_study
from videmo import read_study
from videmo.pipeline.study.begin import check_study
from videmo.pipeline.study.run import run_study
from videmo.study.contrasts import Contrast
from videmo.study.reach import Limit, beyond, beyond_clusters, beyond_comparisons, is_pair
from videmo.study.statistics.chance import all_tried, group_labels, least_of_levels, orders, sign_flips
from videmo.study.statistics.many_levels import within_f

FEW = PLAN + "[compare]\npermutations = 99\nbootstraps = 99\nmeasures = ['mean']\n[timecourse]\npermutations = 99\n"


def drawn(share: float, made: int) -> Limit:
    return Limit(share, made, drawn=True)


def every(share: float, made: int = 64) -> Limit:
    return Limit(share, made, drawn=False)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ([drawn(1e-6, 99)] * 6, "the smallest p that 99 permutations allow is .01; 6 tests make that .06 (Holm). "
                                "Try 120 permutations or more ([compare])."),
        ([drawn(0.009, 99)] * 6, "the smallest p that 99 permutations allow is .01; 6 tests make that .06 (Holm)."),
        ([drawn(1e-6, 199)] * 11, "the smallest p that 199 permutations allow is .005; 11 tests make that .055 "
                                  "(Holm)."),
        ([every(2 / 64)] * 5, "the smallest p that so few participants allow is .031; 5 tests make that .16 (Holm)."),
        ([drawn(0.1, 9999)], "the smallest p that so few participants and 9,999 permutations drawn at random allow is "
                             ".085."),
        ([drawn(1 / 216, 9999)] * 11, ""),
        ([drawn(1e-6, 99)] * 5, ""),
        ([every(0.5)] * 5 + [drawn(1e-6, 9999)], ""),
        ([], ""),
    ],
)  # fmt: skip
def test_the_smallest_p_times_the_number_of_tests_is_what_counts(limits: list[Limit], said: str) -> None:
    found = [str(each) for each in beyond("age", "mean", limits, setting=99)]
    start = "age: no result in mean could be significant after correction, however large: "
    assert found == ([start + said] if said else [])


def test_what_could_not_be_tested_counts_but_is_no_cause() -> None:
    assert not [*beyond("age", "", [], untested=9)]
    (found,) = beyond("age", "", [every(0.01)], untested=5)
    assert "participants allow is .01; 6 tests make that .06 (Holm)" in found.said


def test_it_can_not_be_below_what_is_drawn_of_few() -> None:
    """Of 216 arrangements with the same F, one or another is drawn more rarely than it should be."""
    levels = np.random.default_rng(0).normal(size=(4, 3, 11)) * 0.01 + np.arange(3)[None, :, None]
    least = Limit(least_of_levels([4] * 3, paired=True), 999, drawn=True).least
    found = [within_f(levels, permutations=999, seed=seed).p_permutation.min() for seed in range(40)]
    assert least <= min(found) < least_of_levels([4] * 3, paired=True)


@pytest.mark.parametrize(
    ("design", "sizes", "made"),
    [
        ("within", (14, 14), 2**14),
        ("within", (15, 15), 0),
        ("within", (3, 3, 3), 0),
        ("between", (8, 8), 12870),
        ("between", (9, 9), 0),
        ("between", (2, 2, 3), 5040),
        ("correlation", (8,), 0),
    ],
)
def test_how_many_are_tried_is_known_before(design: str, sizes: tuple[int, ...], made: int) -> None:
    assert all_tried(design, sizes) == made
    if design == "within" and len(sizes) == 2:
        assert sign_flips(sizes[0], 99, 1)[1:] == (made or 99, bool(made))
    elif len(sizes) == 2:
        assert group_labels(sizes[0], sum(sizes), 99, 1)[1:] == (made or 99, bool(made))
    elif design != "within":
        assert orders(sum(sizes), 99, 1)[1:] == (made or 99, bool(made))


def row(
    name: str, emotion: str, levels: tuple[str, str], p: float, primary: str = "no", **more: object
) -> dict[str, object]:
    return {"contrast": name, "design": "between", "emotion": emotion, "measure": "mean", "primary": primary,
            "level_a": levels[0], "level_b": levels[1], "n_a": 4, "n_b": 4, "n_pairs": 0, "p_permutation": p,
            "permutations": 70, **more}  # fmt: skip


def test_pairs_and_all_levels_at_once_are_told_apart() -> None:
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    contrast = Contrast("group", ("a", "b", "c"))
    rows = [row(contrast.name, "happy", pair, 0.03) for pair in pairs]
    rows += [row(contrast.name, "happy", ("a, b, c", ""), 0.001, n_a=12, n_b=None, permutations=999)]
    (found,) = beyond_comparisons(pd.DataFrame(rows), [contrast], 999)
    assert found.said.startswith(f"{contrast.name}: no result in mean between pairs of levels could be")
    assert found.pairs
    assert [is_pair(each) for each in rows] == [True, True, True, False]
    rows[-1] |= {"permutations": 9}
    (_, both) = beyond_comparisons(pd.DataFrame(rows), [contrast], 9)
    assert both.said.startswith(f"{contrast.name}: no result in mean over all levels at once could be")
    assert not both.pairs


def test_the_primary_comparison_is_named_as_what_could() -> None:
    contrast = Contrast("group", ("a", "b"))
    rows = [row(contrast.name, emotion, ("a", "b"), 0.03, "yes" if emotion == "sad" else "no")
            for emotion in ("happy", "sad", "fear")]  # fmt: skip
    (found,) = beyond_comparisons(pd.DataFrame(rows), [contrast], 99)
    assert found.said.startswith(f"{contrast.name}: no result but the primary comparison in mean could be")


def clusters(tests: Sequence[str], permutations: int, n_a: int, n_b: int | None, n_pairs: int) -> pd.DataFrame:
    return pd.DataFrame(
        [{"contrast": test, "emotion": emotion, "permutations": permutations, "statistic": "z", "n_a": n_a, "n_b": n_b,
          "n_pairs": n_pairs} for test in tests for emotion in "uvwxyz"]
    )  # fmt: skip


def test_clusters_that_the_primary_comparison_shares_are_named_as_what_could() -> None:
    whole = Contrast("group", ("a", "b"))
    first = Contrast("group", ("a", "b"), ("one",))
    table = clusters(["group: a - b | one", "group: a - b | two"], 252, 5, 5, 0)
    for primary, but in ((first, " but the primary comparison"), (None, ""), (whole, "")):
        (found,) = beyond_clusters(table, [whole], ["one", "two"], primary, 999)
        assert found.said.startswith(f"{whole.name}: no result{but} in clusters of time courses could be")
    assert not [*beyond_clusters(table.assign(permutations=0), [whole], ["one", "two"], None, 999)]


def test_more_permutations_are_advised_where_they_would_be_made() -> None:
    labels = list("abcdefghijklmnopq")
    pairs = clusters([f"group: a - b | {label}" for label in labels], 1999, 40, 40, 0)
    contrast = Contrast("group", ("a", "b"))
    assert all(" Try " not in str(each) for each in beyond_clusters(pairs, [contrast], labels, None, 9999))
    (few,) = beyond_clusters(pairs.assign(permutations=999), [contrast], labels, None, 999)
    assert str(few).endswith("(Holm)."), "at most 1,999 may be made"
    (fewer,) = beyond_clusters(pairs[:60].assign(permutations=999), [contrast], labels, None, 999)
    assert str(fewer).endswith("Try 1,200 permutations or more ([timecourse]).")
    whole = clusters([f"session | {label}" for label in "abcdefg"], 499, 40, None, 40)
    (capped,) = beyond_clusters(whole, [Contrast("session", ("1", "2", "3"))], labels, None, 499)
    assert " Try " not in str(capped)


def test_levels_that_change_names_have_the_same_f() -> None:
    assert least_of_levels([2, 2, 2], paired=False) == pytest.approx(6 / 90)
    assert least_of_levels([2, 3, 4], paired=False) == pytest.approx(1 / 1260)
    assert least_of_levels([3, 3, 3], paired=True) == pytest.approx(1 / 36)


@pytest.mark.slow
def test_the_study_says_so_on_its_page_in_its_methods_and_before_it_is_run(tmp_path: Path) -> None:
    study = make_study(tmp_path, 8, plan=FEW + "[measures]\ncalm = '1 - happy'\n")
    before = " ".join(check_study(study).remarks)
    run_study(study)
    remarks = " ".join(read_study(study).info["remarks"])
    said = "could be significant after correction, however large: the smallest p that"
    assert f"age: no result in mean {said} 99 permutations allow is .01; 6 tests make that .06 (Holm)" in remarks
    few = f"{said} so few participants allow is .029; 6 tests make that .17 (Holm)"
    assert f"group: control - patient: no result in mean {few}" in remarks
    over_time = f"{said} so few participants allow is .029; 12 tests make that .34 (Holm)"
    assert f"group: control - patient: no result in clusters of time courses {over_time}" in remarks
    assert "label: funny - neutral: no result in mean" not in remarks
    methods = (study / "results" / "methods.md").read_text(encoding="utf-8")
    assert f"age: no result in mean {said}" in methods
    assert "Try 1" not in methods, "advice is for those who plan, not for those who read"
    assert f"group: control - patient: no result in any measure {few}" in before
    assert "label: funny - neutral" not in before


@pytest.mark.slow
def test_check_knows_where_all_arrangements_are_tried(tmp_path: Path) -> None:
    """Of ten pairs, 1,024 flips are tried, however few are asked for."""
    study = make_study(tmp_path, 10, plan=FEW + "[measures]\ncalm = '1 - happy'\n")
    assert not [each for each in check_study(study).remarks if each.startswith("label: funny - neutral: no result")]


@pytest.mark.slow
def test_the_answer_does_not_leave_it_out(tmp_path: Path) -> None:
    plan = "[study]\nresults = '../out'\n[compare]\ncontrasts = ['group: control - patient']\n"
    study = make_study(tmp_path, 8, plan=plan + FEW.partition("[compare]\n")[2])
    run_study(study)
    page = (study / "results" / "index.html").read_text(encoding="utf-8")
    assert re.search(r"<p>[^<]*[Cc]hance[^<]*: no result in mean could be significant after correction", page)
