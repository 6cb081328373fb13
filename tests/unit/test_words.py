"""Five words for emotions or seven: what the classifier says, what tables hold, and both in one folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from results import build_recording, observations
from videmo.errors import StudyError, UsageError
from videmo.measures.emotions import EMOTIONS, SEVEN
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.measures.emotions.measure import emotion_measure
from videmo.measures.registry import COLUMNS, carried, carried_in, vocabulary_in
from videmo.pipeline.derive import derive
from videmo.pipeline.listing import index_rows
from videmo.pipeline.remarks import remarks_on
from videmo.results.recording import RecordingResults
from videmo.results.schema import (
    NEEDED,
    OBSERVATIONS,
    lacks_columns,
    observation_columns,
    read_observations,
    rewrite_observations,
    write_table,
)
from videmo.settings import ClassifierSettings, EpisodeSettings, QualitySettings, Settings, TimelineSettings
from videmo.weights import load_weights

CROPS = np.random.default_rng(8).integers(0, 256, (12, 48, 48), dtype=np.uint8)
SEVEN_WORDS = Settings(classifier=ClassifierSettings(emotions="seven"))


def derived(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables that follow from observations of ten seconds."""
    tables = derive(table, TimelineSettings(), EpisodeSettings(), QualitySettings(), 10.0)
    return {"timeline": tables.timeline, "summary": tables.summary, "episodes": tables.episodes}


def with_seven(table: pd.DataFrame, **shares: float) -> pd.DataFrame:
    """The same faces as seven words tell them."""
    given = {"fear": 0.0, "disgust": 0.0, **shares}
    rest = 1 - sum(given.values())
    told = table.assign(**{word: table[word] * rest for word in EMOTIONS}, **given)
    told.loc[table["status"] == "no_face", list(SEVEN)] = np.nan
    return told[list(observation_columns(SEVEN))]


# What the classifier says


def test_five_words_are_the_seven_on_the_condition_that_one_of_the_five_is_shown() -> None:
    five = EmotionClassifier(load_weights("broad"))
    seven = EmotionClassifier(load_weights("broad"), words=SEVEN)
    for crop in CROPS:
        shares, other = five.predict_with_rest(crop)
        whole = seven.predict(crop)
        assert whole.sum() == pytest.approx(1, abs=1e-5)
        assert other == pytest.approx(whole[5:].sum(), abs=1e-6)
        np.testing.assert_allclose(shares, whole[:5] / whole[:5].sum(), atol=1e-5)


@pytest.mark.parametrize("settings", [Settings(), SEVEN_WORDS])
def test_valence_is_happy_less_the_strongest_unpleasant_emotion(settings: Settings) -> None:
    words = carried(settings).words
    names, measure = emotion_measure(words).names, emotion_measure(words).load(settings)
    for crop in CROPS:
        told = dict(zip(names, measure(crop), strict=True))
        unpleasant = max(told[word] for word in ("sad", "angry", "fear", "disgust") if word in told)
        assert told["valence"] == pytest.approx(told["happy"] - unpleasant, abs=1e-6)
        assert ("other" in told) == (len(words) == 5)


def test_a_network_that_knows_five_emotions_does_not_tell_seven_and_says_nothing_of_others() -> None:
    with pytest.raises(UsageError, match="knows 5"):
        EmotionClassifier(load_weights("founding"), words=SEVEN)
    _, other = EmotionClassifier(load_weights("founding")).predict_with_rest(CROPS[0])
    assert np.isnan(other)


