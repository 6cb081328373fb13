"""The page of a study, its methods and its commands: numbers equal the tables, and names do no harm."""

from __future__ import annotations

import html
import re
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from typer.testing import CliRunner

import videmo
from studies import PLAN, make_study
from videmo import read_study
from videmo.cli.app import app
from videmo.errors import ResultsError
from videmo.measures.emotions import EMOTIONS, VOCABULARIES
from videmo.pipeline.study.page import _listings
from videmo.pipeline.study.run import run_study
from videmo.plots.words import p_words
from videmo.report.study import rounded
from videmo.results import names
from videmo.study.contrasts import Contrast
from videmo.study.plan import Plan
from videmo.study.wording import fixed, recognised, sentence, verdict
from videmo.weights import card

pytestmark = pytest.mark.slow

QUICK = PLAN + "[compare]\npermutations = 199\nbootstraps = 199\n[timecourse]\npermutations = 199\nsurrogates = 99\n"
STRANGE = ("=1+1", "a, b", "😀", "وجه", "<script>alert(1)</script>", '"quoted"')


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that was run."""
    folder = make_study(
        tmp_path_factory.mktemp("page"), 6, plan=QUICK + '[measures]\nvalence = "happy - max(sad, angry)"\n'
    )
    run_study(folder)
    return folder


def page(study: Path) -> str:
    return (study / "results" / "index.html").read_text(encoding="utf-8")


def test_the_first_sentence_has_the_numbers_of_the_table(study: Path) -> None:
    row = pd.read_csv(study / "results" / "comparisons.csv").query("primary == 'yes'").iloc[0]
    told = re.search(r'<p class="answer">(.*?)</p>', page(study))[1]  # type: ignore[index]
    assert '<span class="whole">p ' in told, "statistics are not torn apart at the end of a line"
    answer = html.unescape(re.sub(r"</?span[^>]*>", "", told))
    for number in (row["difference"], row["ci_low"], row["ci_high"]):
        assert fixed(number) in answer
    assert p_words(row["p_permutation"]) in answer
    assert f"In {row['n_pairs']} participants" in answer
    assert videmo.read_study(study).info["answer"] == answer


def test_what_is_made_does_not_tell_where_the_study_lies(tmp_path: Path) -> None:
    folder = make_study(tmp_path, 4, plan=QUICK)
    with (folder / "participants.csv").open("a", encoding="utf-8") as table:
        table.write("sub-99,control,30\n")
    run_study(folder)
    assert "participants.csv, line 6: participant &#39;sub-99&#39; has no recording" in page(folder)
    for path in (path for path in (folder / "results").rglob("*") if path.is_file()):
        assert str(tmp_path).encode() not in path.read_bytes(), path.name


def test_beside_the_answer_stands_what_the_card_says_of_the_emotion(study: Path) -> None:
    shares = [round(100 * set_["recall"]["happy"]) for set_ in card("broad")["validation"].values()]
    said = f"the classifier recognised happy in {min(shares)} to {max(shares)} %."
    assert said in page(study).split('<section class="panel" id="people"')[0]
    recalls = {"one": {"happy": 0.9, "sad": 0.501}, "two": {"happy": 0.96}}
    assert recognised(recalls, ["happy", "sad"]).endswith("recognised happy in 90 to 96 % and sad in 50 %.")
    assert recognised(recalls, ["angry"]) == ""


def test_what_a_card_says_of_five_words_is_not_said_of_seven() -> None:
    recalls = {"FER+": dict.fromkeys(EMOTIONS, 0.9)}
    seven = VOCABULARIES["seven"]
    assert recognised(recalls, ["happy"], EMOTIONS).endswith("recognised happy in 90 %.")
    said = recognised(recalls, ["happy"], seven)
    assert "happy in 90 %. The classifier's card is about 5 words alone; with fear and disgust to choose" in said
    assert recognised(recalls, ["fear"], seven).startswith("The classifier's card")
    assert recognised({}, ["fear"], seven) == ""


@pytest.mark.figures
def test_a_study_of_seven_words_tells_seven_everywhere(tmp_path: Path) -> None:
    plan = QUICK.replace("[study]", '[study]\nemotions = "seven"').replace('emotion = "happy"', 'emotion = "disgust"')
    folder = make_study(
        tmp_path, 4, plan=plan + '[measures]\nunease = "max(fear, disgust)"\n[codes]\nyuck = "disgust"\n'
    )
    for file in sorted((tmp_path / "out").rglob("timeline.csv")):
        table = pd.read_csv(file)
        told = table[list(EMOTIONS)] * 0.8
        told.insert(5, "fear", 0.05)
        told.insert(6, "disgust", 0.15 * table["happy"] / table["happy"].max())
        table[list(EMOTIONS)] = told[list(EMOTIONS)]
        for place, name in enumerate(("fear", "disgust"), table.columns.get_loc("angry") + 1):
            table.insert(place, name, told[name])
        table.to_csv(file, index=False)
    codes = "recording,coder,onset,duration,code\nsub-01_task-film.mp4,A,5,3,yuck\nsub-01_task-film.mp4,A,8,3,fear\n"
    (folder / "codes.csv").write_text(codes, "utf-8")
    run_study(folder)
    made = {name: pd.read_csv(folder / "results" / f"{name}.csv") for name in
            ("segments", "comparisons", "timecourse", "clusters", "isc", "confusion")}  # fmt: skip
    seven = [*VOCABULARIES["seven"], "unease"]
    for name in ("segments", "comparisons", "timecourse", "clusters", "isc"):
        assert list(dict.fromkeys(made[name]["emotion"])) == seven, name
    assert {"fear", "disgust"} <= set(made["confusion"]["code_a"])
    methods = (folder / "results" / "methods.md").read_text("utf-8")
    assert f"probabilities of seven displayed emotions ({', '.join(VOCABULARIES['seven'])})" in methods
    assert "card is about 5 words alone" in methods
    text = html.unescape(page(folder))
    assert "displayed disgust (mean of the highest 10 %" in text
    assert '<th scope="col" class="figure">disgust</th>' in text
    assert "disgust" in (folder / "results" / "plots" / "raincloud.svg").read_text("utf-8")
    assert CliRunner().invoke(app, ["study", "check", str(folder)]).exit_code == 0
    (folder / "codes.csv").unlink()
    assert CliRunner().invoke(app, ["study", "code", str(folder), "--no-clips"]).exit_code == 0
    assert "disgust" in (folder / "coding" / "coding.boris").read_text("utf-8")


def test_tables_on_the_page_are_the_files_cell_by_cell_and_rounded(study: Path) -> None:
    shown = page(study)
    header, *lines = (study / "results" / "sensitivity.csv").read_text(encoding="utf-8").splitlines()
    for line in lines:
        for column, cell in zip(header.split(","), line.split(",")):
            short = rounded(column, cell)
            where = "" if short == cell else f' title="{cell}"'
            assert f"{where}><bdi>{html.escape(short)}</bdi>" in shown
    assert "valence" in shown


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("difference", "-0.04003000018", "-0.0400"),
        ("difference", "0.8262361110", "0.826"),
        ("mean_a", "0.00228484845", "0.00228"),
        ("mass", "-218.138014", "-218.138"),
        ("mean_a", "1.2e-17", "0.000"),
        ("p_holm", "0.005859375", ".006"),
        ("p", "0.0004", "< .001"),
        ("q_bh", "1.0", "1.0"),
        ("valid_share", "0.5", "0.5"),
        ("n_a", "11", "11"),
        ("participant_id", "01.250", "01.250"),
        ("test", "paired t", "paired t"),
    ],
)
def test_numbers_are_rounded_as_journals_do(column: str, cell: str, words: str) -> None:
    assert rounded(column, cell) == words


@pytest.mark.usefixtures("sketches")
def test_every_contrast_that_a_plan_names_is_drawn_and_the_page_says_where_others_are(tmp_path: Path) -> None:
    named = '[compare]\ncontrasts = ["label: funny - neutral", "group: patient - control", "age"]\n'
    folder = make_study(tmp_path, 6, plan=QUICK.replace("[compare]\n", named))
    run_study(folder)
    drawn = {path.stem for path in (folder / "results" / "plots").glob("effects*.svg")}
    assert drawn == {"effects", "effects-2"}, "a number has no difference"
    text = html.unescape(page(folder))
    assert "The 2 others (<bdi>group: patient - control; age</bdi>) are under" in text


def test_methods_say_what_reviewers_ask_for(study: Path) -> None:
    text = (study / "results" / "methods.md").read_text(encoding="utf-8")
    for said in (
        videmo.__version__, "broad", "0.2 s", "50 % valid time", "199 resamples", "Holm", "seed was 1",
        "not what a person feels", "Maris & Oostenveld, 2007", "6 participants were listed",
    ):  # fmt: skip
        assert said in text, said


def test_methods_say_how_many_permutations_and_copies_there_were(study: Path) -> None:
    results = study / "results"
    text = (results / "methods.md").read_text(encoding="utf-8")
    tried = sorted(set(pd.read_csv(results / "comparisons.csv")["permutations"]))
    assert f"; there were {tried[0]} to {tried[-1]} of them" in text
    over_time = sorted(set(pd.read_csv(results / "clusters.csv")["permutations"]))
    assert f"Oostenveld, 2007; {over_time[0]} to {over_time[-1]} permutations;" in text
    assert "compared with 99 copies" in text


def test_methods_name_the_tests_that_were_made_and_no_others(study: Path, tmp_path: Path) -> None:
    quick = QUICK.replace("[compare]\n", '[compare]\ncontrasts = ["label: funny - neutral"]\n')
    other = make_study(tmp_path, 6, plan=quick)
    run_study(other)
    both = [(each / "results" / "methods.md").read_text(encoding="utf-8") for each in (study, other)]
    for said in ("by paired t", "Lakens, D. (2013)", "Holm, S. (1979)", "Efron, B. (1987)"):
        assert all(said in text for text in both), said
    for said in ("Welch's t (1947)", "Welch, B. L. (1947)", "Hedges, L. V. (1981)", "Janssen, A. (1997)",
                 "Chung, E., & Romano, J. P. (2013)", "Wallace, D. L. (1959)"):  # fmt: skip
        assert [said in text for text in both] == [True, False], said


def test_a_test_over_time_that_finds_nothing_is_told(study: Path) -> None:
    clusters = pd.read_csv(study / "results" / "clusters.csv")
    tests = {*zip(clusters["contrast"], clusters["emotion"])}
    assert len(tests) == clusters["contrast"].nunique() * 6, "whatever came of it"
    nothing = clusters[clusters["cells"] == 0]
    assert len(nothing)
    assert nothing["cluster"].isna().all()
    assert (nothing["permutations"] > 0).all()


def test_too_few_to_find_anything_is_said_before_and_after(tmp_path: Path) -> None:
    few = make_study(tmp_path, 5, plan=QUICK)
    said = CliRunner().invoke(app, ["study", "check", str(few)]).stdout
    assert "5 participants in both  (primary)  – too few for any p of .05 or less" in said
    run_study(few)
    assert "With so few, the largest of differences could not have a p of .05 or less." in page(few)


def test_only_pairs_and_numbers_have_a_least_p() -> None:
    row = {"design": "within", "level_b": float("nan"), "n_a": 4, "n_b": float("nan"), "p_permutation": 0.2}
    for nothing in (float("nan"), ""):
        assert verdict({**row, "level_b": nothing}).startswith("Chance alone"), "levels have more of them"
        assert verdict({**row, "level_b": nothing, "design": "between"}).startswith("Chance alone")
        assert verdict({**row, "level_b": nothing, "design": "correlation", "n_a": 3}).startswith("With so few")
    assert verdict({**row, "level_b": "b"}).startswith("With so few")
    assert verdict({**row, "level_b": "b", "n_a": 6}).startswith("Chance alone")
    assert verdict({**row, "level_b": "b", "design": "between", "n_a": 3, "n_b": 3}).startswith("With so few")


def test_small_differences_are_not_zero() -> None:
    row = {"emotion": "sad", "measure": "time_above", "design": "within", "level_a": "a", "level_b": "b", "n_pairs": 9,
           "difference": -0.000123, "ci_low": -0.00024, "ci_high": -0.00001, "p_permutation": 0.04, "effect": "d_z",
           "effect_value": -0.5, "effect_low": -0.9, "effect_high": -0.1}  # fmt: skip
    assert "difference −0.00012, 95 % CI [−0.00024, −0.00001]" in sentence(row, Contrast("label", ("a", "b")), Plan())


def test_figures_come_in_three_formats_without_a_date(study: Path) -> None:
    plots = study / "results" / "plots"
    names = {path.stem for path in plots.iterdir()}
    assert names == {"timecourse", "raincloud", "effects", "validity", "people", "sensitivity"}
    assert {path.suffix for path in plots.iterdir()} == {".png", ".svg", ".pdf"}
    assert b"CreationDate" not in (plots / "effects.pdf").read_bytes()


def test_strange_names_stay_and_do_no_harm(tmp_path: Path) -> None:
    study = make_study(tmp_path, 6, plan=QUICK, groups=False)
    table = pd.DataFrame({"participant_id": STRANGE})
    table["participant_id"] = ["'=1+1", *STRANGE[1:]]
    table["@group"] = ["x", "y"] * 3
    table.to_csv(study / "participants.csv", index=False)
    cast = pd.DataFrame({"recording": [f"sub-{n:02}_task-film.mp4" for n in range(1, 7)]})
    cast["participant_id"] = table["participant_id"]
    cast.to_csv(study / "cast.csv", index=False)
    events = (study / "events.csv").read_text(encoding="utf-8")
    events = events.replace("funny", "f <b>&amp;").replace("neutral", "=ö - ü")
    (study / "events.csv").write_text(events, encoding="utf-8")
    (study / "study.toml").write_text(QUICK.replace("funny - neutral", "f <b>&amp; - =ö - ü"), encoding="utf-8")
    run_study(study)
    found = pd.read_csv(study / "results" / "segments.csv")
    assert set(found["participant_id"]) == {"'=1+1", *STRANGE[1:]}
    assert "<script>alert" not in page(study)
    assert "f <b>" not in page(study)
    assert "'=ö - ü" in (study / "results" / "comparisons.csv").read_text(encoding="utf-8")
    for name in ("segments", "participants_long", "participants_wide"):
        header = pd.read_csv(study / "results" / f"{name}.csv", nrows=0).columns
        assert "'@group" in header, "nor does the name of a variable calculate"
        assert not [column for column in header if column[0] in "=+-@"], name
    wide = read_study(study).participants_wide
    assert "'=ö - ü.happy.mean" in wide.columns
    assert wide["'=ö - ü.happy.mean"].map(lambda value: round(value, 6) == value or value != value).all()
    assert "`'@group`" in (study / "results" / "analysis.R").read_text(encoding="utf-8"), "as the table calls it"
    assert "<bdi>=ö - ü</bdi>" in page(study)
    assert "'=" not in html.unescape(page(study)), "what keeps spreadsheets from calculating is for them alone"
    assert pd.read_csv(study / "results" / "comparisons.csv").query("primary == 'yes'")["n_pairs"].item() == 6


def test_tables_of_the_page_show_names_as_people_wrote_them() -> None:
    text = 'recording,label,p\n./=a.mp4,\'=film,-0.5\nb.mp4,"two\nlines \u2028",0.1\n'
    folder = SimpleNamespace(has_made=lambda name: name == names.CLUSTERS, read_made_bytes=lambda name: text.encode())
    ((_, listing),) = _listings(SimpleNamespace(folder=folder))  # type: ignore[arg-type]
    assert listing.rows == (("=a.mp4", "=film", "-0.5"), ("b.mp4", "two\nlines \u2028", "0.1"))


def test_python_reads_what_was_made(study: Path, tmp_path: Path) -> None:
    found = videmo.read_study(study)
    assert len(found.segments) == 6 * 2 * 6
    assert set(found.participants["measure"]) >= {"mean", "top10_mean"}
    assert len(found.sensitivity) == 9
    assert repr(found) == "<StudyResults: 6 participants compared, 9 tables>"
    assert not found.exclusions["level"].eq("participant").any()
    assert {"p", "mass"} <= set(found.clusters)
    assert {"r_loo", "mean_r"} <= set(found.isc)
    with pytest.raises(ResultsError, match="no such table"):
        _ = found.synchrony
    with pytest.raises(ResultsError, match="no results of a study"):
        videmo.read_study(tmp_path)


def test_commands_say_what_they_do(study: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    said = runner.invoke(app, ["study", "check", str(study)]).stdout
    assert "compare  label: funny - neutral  within, 6 participants in both  (primary)" in said
    assert "Everything is up to date." in runner.invoke(app, ["study", "run", str(study)]).stdout
    assert "page and methods" in runner.invoke(app, ["study", "report", str(study)]).stdout
    begun = runner.invoke(app, ["study", "init", str(study.parent / "out"), "--to", str(tmp_path / "new")]).stdout
    assert "6 participants, told apart by the names sub-" in begun
    drawn = runner.invoke(app, ["study", "code", str(tmp_path / "new")]).stdout
    assert "1 segment of 1 recording to code" in drawn
    sheet = pd.read_csv(tmp_path / "new" / "codes.csv")
    assert sheet["coder"].isna().all()
    assert len(list((tmp_path / "new" / "coding").glob("*.eaf"))) == 1
    assert (tmp_path / "new" / "coding" / "coding.boris").is_file()
    assert runner.invoke(app, ["study", "check", str(tmp_path / "new")]).exit_code == 0, "an empty sheet is no code"
    for command in ("init", "check", "run", "report", "events", "sync", "code"):
        assert f"Example: videmo study {command}" in re.sub(
            r"\s+", " ", runner.invoke(app, ["study", command, "-h"]).stdout
        )
