"""Dyads and coders of a study: what goes together is found, what doesn't isn't; agreement by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import EVENTS, PLAN, Face, make_study, put_recording, smile, timeline
from videmo import study as plain
from videmo.errors import StudyError
from videmo.pipeline.study.dyads import DYADS
from videmo.pipeline.study.run import open_study, run_study
from videmo.pipeline.study.update import StudyUpdate
from videmo.study.focus import raincloud_values
from videmo.study.meetings import dyads_of, meetings_of
from videmo.study.segmenting import segments_of
from videmo.study.statistics.agreement import icc, kappa, kappa_interval
from videmo.study.statistics.windows import Grid, pair, together
from videmo.study.tables import segment_table
from videmo.study.unit_values import columns_of, unit_values

GRID = Grid(window=50, hop=50, max_lag=15, min_valid=0.8)
RATINGS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float)
QUICK = PLAN + "[compare]\npermutations = 199\nbootstraps = 199\n[timecourse]\npermutations = 199\nsurrogates = 99\n"


def noise(chance: np.random.Generator, cells: int, memory: float = 0.9) -> np.ndarray:
    """A course that remembers."""
    values = chance.normal(size=cells)
    for cell in range(1, cells):
        values[cell] = memory * values[cell - 1] + np.sqrt(1 - memory**2) * values[cell]
    return values


# Dyads.


def test_who_is_followed_leads() -> None:
    first = noise(np.random.default_rng(1), 600)
    second = np.concatenate([np.full(3, np.nan), first[:-3]])
    pairing = pair(first, second, GRID)
    at_lags = pairing.at_lags()
    assert set(GRID.lags[np.nanargmax(at_lags[:-1], axis=1)]) == {3}
    assert np.allclose(np.nanmax(at_lags[1:-1], axis=1), 1.0)
    found = together([pairing], 999, 1, "t")
    assert found is not None
    assert (found.peak_lag, found.p < 0.01) == (3, True)


def test_correlations_of_windows_are_those_of_numpy() -> None:
    chance = np.random.default_rng(2)
    first, second = noise(chance, 300), noise(chance, 300)
    first[chance.random(300) < 0.05] = np.nan
    pairing = pair(first, second, GRID)
    for window, start in enumerate(pairing.starts):
        for lag in (-15, 0, 7):
            begin = start + lag
            if 0 <= begin <= 250:
                a, b = first[start : start + 50], second[begin : begin + 50]
                both = np.isfinite(a) & np.isfinite(b)
                known = np.corrcoef(a[both], b[both])[0, 1]
                assert pairing.at_lags()[window, lag + 15] == pytest.approx(known, abs=1e-12)


@pytest.mark.slow
def test_independent_courses_are_rarely_taken_for_a_pair_and_coupled_ones_nearly_always() -> None:
    chance = np.random.default_rng(3)
    alone = [together([pair(noise(chance, 600), noise(chance, 600), GRID)], 499, 1, str(n)) for n in range(200)]
    assert np.mean([each.p <= 0.05 for each in alone if each]) <= 0.13
    coupled = []
    for number in range(100):
        common = noise(chance, 603)
        a, b = common[3:] + noise(chance, 600), common[:-3] + noise(chance, 600)
        coupled.append(together([pair(a, b, GRID)], 499, 1, str(number)))
    assert np.mean([each.p <= 0.05 for each in coupled if each]) >= 0.95
    assert np.median([each.peak_lag for each in coupled if each]) == 3
    assert np.mean([each.mean_abs_z for each in alone if each]) > 0.2, "which is why it says nothing alone"


def test_a_still_face_has_no_correlation() -> None:
    assert together([pair(np.ones(600), noise(np.random.default_rng(1), 600), GRID)], 99, 1, "t") is None
    assert together([pair(np.ones(20), np.ones(20), GRID)], 99, 1, "t") is None


def dyads(root: Path, count: int) -> Path:
    """A study of dyads in which B smiles 0.6 s after A."""
    rng = np.random.default_rng(5)
    rows, people = [], []
    for number in range(count):
        course = 0.5 + 0.15 * noise(rng, 603)
        faces = [Face(_played(course[3:])), Face(_played(course[:-3]))]
        put_recording(root / "out", f"pair{number}.mp4", faces, 120.0)
        for person, role in ((1, "A"), (2, "B")):
            people.append(f"p{number}{role}")
            rows.append(f"pair{number}.mp4,p{number}{role},{person},pair{number},{role}")
    folder = root / "study"
    folder.mkdir()
    (folder / "participants.csv").write_text("participant_id\n" + "\n".join(people) + "\n", encoding="utf-8")
    (folder / "cast.csv").write_text("recording,participant_id,person,dyad,role\n" + "\n".join(rows) + "\n", "utf-8")
    (folder / "events.csv").write_text("onset,duration,label\n0,120,talk\n", encoding="utf-8")
    quick = "\n".join(line for line in QUICK.split("\n") if not line.startswith("primary"))
    (folder / "study.toml").write_text(quick + '[baseline]\nsource = "none"\ncorrection = "none"\n', encoding="utf-8")
    return folder


def _played(course: np.ndarray):  # type: ignore[no-untyped-def]
    return lambda times: course[np.minimum((times / 0.2).astype(int), len(course) - 1)]


@pytest.mark.slow
def test_a_study_of_dyads_knows_who_leads_and_that_strangers_do_not_go_together(tmp_path: Path) -> None:
    study = dyads(tmp_path, 8)
    run_study(study)
    table = pd.read_csv(study / "results" / "synchrony.csv")
    happy = table[table["emotion"] == "happy"]
    assert happy["leader"].tolist() == ["A"] * 8
    assert np.allclose(happy["peak_lag_s"], 0.6)
    assert (happy["p"] <= 0.05).all()
    strangers = pd.read_csv(study / "results" / "pseudo_pairs.csv")
    row = strangers[strangers["emotion"] == "happy"].iloc[0]
    assert row["n"] == 8
    assert row["p_permutation"] == pytest.approx(2 / 256)
    compared = pd.read_csv(study / "results" / "comparisons.csv")
    assert set(compared["contrast"]) == {"role: A - B"}
    assert (compared["n_pairs"] == 8).all()
    assert (study / "results" / "plots" / "dyad-08.svg").is_file()
    page = (study / "results" / "index.html").read_text(encoding="utf-8")
    assert 'id="dyads"' in page
    said = "During talk, the two of 8 of 8 dyads displayed happy together more than copies of them"
    for text in (page.split('id="people"')[0], (study / "results" / "methods.md").read_text(encoding="utf-8")):
        assert said in text
        assert f"pairs of strangers: mean z {row['mean_real']:.2f} against {row['mean_pseudo']:.2f}" in text
    assert "Every point is one dyad." in page, "roles are compared within dyads"
    assert table["surrogates"].nunique() == 1
    assert f"compared with {table['surrogates'].iloc[0]} copies" in text
    assert "In 8 dyads, displayed happy" in text


@pytest.mark.slow
def test_the_figure_of_roles_shows_the_values_of_roles(tmp_path: Path) -> None:
    study = dyads(tmp_path, 4)
    update = open_study(study)
    rows = pd.concat([columns_of(segments_table(update), ["happy", "sad"], ["mean"], "none")])
    contrast = update.study.contrasts[0]
    found = unit_values(rows, contrast, update.study.inputs.participants, update.study.plan)
    drawn = raincloud_values(found, ["happy", "sad"])
    assert list(drawn["level"].unique()) == ["A", "B"]
    assert set(drawn["unit"]) == {f"pair{number}" for number in range(4)}
    run_study(study)
    compared = pd.read_csv(study / "results" / "comparisons.csv")
    for emotion in ("happy", "sad"):
        row = compared[(compared["emotion"] == emotion) & (compared["measure"] == "mean")].iloc[0]
        means = drawn[drawn["emotion"] == emotion].groupby("level")["value"].mean()
        assert means["A"] == pytest.approx(row["mean_a"])
        assert means["B"] == pytest.approx(row["mean_b"])


def segments_table(update: StudyUpdate) -> pd.DataFrame:
    """The segments of everybody, all emotions."""
    study = update.study
    found = [segments_of([update.sight(each) for each in study.design.of(person)], study.design, study.plan)
             for person in update.people]  # fmt: skip
    return segment_table([each for own in found for each in own], study.plan.emotions)


@pytest.mark.slow
def test_events_of_each_are_those_of_the_dyad_where_both_have_one(tmp_path: Path) -> None:
    study = dyads(tmp_path, 1)
    own = "onset,duration,label,participant_id\n0,100,talk,p0A\n10.2,109,talk,p0B\n104,6,brief,p0A\n104,9,brief,p0B\n"
    (study / "events.csv").write_text(own, encoding="utf-8")
    update = open_study(study)
    (dyad,) = dyads_of(update.study.design, update.study.recordings)
    assert [(each.label, each.onset_a, each.onset_b, each.duration_s)
            for each in meetings_of(dyad, update.study.design)] == [
        ("talk", 10.2, 10.2, 89.8), ("brief", 104.0, 104.0, 6.0),
    ]  # fmt: skip
    DYADS.run(update)
    table = pd.read_csv(study / "results" / "synchrony.csv").query("emotion == 'happy'").set_index("label")
    assert table.loc["talk", "leader"] == "A"
    assert table.loc["talk", "p"] <= 0.05
    assert np.isnan(table.loc["brief", "p"])
    assert table.loc["brief", "reason"] == "shorter than a window of 10 s"
    (study / "events.csv").write_text(own.replace("brief,p0A", "other,p0A").replace("10.2,109", "110,9"), "utf-8")
    update = open_study(study)
    assert meetings_of(dyad, update.study.design) == []
    assert "the two of the dyad 'pair0' met no event of one label at the same time" in " ".join(
        map(str, update.study.remarks)
    )


@pytest.mark.slow
def test_a_dyad_without_a_p_has_a_reason(tmp_path: Path) -> None:
    study = dyads(tmp_path, 1)
    (study / "events.csv").write_text("onset,duration,label\n0,24,talk\n", encoding="utf-8")
    DYADS.run(open_study(study))
    table = pd.read_csv(study / "results" / "synchrony.csv").query("emotion == 'happy'")
    assert table["p"].isna().all()
    assert table["peak_z"].notna().all()
    assert table["reason"].tolist() == ["no p: too short for shifted copies, which need 29.6 s"]


def test_several_persons_are_not_added_up_from_python() -> None:
    faces = [Face(smile((5, 8))), Face(smile((12, 15)))]
    both = pd.concat([timeline(face, 20.0, number) for number, face in enumerate(faces, 1)])
    events = pd.DataFrame({"onset": [4.0], "duration": [6.0], "label": ["funny"]})
    options = {"baseline": "none", "correction": "none"}
    with pytest.raises(StudyError, match=r"timeline: 2 persons \(1, 2\).* Choose one with person=1"):
        plain.segments(both, events, **options)
    with pytest.raises(StudyError, match="no person 3, expected one of 1, 2"):
        plain.segments(both, events, person=3, **options)
    chosen = plain.segments(both, events, person=2, **options)
    assert chosen["valid_share"].tolist() == [1.0] * 5
    named = both.assign(participant_id=both["person"].map({1: "anna", 2: "ben"}))
    assert plain.segments(named, events, **options)["valid_share"].max() == 1.0


def test_cells_that_are_empty_name_no_recording_and_recordings_that_are_not_there_are_said() -> None:
    options = {"baseline": "none", "correction": "none"}
    seen = timeline(Face(smile((5, 8))), 20.0, 1)
    events = pd.DataFrame({"onset": [4.0, 8.0], "duration": [2.0, 2.0], "label": ["a", "b"]})
    for said in (["x.mp4", ""], ["x.mp4", np.nan], ["x.mp4", " x.mp4"]):
        assert len(plain.segments(seen, events.assign(recording=said), **options)) == 10
    assert len(plain.segments(seen.assign(recording=np.nan), events, **options)) == 10
    with pytest.raises(StudyError, match=r"nothing of \(y.mp4\), expected one of x.mp4"):
        plain.segments(seen.assign(recording="x.mp4"), events.assign(recording="y.mp4"), **options)


def test_a_dyad_of_three_is_refused(tmp_path: Path) -> None:
    study = dyads(tmp_path, 2)
    cast = (study / "cast.csv").read_text(encoding="utf-8").replace(",pair1,A", ",pair0,C")
    (study / "cast.csv").write_text(cast, encoding="utf-8")
    with pytest.raises(StudyError, match="has 3 members"):
        run_study(study)


# Coders.


def test_kappa_and_intraclass_correlations_by_hand() -> None:
    assert kappa(np.array([[20.0, 5.0], [10.0, 15.0]])).kappa == pytest.approx(0.40)
    assert kappa(np.array([[20.0, 5.0], [10.0, 15.0]])).pabak == pytest.approx(0.40)
    found = icc(RATINGS)
    known = (0.166, 0.290, 0.715, 0.443, 0.620, 0.909)
    values = (found.one, found.agreement, found.consistency, found.one_k, found.agreement_k, found.consistency_k)
    assert values == pytest.approx(known, abs=5e-4)


@pytest.mark.parametrize("seed", range(20))
def test_intraclass_correlations_as_in_pingouin(seed: int) -> None:
    pingouin = pytest.importorskip("pingouin", reason="pingouin is not installed (pip install -e '.[dev]')")
    ratings = np.random.default_rng(seed).normal(size=(8, 3)) + np.arange(8)[:, None]
    long = pd.DataFrame(ratings).stack().reset_index()
    long.columns = ["target", "rater", "score"]
    known = pingouin.intraclass_corr(long, targets="target", raters="rater", ratings="score")
    found = icc(ratings)
    mine = (found.one, found.agreement, found.consistency, found.one_k, found.agreement_k, found.consistency_k)
    assert known["ICC"].to_numpy() == pytest.approx(mine, abs=1e-9)


def test_intervals_of_kappa_are_over_recordings() -> None:
    tables = np.array([[[20.0, 5], [10, 15]]] * 5)
    assert kappa_interval(tables, 199, 1) == pytest.approx((0.4, 0.4))
    assert np.isnan(kappa_interval(tables[:2], 199, 1)).all()


@pytest.mark.slow
def test_coders_are_compared_with_each_other_and_with_videmo(tmp_path: Path) -> None:
    lines = ["recording,coder,onset,duration,code"]
    for number in range(1, 5):
        key = f"sub-{number:02}_task-film.mp4"
        for coder, begin in (("anna", 5.0), ("ben", 5.4)):
            lines += [f"{key},{coder},0,{begin},neutral", f"{key},{coder},{begin},{8 - begin},smile"]
            lines += [f"{key},{coder},8,10,neutral", f"{key},{coder},18,1,yawn"]
    plan = QUICK + '[codes]\nsmile = "happy"\n'
    study = make_study(tmp_path, 4, plan=plan, codes_csv="\n".join(lines) + "\n")
    run_study(study)
    table = pd.read_csv(study / "results" / "reliability.csv").set_index(["coder_a", "coder_b", "unit", "code"])
    assert set(table.index.get_level_values(0)) == {"anna", "ben"}
    both = table.loc[("anna", "ben", "0.2 s", "(all)")]
    assert both["n"] == 4 * 95
    assert both["agreement"] == pytest.approx(1 - 0.4 / 19)
    assert table.loc[("anna", "videmo", "0.2 s", "happy"), "kappa"] > 0.8
    assert table.loc[("anna", "videmo", "segment", "happy"), "n"] == 8
    confusion = pd.read_csv(study / "results" / "confusion.csv")
    assert "yawn" in set(confusion["code_a"]), "codes that stand for no emotion are counted"
    ours = confusion[(confusion["coder_a"] == "anna") & (confusion["coder_b"] == "ben")]
    assert ours["seconds"].sum() == pytest.approx(4 * 19)


# From Python.


@pytest.mark.slow
def test_functions_on_plain_tables_do_what_a_study_does(tmp_path: Path) -> None:
    study = make_study(tmp_path, 4, plan=QUICK)
    run_study(study)
    made = pd.read_csv(study / "results" / "segments.csv", keep_default_na=False, na_values=[""])
    timelines = pd.concat(
        pd.read_csv(path).assign(participant_id=path.parent.name[:6])
        for path in sorted((tmp_path / "out").glob("*/timeline.csv"))
    )
    events = pd.read_csv(study / "events.csv")
    found = plain.segments(timelines, events)
    assert np.allclose(found["top10_mean"], made["top10_mean"], atol=1e-6)
    assert np.allclose(found["change"], made["change"], atol=1e-6)
    happy = made[made["emotion"] == "happy"].assign(value=made["top10_mean"] - made["baseline_mean"])
    compared = plain.compare(happy.set_index(["participant_id", "label"])["value"], permutations=199, bootstraps=199)
    table = pd.read_csv(study / "results" / "comparisons.csv")
    row = table[table["primary"] == "yes"].iloc[0]
    assert (compared.n, compared.p) == (4, row["p_permutation"])
    assert compared.difference == pytest.approx(row["difference"], abs=1e-5)


def test_compare_finds_out_the_design() -> None:
    index = pd.MultiIndex.from_tuples([(f"p{n}", "ab"[n % 2]) for n in range(10)])
    assert plain.compare(pd.Series(np.arange(10.0), index)).design == "between"
    ages = pd.MultiIndex.from_tuples([(f"p{n}", 20 + n) for n in range(8)])
    assert plain.compare(pd.Series(np.arange(8.0), ages)).effect_value == pytest.approx(1.0)
    three = pd.MultiIndex.from_product([["p1", "p2", "p3"], ["a", "b", "c"]])
    values = pd.Series(np.arange(9.0) ** 2, three)
    assert len(plain.compare(values, permutations=99, bootstraps=99).table) == 4
    with pytest.raises(StudyError, match="too few participants of c to compare"):
        plain.compare(values.drop([("p2", "c"), ("p3", "c")]), permutations=99, bootstraps=99)
    with pytest.raises(StudyError, match="twice"):
        plain.compare(pd.Series([1.0, 2.0], pd.MultiIndex.from_tuples([("a", "x"), ("a", "x")])))


def test_courses_and_couples_from_python() -> None:
    chance, times = np.random.default_rng(1), np.round(np.arange(60) * 0.2, 1)
    names = [f"p{n}" for n in range(10)]
    first = pd.DataFrame(chance.normal(size=(10, 60)), names, times)
    second = first + chance.normal(size=(10, 60)) * 0.1
    second.loc[:, 4.0:6.0] += 2
    found = plain.timecourse(first, second.iloc[::-1], permutations=199)
    assert (found["start_s"].iloc[0], found["end_s"].iloc[0]) == (4.0, pytest.approx(6.2))
    course = pd.Series(noise(chance, 600), np.round(np.arange(600) * 0.2, 1))
    assert plain.synchrony(course, course.shift(3), surrogates=99)["peak_lag_s"] == pytest.approx(0.6)
    codes = "recording,coder,onset,duration,code\na,x,0,10,happy\na,y,0,5,happy\na,y,5,5,sad\n"
    table, _ = plain.agreement(pd.read_csv(__import__("io").StringIO(codes)))
    assert table["agreement"].iloc[0] == pytest.approx(0.5)


def test_courses_without_a_difference_say_that_they_were_tested() -> None:
    chance, times = np.random.default_rng(1), np.round(np.arange(20) * 0.2, 1)
    first = pd.DataFrame(chance.normal(size=(10, 20)), [f"p{n}" for n in range(10)], times)
    turned = np.where(np.arange(10) % 2, 1.0, -1.0)[:, None]
    found = plain.timecourse(first, first + turned, permutations=199)
    assert found["cells"].tolist() == [0]
    assert found["permutations"].item() == 1024, "all of them"
    assert found["cluster"].isna().all()


def test_times_that_are_uneven_or_differ_are_refused() -> None:
    times = np.round(np.arange(600) * 0.2, 1)
    course = pd.Series(noise(np.random.default_rng(1), 600), times)
    with pytest.raises(StudyError, match="evenly spaced seconds"):
        plain.synchrony(course.drop(times[100]), course.shift(3).drop(times[100]))
    with pytest.raises(StudyError, match="evenly spaced seconds"):
        plain.synchrony(course[::-1], course.shift(3)[::-1])
    table = pd.DataFrame([course, course], ["a", "b"])
    with pytest.raises(StudyError, match="different times"):
        plain.timecourse(table, table.set_axis(times + 0.1, axis=1))
    with pytest.raises(StudyError, match="as numbers"):
        plain.timecourse(table.set_axis([f"t{n}" for n in range(600)], axis=1), table)
    rounded = course.set_axis(np.round(np.arange(600) / 29.97, 3))
    assert plain.synchrony(rounded, rounded.shift(3), surrogates=99)["peak_lag_s"] == pytest.approx(0.1, abs=1e-3)


@pytest.mark.slow
def test_events_on_one_clock_of_two_recordings(tmp_path: Path) -> None:
    """Two cameras that started at different times, tied by offset and rate."""
    put_recording(tmp_path / "out", "a.mp4", [Face(smile((5, 8)))])
    put_recording(tmp_path / "out", "b.mp4", [Face(smile((7.4, 10.4)))])
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "participants.csv").write_text("participant_id\na\nb\n", encoding="utf-8")
    cast = "recording,participant_id,offset_s\na.mp4,a,0\nb.mp4,b,2.4\n"
    (folder / "cast.csv").write_text(cast, encoding="utf-8")
    (folder / "events.csv").write_text(EVENTS.replace("12,6,neutral", "11,6,neutral"), encoding="utf-8")
    (folder / "study.toml").write_text(QUICK, encoding="utf-8")
    run_study(folder)
    table = pd.read_csv(folder / "results" / "segments.csv")
    happy = table[(table["emotion"] == "happy") & (table["label"] == "funny")].set_index("participant_id")
    assert happy.loc["a", "latency_s"] == happy.loc["b", "latency_s"] == 1.0
    assert happy.loc["b", "recording_onset_s"] == pytest.approx(6.4)