def test_a_face_that_surely_shows_another_emotion_has_probabilities_without_a_calibration_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In steps of 1/256, a network that is sure of fear says 0 of all five."""
    known = dataclasses.replace(load_weights("broad"), calibration=None)
    monkeypatch.setattr(EmotionClassifier, "_check_probabilities", lambda self, name: None)
    classifier = EmotionClassifier(known)
    monkeypatch.setattr(classifier, "outputs", lambda crop: np.array([0, 0, 0, 0, 0, 255 / 256, 0], np.float32))
    five, other = classifier.predict_with_rest(CROPS[0])
    assert five.tolist() == pytest.approx([0.2] * 5)
    assert other == pytest.approx(255 / 256)
    monkeypatch.setattr(classifier, "outputs", lambda crop: np.array([0, 3, 1, 0, 0, 252, 0], np.float32) / 256)
    five, other = classifier.predict_with_rest(CROPS[0])
    assert five.tolist() == pytest.approx([0, 0.75, 0.25, 0, 0]), "small ones are what they are"


def test_a_network_whose_card_does_not_say_how_frequent_others_are_says_nothing_of_them() -> None:
    known = load_weights("broad")
    assert known.calibration is not None
    older = dataclasses.replace(known, calibration=dataclasses.replace(known.calibration, others=()))
    assert np.isnan(EmotionClassifier(older).predict_with_rest(CROPS[0])[1])
    with pytest.raises(UsageError, match="knows 5"):
        EmotionClassifier(older, words=SEVEN)


# Tables


def test_both_vocabularies_are_known_by_the_columns_of_a_table() -> None:
    for name, settings in (("five", Settings()), ("seven", SEVEN_WORDS)):
        words = carried(settings).words
        assert vocabulary_in(observation_columns(words)) == vocabulary_in(f"share_{word}" for word in words) == name
        assert carried_in(observation_columns(words)) == carried(settings)
        assert set(observation_columns(words)) >= {column.name for column in COLUMNS[name]}
    assert vocabulary_in([]) == "five"


def test_a_table_with_seven_words_comes_back_as_it_was(tmp_path: Path) -> None:
    table, path = with_seven(observations([(0, 3, 40.0, "happy")], 4.0), fear=0.25), tmp_path / "observations.csv"
    write_table(table, path)
    assert not lacks_columns(path)
    assert tuple(read_observations(path).columns) == observation_columns(SEVEN)
    needed = read_observations(path, NEEDED)
    assert {"fear", "disgust"} <= set(needed.columns)
    assert "other" not in needed.columns
    before = path.read_bytes()
    rewrite_observations(needed, np.arange(len(needed), dtype=np.int32), path, path)
    assert path.read_bytes() == before


def test_a_table_of_an_earlier_version_has_valence_and_no_word_about_others(tmp_path: Path) -> None:
    table = observations([(0, 3, 40.0, "happy")], 4.0).drop(columns=["other", "valence"])
    write_table(table, tmp_path / "observations.csv")
    assert lacks_columns(tmp_path / "observations.csv")
    back = read_observations(tmp_path / "observations.csv")
    assert tuple(back.columns) == OBSERVATIONS
    assert back.loc[back["status"] == "ok", "valence"].to_numpy() == pytest.approx(0.875)
    (row,) = derived(back)["summary"].to_dict("records")
    assert row["mean_valence"] == pytest.approx(0.875)
    assert np.isnan(row["mean_other"])
    assert np.isnan(row["share_other"])


def test_seven_words_go_through_to_every_table() -> None:
    table = with_seven(observations([(0, 9.9, 40.0, "neutral")], 10.0), fear=0.8)
    tables = derived(table)
    assert set(tables["timeline"]["emotion"]) == {"fear"}
    (row,) = tables["summary"].to_dict("records")
    assert (row["dominant"], row["share_fear"], row["episodes_fear"]) == ("fear", 1.0, 1)
    assert not [name for name in row if "other" in name]


def test_time_in_which_another_emotion_is_more_likely_is_a_share_of_the_summary() -> None:
    table = observations([(0, 9.9, 40.0, "happy")], 10.0)
    table["other"] = np.where(table["time_s"] < 2.5, 0.9, 0.2)
    (row,) = derived(table)["summary"].to_dict("records")
    assert row["share_other"] == pytest.approx(0.25, abs=0.03)
    assert row["mean_other"] == pytest.approx(0.375, abs=0.01)


# More than one recording, and studies


def test_a_folder_with_both_has_a_column_for_every_word_and_leaves_those_empty_that_nobody_told(tmp_path: Path) -> None:
    from videmo.pipeline.folder import FolderContents, _summary
    from videmo.results.folder import ResultsFolder

    table = observations([(0, 9.9, 40.0, "happy")], 10.0)
    recordings = []
    for key, shown in (("five.mp4", table), ("seven.mp4", with_seven(table, disgust=0.1))):
        recordings.append(RecordingResults(build_recording(tmp_path, key, shown)))
    remarks = remarks_on([results.manifest for results in recordings])
    contents = FolderContents(ResultsFolder(tmp_path), recordings, [], remarks, {})
    summary = _summary(contents).set_index("recording")
    assert summary["mean_disgust"].isna().tolist() == [True, False]
    assert summary["share_other"].isna().tolist() == [False, True]
    assert summary["share_happy"].tolist() == [1.0, 1.0]


@pytest.mark.parametrize("likely", [0.9, 0.5])
def test_the_page_of_a_folder_says_where_five_words_are_too_few(tmp_path: Path, likely: float) -> None:
    table = observations([(0, 9.9, 40.0, "surprise")], 10.0)
    table["other"] = np.where(table["time_s"] < 2.5, likely, 0.1)
    results = RecordingResults(build_recording(tmp_path, "afraid.mp4", table))
    (row,) = index_rows([results], [], {}, remarks_on([results.manifest]))
    said = [remark.replace("\N{NO-BREAK SPACE}", " ") for remark in row.remarks]
    assert said == (["fear or disgust more likely for 24 % of the time"] if likely > 0.5 else [])


def test_a_study_asks_for_the_words_that_it_is_about(tmp_path: Path) -> None:
    from videmo.pipeline.study.begin import begin_study, check_study

    table = observations([(0, 9.9, 40.0, "happy")], 10.0)
    build_recording(tmp_path / "out", "anna.mp4", with_seven(table, disgust=0.1))
    begin_study(tmp_path / "out", tmp_path / "study")
    plan = tmp_path / "study" / "study.toml"
    assert 'emotions = "seven"' in plan.read_text()
    check_study(tmp_path / "study")
    plan.write_text(plan.read_text().replace('emotions = "seven"', 'emotions = "five"'))
    with pytest.raises(StudyError, match="seven words"):
        check_study(tmp_path / "study")
