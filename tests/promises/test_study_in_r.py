"""The script for R that a study writes runs as it is, whatever names people chose, and finds what was made."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from runs import videmo
from studies import PLAN, make_study

pytestmark = pytest.mark.slow
LABELS = ("T", "FALSE", 'a, "b" = c\\d', "😀 שלום")
"""What R takes for something else where it isn't told."""


@pytest.fixture(scope="module", autouse=True)
def r() -> None:
    """Skip where there is no R, or no package for mixed models."""
    if not shutil.which("Rscript"):
        pytest.skip("R is not installed")
    there = subprocess.run(["Rscript", "-e", "library(lme4)"], capture_output=True, check=False)
    if there.returncode:
        pytest.skip("R has no package lme4")


def fitted(study: Path) -> str:
    """Run the study, and its script in R; returns what that printed."""
    done = videmo("study", "run", study, "--quiet")
    assert done.returncode == 0, done.stderr
    ran = subprocess.run(
        ["Rscript", "--vanilla", "analysis.R"], cwd=study / "results", capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "Error" not in ran.stderr
    return ran.stdout


def test_a_known_difference_is_found(tmp_path: Path) -> None:
    said = fitted(make_study(tmp_path))
    assert "Linear mixed model" in said
    found = re.search(r"^labelneutral +(-?[\d.]+)", said, re.MULTILINE)
    assert found, said
    assert -0.8 < float(found[1]) < -0.3, "smiles of 0.5 to 0.9 instead of 0.1, for 2 of 6 seconds or more"


def test_names_are_what_people_wrote(tmp_path: Path) -> None:
    quoted = ['"' + label.replace('"', '""') + '"' for label in LABELS]
    rows = "".join(f"{3 + 4 * place},3,{label},stimulus\n" for place, label in enumerate(quoted))
    participants = 'participant_id,"my `group` \\ if"\n' + "".join(
        f"sub-{number + 1:02},{number % 2 == 0}\n" for number in range(12)
    )
    study = make_study(tmp_path, events=f"onset,duration,label,kind\n0,2,rest,baseline\n{rows}",
                       plan=PLAN.split("primary")[0], participants_csv=participants)  # fmt: skip
    said = fitted(study)
    assert "labelFALSE" in said, said
    assert re.search(r"my .+group.+ if`True", said), said
    assert re.search(r"participant_id, +12\b", said), "nobody is lost"
    assert re.search(r"Number of obs: 48\b", said), "and no segment"


def test_numbers_for_labels_are_names(tmp_path: Path) -> None:
    events = "onset,duration,label,kind\n0,2,rest,baseline\n3,3,1,stimulus\n7,3,2,stimulus\n11,3,3,stimulus\n"
    said = fitted(make_study(tmp_path, events=events, plan=PLAN.split("primary")[0]))
    assert "label2" in said
    assert "label3" in said


def test_one_segment_of_each_is_a_plain_linear_model(tmp_path: Path) -> None:
    events = "onset,duration,label,kind\n0,3,rest,baseline\n4,6,funny,stimulus\n"
    primary = '{ measure = "mean", emotion = "happy", contrast = "group: patient - control" }'
    plan = PLAN.split("primary")[0] + f"primary = {primary}\n"
    said = fitted(make_study(tmp_path, events=events, plan=plan))
    assert "lm(formula = value ~ group" in said


def test_two_of_a_dyad_are_not_independent(tmp_path: Path) -> None:
    rows = "".join(f"sub-{n + 1:02}_task-film.mp4,sub-{n + 1:02},1,d{n // 2},{'ab'[n % 2]}\n" for n in range(12))
    cast = f"recording,participant_id,person,dyad,role\n{rows}"
    said = fitted(make_study(tmp_path, plan=PLAN.split("primary")[0], cast_csv=cast))
    assert re.search(r"^ *dyad +\(Intercept\)", said, re.MULTILINE), said
    assert "participant_id, 12" in said
