"""Where no result could be significant after correction, a study says so, with the numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from studies import PLAN, make_study
from videmo import read_study
from videmo.pipeline.study.begin import check_study
from videmo.pipeline.study.run import run_study
from videmo.study.reach import beyond
from videmo.study.statistics.chance import least_of_levels

FEW = PLAN + "[compare]\npermutations = 99\nbootstraps = 99\nmeasures = ['mean']\n[timecourse]\npermutations = 99\n"


@pytest.mark.parametrize(
    ("least", "said"),
    [
        ([(0.002, 99)] * 6, "the smallest p that 99 permutations allow is .01; 6 tests make that .06 (Holm). "
                            "Try 120 permutations or more ([compare])."),
        ([(2 / 64, 64)] * 5, "the smallest p that so few participants allow is .031; 5 tests make that .16 (Holm)."),
        ([(0.1, 9999)], "the smallest p that so few participants allow is .1."),
        ([(0.002, 99)] * 5, ""),
        ([(0.5, 99)] * 5 + [(0.001, 9999)], ""),
        ([], ""),
    ],
)  # fmt: skip
def test_the_smallest_p_times_the_number_of_tests_is_what_counts(least: list[tuple[float, int]], said: str) -> None:
    found = [str(each) for each in beyond("age", "mean", least)]
    start = "age: no result in mean could be significant after correction, however large: "
    assert found == ([start + said] if said else [])


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
def test_the_answer_does_not_leave_it_out(tmp_path: Path) -> None:
    plan = "[study]\nresults = '../out'\n[compare]\ncontrasts = ['group: control - patient']\n"
    study = make_study(tmp_path, 8, plan=plan + FEW.partition("[compare]\n")[2])
    run_study(study)
    page = (study / "results" / "index.html").read_text(encoding="utf-8")
    assert re.search(r"<p>[^<]*[Cc]hance[^<]*: no result in mean could be significant after correction", page)
