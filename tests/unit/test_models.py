"""Networks by name: what users are told of each, and former names."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import videmo
from videmo.cli.app import app
from videmo.config import load_settings
from videmo.errors import UsageError, WeightsError
from videmo.measures.emotions.classifier import EmotionClassifier
from videmo.measures.emotions.identity import classifier_identity
from videmo.settings import ClassifierSettings, Settings
from videmo.training.classifier.broad_card import card_of_data
from videmo.training.classifier.broad_training import BroadSettings, _made
from videmo.training.classifier.fit import FitSettings
from videmo.training.classifier.recipe import load_recipe
from videmo.training.classifier.vggface import TERMS
from videmo.training.common.card import Card, TrainedNetwork, write_network
from videmo.training.detector import command as detector
from videmo.training.identity import command as identity
from videmo.training.landmarks import command as landmarks
from videmo.weights import FOLDER, FORMER, card, current_name, load_weights, shipped
from videmo.weights.fetch import MODELS
from videmo.weights.listing import KINDS, UNKNOWN_TERMS, known_card, networks, terms_of, worded_terms
from videmo.weights.page import card_page, shipped_pages

SHIPPED = [name for kind in KINDS for name in shipped(kind)]


def said(*arguments: str) -> str:
    """What a command prints, in one line."""
    done = CliRunner().invoke(app, ["models", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return " ".join(done.output.split())


def test_every_file_of_weights_is_of_a_known_kind() -> None:
    assert sorted(SHIPPED) == sorted(path.stem for path in FOLDER.glob("*.tflite"))


def test_every_network_is_listed_with_its_size_and_terms() -> None:
    listed = said("list")
    for name in SHIPPED:
        assert worded_terms(terms_of(card(name), name)) in listed
        assert card(name)["about"] in listed
    for name in (*SHIPPED, "haar", *MODELS):
        assert sum(network.name == name for network in networks()) == 1
    assert "ferplus, 2.7 MB; ships with videmo" in listed
    assert UNKNOWN_TERMS not in listed


def test_the_defaults_are_those_of_the_settings() -> None:
    settings = Settings()
    assert {network.kind: network.name for network in networks() if network.default} == {
        "detector": settings.detector.name,
        "landmarks": settings.landmarks.name,
        "classifier": settings.classifier.name,
        "identity": settings.identity.name,
    }


def test_what_is_for_research_only_comes_first() -> None:
    terms = {"votes": "MIT", "pictures": "research use", "faces": "CC0", "more pictures": "research use"}
    assert worded_terms(terms) == "pictures, more pictures (research use); votes (MIT); faces (CC0)"
    assert worded_terms({}) == UNKNOWN_TERMS


def test_the_pages_of_the_cards_are_made_from_the_cards() -> None:
    for name, page in shipped_pages().items():
        found = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
        assert found == page, f"{name}: run make docs"
        for source, licence in card(name)["terms"].items():
            assert f"{source}: {licence}" in page


def test_the_terms_of_the_recipes_are_those_of_what_they_made() -> None:
    for name in ("ferplus", "founding"):
        recipe, known = load_recipe(name), card(name)
        assert (recipe.terms, recipe.about) == (known["terms"], known["about"])


def test_a_card_is_shown_by_name_and_by_file(tmp_path: Path) -> None:
    assert "FER+'s votes: MIT" in said("show", "ferplus")
    assert said("show", "residual").startswith("# ferplus")
    for suffix in (".tflite", ".json"):
        shutil.copy(FOLDER / f"founding{suffix}", tmp_path / f"mine{suffix}")
    assert "FER2013: research use" in said("show", str(tmp_path / "mine.tflite"))
    (tmp_path / "mine.json").write_text(json.dumps({"emotions": ["neutral"]}))
    assert f"terms: {UNKNOWN_TERMS}" in said("show", str(tmp_path / "mine.tflite"))
    with pytest.raises(UsageError, match=r"nothing: no network with a card\. Choose from videmo, points, broad"):
        known_card("nothing")


def _own(folder: Path, **calibration: object) -> str:
    """The shipped network as one of one's own, with other values in its calibration."""
    shutil.copy(FOLDER / "broad.tflite", folder / "mine.tflite")
    known = card("broad")
    content = {**known, "calibration": {**known["calibration"], **calibration}}
    (folder / "mine.json").write_text(json.dumps(content))
    return str(folder / "mine.tflite")


