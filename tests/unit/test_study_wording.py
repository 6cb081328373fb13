"""The sentence that a study answers with: what is compared with what, in which label, and of which difference."""

from __future__ import annotations

from typing import Any

import pytest

from videmo.plots.words import p_words
from videmo.study.contrasts import Contrast
from videmo.study.plan import CompareSection, Plan
from videmo.study.wording import sentence, verdict

ROW: dict[str, Any] = {
    "design": "between", "emotion": "happy", "measure": "mean", "level_a": "patient", "level_b": "control",
    "n_a": 10, "n_b": 10, "n_pairs": 0, "mean_a": 0.15, "mean_b": 0.05, "difference": 0.1, "ci_low": 0.02,
    "ci_high": 0.2, "test": "Welch t", "statistic": 2.2, "df": "18", "p_permutation": 0.03, "effect": "g",
    "effect_value": 0.9, "effect_low": 0.1, "effect_high": 1.7,
}  # fmt: skip
GROUPS = ("patient", "control")
NUMBER = {"design": "correlation", "n_a": 20, "level_a": "", "level_b": "", "effect": "rho"}
THREE = {"n_a": 20, "level_a": "a, b, c", "level_b": "", "effect": "eta_squared", "df": "2, 17"}
WHAT = "displayed happy (mean probability, above baseline)"
FOUND = "difference 0.100, 95 % CI [0.020, 0.200], Hedges' g = 0.90 [0.10, 1.70], p = .030"


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ((), f"In 10 and 10 participants, {WHAT} was higher in patient than in control: {FOUND}."),
        (("funny",), f"In 10 and 10 participants, {WHAT} during funny was higher in patient than in control: {FOUND}."),
        (
            ("funny", "neutral"),
            f"In 10 and 10 participants, the difference funny − neutral of {WHAT} was larger in patient than in "
            f"control (0.150 and 0.050): {FOUND}.",
        ),
    ],
)
def test_a_comparison_of_two_levels_names_the_labels_that_it_is_about(labels: tuple[str, ...], said: str) -> None:
    assert sentence(ROW, Contrast("group", GROUPS, labels), Plan()) == said


@pytest.mark.parametrize(
    ("labels", "of"),
    [((), WHAT), (("funny",), f"{WHAT} during funny"),
     (("funny", "neutral"), f"the difference funny − neutral of {WHAT}")],
)  # fmt: skip
def test_so_do_numbers_and_three_levels(labels: tuple[str, ...], of: str) -> None:
    number = sentence(ROW | NUMBER, Contrast("age", (), labels), Plan())
    assert number == f"In 20 participants, {of} and age were related by ρ = 0.90 [0.10, 1.70], p = .030."
    three = sentence(ROW | THREE, Contrast("diagnosis", ("a", "b", "c"), labels, whole=True), Plan())
    said = f"Over a, b, c, {of} differed by F(2, 17) = 2.20, η² = 0.90 [0.10, 1.70], p = .030 (20 participants)."
    assert three == said


def test_what_chance_explains_as_well_is_no_difference() -> None:
    null = {"p_permutation": 0.974, "difference": 0.0024, "ci_low": -0.43, "ci_high": 0.4}
    said = sentence(ROW | null, Contrast("group", GROUPS), Plan())
    assert said.startswith(f"In 10 and 10 participants, {WHAT} did not differ reliably between patient and control: ")
    assert "difference 0.0024, 95 % CI [−0.4300, 0.4000], Hedges' g = 0.90 [0.10, 1.70], p = .974." in said
    said = sentence(ROW | null, Contrast("group", GROUPS, ("funny", "neutral")), Plan())
    assert (
        f"the difference funny − neutral of {WHAT} did not differ reliably between patient and control (0.150" in said
    )
    assert "age were not reliably related: ρ = 0.90" in sentence(ROW | NUMBER | null, Contrast("age", ()), Plan())
    three = sentence(ROW | THREE | null, Contrast("diagnosis", ("a", "b", "c"), whole=True), Plan())
    assert f"Over a, b, c, {WHAT} did not differ reliably: F(2, 17) = 2.20, " in three


def test_the_correction_that_applies_decides() -> None:
    contrast, many = Contrast("group", GROUPS), ROW | {"p_holm": 0.12}
    said = sentence(many | {"primary": "no"}, contrast, Plan())
    assert "did not differ reliably between patient and control" in said
    assert said.endswith("p = .030, p = .120 corrected over emotions and pairs.")
    assert verdict(many | {"primary": "no"}).startswith("By itself, its p would be rare")
    assert sentence(many | {"primary": "yes"}, contrast, Plan()) == sentence(ROW, contrast, Plan())


def test_a_difference_of_differences_has_its_direction() -> None:
    contrast = Contrast("session", ("2", "1"), ("funny", "neutral"))
    row = ROW | {"design": "within", "level_a": "2", "level_b": "1", "n_pairs": 10, "effect": "d_z"}
    less = sentence(row | {"mean_a": -0.05, "mean_b": 0.05, "difference": -0.1}, contrast, Plan())
    assert "was smaller in 2 than in 1 (−0.050 and 0.050): difference −0.100" in less
    same = sentence(row | {"mean_a": 0.05, "mean_b": 0.05, "difference": 0.0}, contrast, Plan())
    assert "was the same in 2 as in 1 (0.050 and 0.050): difference 0.000" in same


def test_the_unit_is_that_of_the_contrast() -> None:
    row = ROW | {"design": "within", "n_pairs": 10, "level_a": "child", "level_b": "parent"}
    assert sentence(row, Contrast("role", ("child", "parent")), Plan()).startswith("In 10 dyads, ")
    assert sentence(row, Contrast("label", ("child", "parent")), Plan()).startswith("In 10 participants, ")
    dyads = Plan(compare=CompareSection(unit="dyad"))
    assert sentence(ROW | NUMBER, Contrast("age", ()), dyads).startswith("In 20 dyads, ")


def test_a_p_value_shows_on_which_side_of_the_limit_it_lies() -> None:
    said = {p: p_words(p) for p in (0.0496, 0.05, 0.0504, 0.04996, 0.0500000004, 0.0494, 0.0506, 0.0004, 1.0)}
    assert list(said.values()) == [
        "p = .0496", "p = .050", "p = .0504", "p = .04996", "p = .0500000004", "p = .049", "p = .051", "p < .001",
        "p = 1.000",
    ]  # fmt: skip
    rare = {p: verdict(ROW | {"p_permutation": p}).startswith("A difference this large") for p in said}
    assert [p for p in said if rare[p]] == [0.0496, 0.05, 0.04996, 0.0494, 0.0004]
