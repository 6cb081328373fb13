"""Means over labels: of the same labels for everybody who is compared, or with a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from videmo.study.absent import left_out, unlike_labels
from videmo.study.contrasts import Contrast
from videmo.study.means import means_over
from videmo.study.participants import Participant, Participants, Variable
from videmo.study.plan import CompareSection, Plan
from videmo.study.unit_values import EXCLUDED, UnitValues, unit_values

HAPPY = ("happy", "mean")
VALUES = {"funny": 0.8, "neutral": 0.2, "sad": 0.5}
GROUPS = Contrast("group", ("patient", "control"))


def people(values: Mapping[str, object], name: str = "group") -> Participants:
    kind = "number" if name == "age" else "factor"
    levels = () if kind == "number" else tuple(sorted({str(value) for value in values.values()}))
    return Participants(
        tuple(Participant(who, {name: value}, True, "", "", "") for who, value in values.items()),  # type: ignore[dict-item]
        (Variable(name, kind, levels),),
    )


def rows(met: Sequence[tuple[str, ...]]) -> pd.DataFrame:
    """A used segment for each ``(participant, label[, session[, dyad, role]])``."""
    filled = [(*each, *[""] * (5 - len(each))) for each in met]
    table = pd.DataFrame(filled, columns=["participant_id", "label", "session", "dyad", "role"])
    table["used"], table["valid_s"] = "yes", 5.0
    table[HAPPY] = [VALUES.get(label, 0.4) for label in table["label"]]
    return table


def means(found: UnitValues) -> dict[str, list[float]]:
    return {unit: np.round(found.values[place, :, 0], 6).tolist() for place, unit in enumerate(found.units)}


def test_who_lacks_a_label_is_not_averaged_over_the_others() -> None:
    group = {f"p{n}": "patient" for n in range(4)} | {f"c{n}": "control" for n in range(3)}
    met = [(who, "neutral") for who in group] + [(who, "funny") for who in group if who not in ("p0", "p1")]
    found = unit_values(rows(met), GROUPS, people(group), Plan())
    assert {value for pair in means(found).values() for value in pair if value == value} == {0.5}
    assert found.units == ("c0", "c1", "c2", "p2", "p3")
    out = left_out(rows(met), found, GROUPS, people(group))
    assert {each.unit: each.reason for each in out} == dict.fromkeys(
        ("p0", "p1"), "no segment of 'funny', which the mean over labels needs"
    )
    (said,) = unlike_labels(rows(met), [GROUPS], people(group), Plan())
    assert said.endswith(": 2 of 7 participants lack a label that is averaged over, and are left out")
    funny = Contrast("group", ("patient", "control"), ("neutral",))
    assert len(unit_values(rows(met), funny, people(group), Plan()).units) == 7, "asked for the labels it names alone"


def test_so_it_is_for_numbers_but_nobody_is_listed_whose_number_is_unknown() -> None:
    age = {f"p{n}": float(20 + n) for n in range(5)} | {"p5": None}
    met = [(who, label) for who in age for label in ("funny", "neutral") if (who, label) not in
           (("p0", "funny"), ("p5", "funny"))]  # fmt: skip
    found = unit_values(rows(met), Contrast("age", ()), people(age, "age"), Plan())
    assert {unit for unit, (value,) in means(found).items() if value == 0.5} == {"p1", "p2", "p3", "p4"}
    out = left_out(rows(met), found, Contrast("age", ()), people(age, "age"))
    assert {each.unit: each.reason for each in out} == {
        "p0": "no segment of 'funny', which the mean over labels needs", "p5": "age is unknown"
    }  # fmt: skip


def test_who_lacks_a_label_in_one_session_is_left_out_of_sessions() -> None:
    contrast, nobody = Contrast("session", ("1", "2")), people({f"p{n}": "x" for n in range(4)})
    met = [(who.id, label, session) for who in nobody.people for label in ("funny", "neutral") for session in "12"]
    met.remove(("p0", "funny", "2"))
    found = unit_values(rows(met), contrast, nobody, Plan())
    assert means(found) == {f"p{n}": [0.5, 0.5] for n in (1, 2, 3)}
    (out,) = left_out(rows(met), found, contrast, nobody)
    assert (out.unit, out.reason) == ("p0", "no segment of 'funny' in session '2', which the mean over labels needs")


def test_labels_that_not_all_levels_have_are_not_averaged() -> None:
    contrast, nobody = Contrast("session", ("1", "2")), people({f"p{n}": "x" for n in range(3)})
    met = [(who.id, label, session) for who in nobody.people
           for label, session in (("neutral", "1"), ("neutral", "2"), ("funny", "1"), ("sad", "2"))]  # fmt: skip
    found = unit_values(rows(met), contrast, nobody, Plan())
    assert means(found) == {f"p{n}": [0.2, 0.2] for n in range(3)}
    assert list(unlike_labels(rows(met), [contrast], nobody, Plan())) == [
        "session: 1 - 2: averaged over 'neutral' alone; 'funny' and 'sad' were not met by half of the "
        "participants of each level, or too few had all"
    ]


def test_sessions_with_labels_of_their_own_are_compared_with_a_word() -> None:
    contrast, nobody = Contrast("session", ("1", "2")), people({f"p{n}": "x" for n in range(3)})
    met = [(who.id, label, session) for who in nobody.people for label, session in (("funny", "1"), ("sad", "2"))]
    found = unit_values(rows(met), contrast, nobody, Plan())
    assert means(found) == {f"p{n}": [0.8, 0.5] for n in range(3)}
    assert list(unlike_labels(rows(met), [contrast], nobody, Plan())) == [
        "session: 1 - 2: no label was met in all of its levels (1: 'funny'; 2: 'sad'); they differ in labels as well"
    ]


def test_where_nobody_met_all_labels_one_that_both_groups_met_is_compared() -> None:
    group = {f"p{n}": "patient" for n in range(5)} | {f"c{n}": "control" for n in range(5)}
    met = [(who, "funny" if who[1] in "01" or who == "c2" else "neutral") for who in group]
    found = unit_values(rows(met), GROUPS, people(group), Plan())
    assert found.units == ("c3", "c4", "p2", "p3", "p4")
    (said,) = unlike_labels(rows(met), [GROUPS], people(group), Plan())
    assert said.startswith("group: patient - control: averaged over 'neutral' alone; 'funny' was not met by half")
    assert said.endswith("5 of 10 participants lack a label that is averaged over, and are left out")


def test_labels_of_some_neither_shrink_the_sample_nor_are_averaged_by_who_met_them() -> None:
    """Everybody met two labels; two of each group a third one, or many of one group and few of the other."""
    group = {f"p{n:02}": "patient" for n in range(12)} | {f"c{n:02}": "control" for n in range(12)}
    both = [(who, label) for who in group for label in ("funny", "neutral")]
    bonus = [(who, "bonus") for who in ("p00", "p01", "c00", "c01")]
    extra = [(who, "extra A") for who in [*list(group)[:10], "c00", "c01"]]
    extra += [(who, "extra B") for who in ["p10", "p11", *list(group)[14:]]]
    for more in (bonus, extra):
        found = unit_values(rows([*both, *more]), GROUPS, people(group), Plan())
        assert len(found.units) == 24
        assert {value for pair in means(found).values() for value in pair if value == value} == {0.5}
        (said,) = unlike_labels(rows([*both, *more]), [GROUPS], people(group), Plan())
        assert "averaged over 'funny' and 'neutral' alone" in said


@pytest.mark.parametrize("own", ["neutral", "other"])
def test_a_level_of_one_does_not_decide_for_the_others(own: str) -> None:
    group = {f"{level}{n}": level for level in "ab" for n in range(6)} | {"c0": "c"}
    met = [(who, label) for who in group if who != "c0" for label in ("funny", "neutral")] + [("c0", own)]
    found = unit_values(rows(met), Contrast("group", ("a", "b", "c"), (), whole=True), people(group), Plan())
    assert {value for row in means(found).values() for value in row if value == value} == {0.5}
    assert len(found.units) == 12
    (out,) = left_out(rows(met), found, Contrast("group", ("a", "b", "c"), ()), people(group))
    lacked = "'funny'" if own == "neutral" else "'funny' or 'neutral'"
    assert (out.unit, out.reason) == ("c0", f"no segment of {lacked}, which the mean over labels needs")


def test_who_has_too_few_segments_of_a_label_that_is_not_averaged_counts() -> None:
    group = {f"p{n}": "patient" for n in range(3)} | {f"c{n}": "control" for n in range(3)}
    table = rows([*((who, label) for who in group for label in ("funny", "neutral")), ("c0", "sad")])
    table.loc[table["label"] == "sad", "used"] = "no"
    found = unit_values(table, GROUPS, people(group), Plan())
    assert len(found.units) == 6
    assert not found.left


def test_a_label_of_one_participant_is_nobody_elses() -> None:
    group = {f"p{n}": "patient" for n in range(3)} | {f"c{n}": "control" for n in range(3)}
    met = [(who, label) for who in group for label in ("funny", "neutral")] + [("c0", "sad")]
    found = unit_values(rows(met), GROUPS, people(group), Plan())
    assert sorted(value for pair in means(found).values() for value in pair if value == value) == [0.5] * 6
    (said,) = unlike_labels(rows(met), [GROUPS], people(group), Plan())
    assert said.startswith("group: patient - control: averaged over 'funny' and 'neutral' alone; 'sad' was not met")
    each = [(who, f"film of {who}") for who in group]
    assert len(unit_values(rows(each), GROUPS, people(group), Plan()).units) == 6, "there is nothing to ask for"


@pytest.mark.parametrize("unit", ["participant", "dyad"])
def test_members_of_dyads_need_all_labels_in_their_dyad(unit: str) -> None:
    plan, contrast = Plan(compare=CompareSection(unit=unit)), Contrast("role", ("child", "parent"))
    met = [(f"{role[0]}{n}", label, "", f"D{n}", role) for n in range(3) for role in ("child", "parent")
           for label in ("funny", "neutral") if (n, role, label) != (0, "child", "funny")]  # fmt: skip
    nobody = people({f"{role}{n}": "x" for n in range(3) for role in "cp"})
    found = unit_values(rows(met), contrast, nobody, plan)
    whole = {unit: pair for unit, pair in means(found).items() if not np.isnan(pair).any()}
    assert whole == {"D1": [0.5, 0.5], "D2": [0.5, 0.5]}
    out = {each.unit: each.reason for each in left_out(rows(met), found, contrast, nobody)}
    assert out == {"c0": "no segment of 'funny' in role 'child', which the mean over labels needs",
                   "p0": "dyad 'D0': no segment in role 'child'"}  # fmt: skip


def test_who_has_no_value_in_a_label_has_no_mean() -> None:
    group = {f"p{n}": "patient" for n in range(3)} | {f"c{n}": "control" for n in range(3)}
    table = rows([(who, label) for who in group for label in ("funny", "neutral")])
    table.loc[(table["participant_id"] == "p0") & (table["label"] == "funny"), [HAPPY]] = np.nan
    found = means(unit_values(table, GROUPS, people(group), Plan()))
    assert np.isnan(found["p0"]).all()
    assert found["p1"][0] == 0.5


def test_methods_name_the_labels_that_were_averaged_and_who_lacked_one() -> None:
    group = {f"p{n}": "patient" for n in range(4)} | {f"c{n}": "control" for n in range(4)}
    contrast = Contrast("group", ("patient", "control"))
    met = [(who, label) for who in group for label in ("funny", "neutral") if (who, label) != ("p0", "funny")]
    met += [("p1", "bonus")]
    (own,) = means_over(rows(met), [contrast], people(group), Plan())
    assert own.sentence() == (
        "In group: patient - control, values are means over ‘funny’ and ‘neutral’, each alike; not over ‘bonus’ "
        "(control 0, patient 1 of those with used segments). 1 participant had no used segment of one of these and was "
        "left out: p0 (no segment of 'funny')."
    )
    met = [(who, label) for who in group for label in ("funny", "neutral")]
    (own,) = means_over(rows(met), [contrast], people(group), Plan())
    assert own.sentence() == (
        "In group: patient - control, values are means over ‘funny’ and ‘neutral’, each alike; all who are "
        "compared have all of them."
    )


def test_methods_say_where_levels_share_no_label_and_where_each_has_what_they_met() -> None:
    group = {f"p{n}": "x" for n in range(4)}
    sessions = Contrast("session", ("1", "2"))
    met = [(who, label, session) for who in group for label, session in (("clown", "1"), ("dentist", "2"))]
    (own,) = means_over(rows(met), [sessions], people(group), Plan())
    assert own.sentence() == (
        "In session: 1 - 2, values are of ‘clown’ in 1 and of ‘dentist’ in 2, which share no label; all who are "
        "compared have all of them."
    )
    films = [(f"p{n}", f"film {n}") for n in range(4)]
    (own,) = means_over(rows(films), [Contrast("group", ("x", "y"))], people(group), Plan())
    assert own.sentence() == (
        "In group: x - y, each participant's value is the mean over the labels that they met, for too few met all: "
        "x ‘film 0’ 1, ‘film 1’ 1, ‘film 2’ 1, ‘film 3’ 1."
    )
    (own,) = means_over(rows([(who, "film") for who in group]), [Contrast("group", ("x", "y"))],
                        people(group), Plan())  # fmt: skip
    assert own.sentence() == "", "there is one label alone"


def test_who_has_all_of_an_averaged_label_excluded_lacks_it() -> None:
    group = {f"p{n}": "patient" for n in range(4)} | {f"c{n}": "control" for n in range(4)}
    met = rows([(who, label) for who in group for label in ("funny", "neutral")] + [("p0", "bonus")])
    met.loc[(met["participant_id"] == "p0") & (met["label"] != "bonus"), "used"] = EXCLUDED
    found = unit_values(met, GROUPS, people(group), Plan())
    (out,) = left_out(met, found, GROUPS, people(group))
    assert (out.unit, out.reason) == ("p0", "no segment of 'funny' or 'neutral', which the mean over labels needs")
    (own,) = means_over(met, [GROUPS], people(group), Plan())
    assert "1 participant had no used segment of one of these and was left out: p0" in own.sentence()


def test_who_has_everything_excluded_lacks_no_label() -> None:
    group = {f"p{n}": "patient" for n in range(4)} | {f"c{n}": "control" for n in range(4)}
    met = rows([(who, label) for who in group for label in ("funny", "neutral")])
    met.loc[met["participant_id"] == "p0", "used"] = EXCLUDED
    found = unit_values(met, GROUPS, people(group), Plan())
    (out,) = left_out(met, found, GROUPS, people(group))
    assert (out.unit, out.reason) == ("p0", "all of the time of their segments is excluded")


def test_who_is_not_compared_by_their_group_is_not_left_out_for_segments_that_were_not_used() -> None:
    group = {
        "p0": "patient",
        "p1": "patient",
        "p2": "patient",
        "c0": "control",
        "c1": "control",
        "o": "other",
        "u": None,
    }
    table = rows([(who, "funny") for who in group])
    table.loc[table["participant_id"].isin(["p1", "o", "u"]), "used"] = "no"
    contrast = Contrast("group", ("patient", "control"), ("funny",))
    found = unit_values(table, contrast, people(group), Plan())
    out = left_out(table, found, contrast, people(group))
    assert {each.unit: each.reason for each in out} == {
        "p1": "0 of 1 segments of 'funny' used", "u": "group is unknown"
    }  # fmt: skip
