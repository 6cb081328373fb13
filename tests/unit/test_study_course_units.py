"""Time courses of sessions, roles and dyads: each unit counts once, and what is compared is compared over time too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from studies import Face, Shown, put_recording, smile
from videmo import study as plain
from videmo.pipeline.study.run import run_study

pytestmark = pytest.mark.slow

QUICK = (
    '[study]\nresults = "../out"\n[baseline]\ncorrection = "none"\n'
    "[timecourse]\npermutations = 199\nsurrogates = 99\n"
    '[compare]\npermutations = 199\nbootstraps = 199\nemotions = ["happy"]\nmeasures = ["mean"]\n'
)
EVENTS = "onset,duration,label,kind\n2,8,talk,stimulus\n12,6,rest,stimulus\n"
PEOPLE = 6


def write(root: Path, people: list[str], cast: str, plan: str) -> Path:
    """Write the inputs of a study and run it; returns its folder."""
    folder = root / "study"
    folder.mkdir()
    texts = {
        "participants.csv": "participant_id\n" + "\n".join(people) + "\n",
        "cast.csv": "recording,participant_id,person,session,dyad,role\n" + cast,
        "events.csv": EVENTS,
        "study.toml": QUICK + plan,
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    run_study(folder)
    return folder


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / "results" / f"{name}.csv", dtype={"group": str, "contrast": str})


def shown(seed: int, *stretches: tuple[float, float]) -> Shown:
    return smile(*stretches, noise=0.05, seed=seed)


def course(out: Path, of: Mapping[str, tuple[str, int]]) -> pd.DataFrame:
    """What each of them showed during ``talk``, as `study.timecourse` takes it: from recording and person."""
    times = np.round(np.arange(40) * 0.2, 6)
    rows = {}
    for who, (key, person) in of.items():
        timeline = pd.read_csv(out / key / "timeline.csv")
        rows[who] = timeline[timeline["person"] == person]["happy"].to_numpy()[10:50]
    return pd.DataFrame.from_dict(rows, orient="index", columns=times)


def test_sessions_are_compared_over_time(tmp_path: Path) -> None:
    people = [f"p{number}" for number in range(PEOPLE)]
    faces = {f"{who}_{when}": shown(2 * place + later, *([(5, 8)] if later else []))
             for place, who in enumerate(people) for later, when in enumerate("ab")}  # fmt: skip
    for key, face in faces.items():
        put_recording(tmp_path / "out", f"{key}.mp4", [Face(face)])
    cast = "".join(f"{key}.mp4,{key[:2]},1,{key[3]},,\n" for key in faces)
    folder = write(tmp_path, people, cast, 'contrasts = ["session: b - a"]\n')
    clusters = table(folder, "clusters").query("emotion == 'happy'")
    assert clusters["contrast"].unique().tolist() == ["session: b - a | rest", "session: b - a | talk"]
    (found,) = clusters[(clusters["contrast"] == "session: b - a | talk") & (clusters["p"] <= 0.05)].to_dict("records")
    assert (found["start_s"], found["end_s"]) == (3.0, 6.0)
    assert found["permutations"] == 2**PEOPLE
    sides = [course(tmp_path / "out", {who: (f"{who}_{when}.mp4", 1) for who in people}) for when in "ba"]
    (same,) = plain.timecourse(*sides, permutations=199).query("p <= 0.05").to_dict("records")
    assert found["mass"] == pytest.approx(same["mass"], rel=1e-4)
    means = table(folder, "timecourse").query("emotion == 'happy' and label == 'talk'")
    assert means["group"].unique().tolist() == ["(all)", "session: a", "session: b"]
    late = means[means["group"] == "session: b"].set_index("time_s")["mean"]
    assert late[3.2] == pytest.approx(sides[0][3.2].mean(), abs=1e-5)
    both = means[means["group"] == "(all)"].set_index("time_s")
    assert both.loc[3.2, "mean"] == pytest.approx((sides[0][3.2].mean() + sides[1][3.2].mean()) / 2, abs=1e-5)
    assert set(both["n"]) == {PEOPLE}, "who comes twice counts once"


def test_a_test_of_too_few_is_told_from_one_that_found_nothing(tmp_path: Path) -> None:
    for who in ("p0", "p1"):
        put_recording(tmp_path / "out", f"{who}.mp4", [Face(shown(0))])
    cast = "p0.mp4,p0,1,a,,\np1.mp4,p1,1,b,,\n"
    folder = write(tmp_path, ["p0", "p1"], cast, 'contrasts = ["session: b - a"]\n')
    clusters = table(folder, "clusters").query("emotion == 'happy'")
    assert clusters["contrast"].tolist() == ["session: b - a | rest", "session: b - a | talk"]
    assert set(clusters["statistic"]) == {"too few to test"}
    assert set(clusters["cells"]) == set(clusters["permutations"]) == {0}


def dyads(root: Path) -> tuple[list[str], str]:
    """Make dyads of which the first smiles; returns who they are, and the cast."""
    people: list[str] = []
    cast = ""
    for number in range(PEOPLE):
        pair = {f"{role}{number}": shown(2 * number + (role == "B"), *([(5, 8)] if role == "A" else []))
                for role in "AB"}  # fmt: skip
        put_recording(root / "out", f"d{number}.mp4", [Face(face) for face in pair.values()])
        cast += "".join(f"d{number}.mp4,{who},{place},,d{number},{who[0]}\n" for place, who in enumerate(pair, 1))
        people += pair
    return people, cast


@pytest.mark.figures
def test_roles_are_compared_over_time_with_the_dyad_as_the_unit(tmp_path: Path) -> None:
    people, cast = dyads(tmp_path)
    folder = write(tmp_path, people, cast, 'contrasts = ["role: A - B | talk"]\n')
    clusters = table(folder, "clusters").query("emotion == 'happy' and p <= 0.05")
    assert clusters["contrast"].tolist() == ["role: A - B | talk"]
    found = clusters.iloc[0]
    assert (found["start_s"], found["end_s"], found["permutations"]) == (3.0, 6.0, 2**PEOPLE)
    keys = [f"d{number}.mp4" for number in range(PEOPLE)]
    sides = [course(tmp_path / "out", {key: (key, person) for key in keys}) for person in (1, 2)]
    same = plain.timecourse(*sides, permutations=199).query("p <= 0.05")
    assert found["mass"] == pytest.approx(same["mass"].item(), rel=1e-4)
    groups = table(folder, "timecourse").query("emotion == 'happy' and label == 'talk'")["group"].unique().tolist()
    assert groups == ["(all)", "role: A", "role: B"]
    page = (folder / "results" / "plots" / "timecourse.svg").read_text("utf-8")
    assert "<!-- A, talk -->" in page
    assert "<!-- role: A − B | talk -->" in page or "<!-- role: A - B | talk -->" in page
    assert "rest" not in page


def test_where_the_dyad_is_the_unit_it_is_so_over_time(tmp_path: Path) -> None:
    people, cast = dyads(tmp_path)
    folder = write(tmp_path, people, cast, 'unit = "dyad"\ncontrasts = ["label: talk - rest"]\n')
    assert set(table(folder, "clusters")["permutations"]) == {2**PEOPLE}
    means = table(folder, "timecourse").query("emotion == 'happy' and label == 'talk'")
    assert set(means["n"]) == {PEOPLE}


def test_who_plays_both_roles_counts_in_each_dyad(tmp_path: Path) -> None:
    people = ["p0", "p1", "p2"]
    cast = ""
    for number in range(3):
        first, second = people[number], people[(number + 1) % 3]
        put_recording(tmp_path / "out", f"d{number}.mp4", [Face(shown(number, (5, 8))), Face(shown(9 + number))])
        cast += f"d{number}.mp4,{first},1,,d{number},A\nd{number}.mp4,{second},2,,d{number},B\n"
    folder = write(tmp_path, people, cast, 'contrasts = ["role: A - B | talk"]\n')
    found = table(folder, "clusters").query("emotion == 'happy'").sort_values("mass").iloc[-1]
    assert (found["start_s"], found["end_s"]) == (3.0, 6.0)
    means = table(folder, "timecourse").query("emotion == 'happy' and label == 'talk' and time_s == 4.0")
    assert means.set_index("group").loc["role: A", "mean"] == pytest.approx(0.8, abs=0.1)
    assert means.set_index("group").loc["role: B", "mean"] == pytest.approx(0.1, abs=0.1)