@pytest.mark.parametrize(
    "calibration",
    [{"prior": [0.3, 0.3, 0.4]}, {"prior": [0.2, 0.2, 0.2, 0.2, 0.1, 0.05, 0.05]}, {"others": [0.1]}],
    ids=str,
)
def test_a_calibration_for_other_outputs_than_the_networks_is_refused(
    calibration: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(WeightsError, match=r"calibration for \d and \d others, expected 5 emotions, and 2"):
        EmotionClassifier(load_weights(_own(tmp_path, **calibration)))


def test_a_file_that_is_not_that_of_the_card_beside_it_is_refused(tmp_path: Path) -> None:
    own = Path(_own(tmp_path))
    assert load_weights(str(own)).sha256 == load_weights("broad").sha256
    content = bytearray(own.read_bytes())
    content[len(content) // 2] ^= 0x40
    own.write_bytes(content)
    with pytest.raises(WeightsError, match=r"mine.tflite: not the file of the card beside it: its sha256 is"):
        load_weights(str(own))
    own.with_suffix(".json").write_text("[]")
    with pytest.raises(WeightsError, match=r"mine\.json: not the card of a network"):
        load_weights(str(own))


def test_damaged_terms_are_named() -> None:
    with pytest.raises(WeightsError, match=r"mine: its card has the terms \['MIT'\], expected a licence for each"):
        terms_of({"terms": ["MIT"]}, "mine")
    with pytest.raises(WeightsError, match="mine: its card has a damaged calibration"):
        card_page({"calibration": {}}, "mine")


@pytest.mark.parametrize(("former", "name"), FORMER.items())
def test_a_former_name_is_the_same_network(former: str, name: str) -> None:
    assert current_name(former) == current_name(name) == name
    assert former not in SHIPPED
    assert load_weights(former) == load_weights(name)
    assert card(former) == card(name)
    settings = load_settings(overrides={"classifier.name": former})
    assert classifier_identity(settings.classifier) == classifier_identity(ClassifierSettings(name=name))
    assert videmo.EmotionClassifier(former).settings.name == former
    assert load_recipe(former) == load_recipe(name)


@pytest.mark.parametrize(
    ("command", "kind"), [(detector, "detector"), (landmarks, "landmarks"), (identity, "identity")]
)
def test_training_writes_what_users_want_to_know(command: Any, kind: str, tmp_path: Path) -> None:
    said = Card(command.NAME, kind, command.ABOUT, command.DATA, command.TERMS, FitSettings(), training_faces=7)
    path = write_network(tmp_path, TrainedNetwork(b"int8", b"float", 12), said)
    known = known_card(str(path))
    assert terms_of(known, "new") == dict(command.TERMS)
    page = path.with_suffix(".md").read_text(encoding="utf-8")
    assert page == card_page(known, command.NAME)
    for text in (command.ABOUT, *command.DATA, *command.TERMS, "12 parameters"):
        assert text in page


def test_the_card_of_broad_says_what_it_learned_from() -> None:
    tables = ("webfaces", "wider", "masks", "diverse", "identities")
    said = card_of_data({"ferplus": 24_000, "mine": 12}, 3000, tables, 34)
    assert said["data"][0] == "FER+ (Barsoum et al., 2016) on FER2013: 24,000 images"
    assert said["data"][1] == "mine: 12 images"
    assert "34 images that look like a validation or test image" in said["data"][2]
    assert said["data"][3].startswith("3,000 faces of Caltech web faces, WIDER FACE, ")
    assert said["data"][3].endswith(" UTKFace, LFW and Glint360K, labelled by teachers")
    assert len(card_of_data({}, 0, (), 0)["data"]) == 1
    assert card("broad")["terms"] == said["terms"] | TERMS
    fewer = card_of_data({}, 3, ("diverse",), 0)
    assert fewer["data"][-1] == "3 faces of UTKFace, labelled by teachers"
    assert "UTKFace" in fewer["terms"]
    assert not any("WIDER" in what for what in fewer["terms"])
    made = " ".join(_made(BroadSettings(), "ferplus"))
    assert "2 wide teachers" in made
    assert "begun with the residual network of five outputs ferplus" in made
