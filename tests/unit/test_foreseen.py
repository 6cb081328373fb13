"""A dry run says what a run does, and is refused where that is."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from clips import make_clip
from results import build_manifest
from videmo.batch.shards import Shard, agreement_of
from videmo.cli.app import app
from videmo.config import load_settings
from videmo.results.folder import ResultsFolder
from videmo.results.manifest_file import write_manifest
from videmo.results.names import MANIFEST
from videmo.results.shards import ShardNotes


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    make_clip(tmp_path / "a.mp4", frames=10)
    return tmp_path / "a.mp4"


def foreseen(clip: Path, out: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["analyze", str(clip), "--out", str(out), "--dry-run", "--jobs", "1", *arguments])


def test_a_shard_is_refused_where_others_have_begun_otherwise(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ShardNotes(ResultsFolder(out)).agree(agreement_of(Shard(1, 2), load_settings()))
    found = foreseen(clip, out, "--shard", "1/4")
    assert found.exit_code != 0
    assert "shards of 2 have begun there, expected shards of 2, not of 4" in str(found.exception)


def test_the_folder_of_a_single_recording_is_refused(clip: Path, tmp_path: Path) -> None:
    with ResultsFolder(tmp_path / "a").recording("b").writing(MANIFEST) as path:
        write_manifest(build_manifest(clip, "b"), path)
    assert "this is the folder of a single recording" in str(foreseen(clip, tmp_path / "a" / "b").exception)
