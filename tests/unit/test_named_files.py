"""Networks that settings name by file: which they are, and that no other file takes their place on the way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clips import make_clip
from inline import InlineEngine
from videmo.batch.progress import Silent
from videmo.batch.run import run_batch
from videmo.batch.shards import Shard, run_shard
from videmo.config import load_settings
from videmo.errors import UsageError
from videmo.records import Source
from videmo.settings import Settings
from videmo.settings.tree import declarations
from videmo.weights import FOLDER
from videmo.weights.named import differing, digests_of, named_files

BRIEF = {"reading.fps": 2.0, "annotation.enabled": False, "plots.enabled": False, "report.enabled": False}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A network of the user's own, with its card."""
    return put(tmp_path / "own.tflite", "ferplus")


def put(path: Path, network: str) -> Path:
    """Put a shipped network, and its card, at another place."""
    for suffix in (".tflite", ".json"):
        shutil.copy(FOLDER / f"{network}{suffix}", path.with_suffix(suffix))
    return path


def settings(**named: object) -> Settings:
    dotted = {f"{section}.name": str(name) for section, name in named.items()}
    return load_settings(None, {**BRIEF, **dotted})


def test_every_setting_that_can_name_a_file_is_declared_so() -> None:
    found = {name for name, each in declarations().items() if each.setting.names_file}
    worded = {name for name, each in declarations().items() if "path of" in each.setting.sentence}
    assert found == worded == {"detector.name", "landmarks.name", "classifier.name", "identity.name"}


def test_what_ships_is_no_file_of_its_own_and_all_else_is(own: Path) -> None:
    assert named_files(Settings()) == ()
    assert named_files(settings(classifier="residual", detector="haar")) == ()
    assert named_files(settings(classifier=own, detector="yunet", identity="faces.tflite")) == (
        "yunet",
        str(own),
        "faces.tflite",
    )


def test_a_digest_tells_networks_and_cards_apart_and_that_one_is_not_there(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDEMO_MODELS", str(own.parent / "models"))
    names = ("own.tflite", "yunet", "none.xml")
    first = digests_of(names, own.parent)
    assert list(first) == [*names]
    assert first["none.xml"] == first["yunet"] == ""
    assert digests_of((str(own),), Path("/")) == {str(own): first["own.tflite"]}
    own.with_suffix(".json").unlink()
    second = digests_of(names, own.parent)
    assert differing(first, second) == "the network own.tflite there is not the one from here"
    own.with_name("own-cohort.npy").write_bytes(b"averages of faces")
    third = digests_of(names, own.parent)
    assert differing(second, third) == "the network own.tflite there is not the one from here", "who is who hangs on it"
    own.unlink()
    assert differing(first, digests_of(names, own.parent)) == "the network own.tflite is not there"
    assert differing(first, first) == ""


def test_a_network_that_is_replaced_during_a_run_fails_what_is_left(own: Path, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", frames=64, fps=8, gop=16)
    wanted = settings(classifier=own)

    class Meddled(InlineEngine):
        done = 0

        def submit(self, task):  # type: ignore[no-untyped-def]
            Meddled.done += 1
            if Meddled.done == 2:
                put(own, "founding")
            return super().submit(task)

    sources = [Source(tmp_path / "a.mp4", "a.mp4")]
    result = run_batch(sources, tmp_path / "out", wanted, jobs=1, overwrite=False, progress=Silent(), engine=Meddled)
    (outcome,) = result.outcomes
    assert outcome.status == "failed"
    assert "own.tflite" in outcome.reason
    assert "was replaced since the run began" in outcome.reason
    again = run_batch(
        sources, tmp_path / "out", wanted, jobs=1, overwrite=False, progress=Silent(), engine=InlineEngine
    )
    assert again.outcomes[0].status == "analysed"


def test_shards_with_another_network_at_the_same_place_are_refused(own: Path, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", frames=16, fps=8)
    wanted, sources = settings(classifier=own), [Source(tmp_path / "a.mp4", "a.mp4")]

    def start(index: int) -> None:
        shard = Shard(index, 3)
        run_shard(
            sources, tmp_path / "out", wanted, shard, jobs=1, overwrite=False, progress=Silent(),
            engine=InlineEngine,
        )  # fmt: skip

    start(1)
    put(own, "founding")
    with pytest.raises(UsageError, match=r"shards with another .*own.tflite have begun there"):
        start(2)
    put(own, "ferplus")
    start(2)
