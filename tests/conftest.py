"""What the tests share."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from once import once
from runs import link, videmo
from studies import sketched

if TYPE_CHECKING:
    from browser import Browser

# Who is started in the background of a script ignores Ctrl-C, and so does all that is started from there.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Where nothing that is compiled may be kept, each process that a test starts would compile the whole package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

SAMPLES = Path(__file__).parent.parent / "samples"

HARMFUL = "\"'><img src=x onerror=hacked=1>&lt;{{ 7*7 }}%3Cscript%3E.mp4"
"""A file name that would run, if pages took names for markup."""
RIGHT_TO_LEFT = "\N{RIGHT-TO-LEFT OVERRIDE}4pm.وجه.mp4"

RUNS = {"samples", "pages", "reference"}
"""Fixtures that a promise takes when it starts processes on recordings."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the folder that they lie in and the fixtures that they take; what remains is marked by hand."""
    for item in items:
        folder, fixtures = item.path.parent.name, set(getattr(item, "fixturenames", ()))
        if folder == "browser":
            item.add_marker("browser")
        if folder == "data" or "data" in fixtures:
            item.add_marker("data")
        if folder in ("browser", "data") or fixtures & {"data", "pages"} or (folder == "promises" and fixtures & RUNS):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample clips that ships with the project."""
    return SAMPLES


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser; tests in one are skipped where there is none."""
    from browser import browser

    with browser() as started:
        yield started


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder with data that is not part of the project; tests that need it are skipped without it."""
    folder = os.environ.get("VIDEMO_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("VIDEMO_DATA is not set to a folder with data/, models/ and recordings/")
    return Path(folder)


@pytest.fixture(autouse=True)
def sketches(request: pytest.FixtureRequest) -> Iterator[None]:
    """Studies draw no figures, which is most of the work of a small one, except in tests marked as about figures."""
    of_studies = request.path.parent.name == "unit" and request.path.name.startswith("test_study_")
    with sketched() if of_studies and not request.node.get_closest_marker("figures") else nullcontext():
        yield


@pytest.fixture(scope="session")
def pages(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results with pages: two persons, one, nobody, names made to do harm, and files that failed."""

    def make(place: Path) -> None:
        root = place / "recordings"
        link(samples / "two-people.mp4", root / "day 1" / "two & people #1.mp4")
        link(samples / "expressions.mp4", root / HARMFUL)
        link(samples / "no-face.mp4", root / "=1+1.mp4")
        link(samples / "phone-rotated.mp4", root / RIGHT_TO_LEFT)
        (root / "<b>broken.mp4").write_text("no video")
        done = videmo("analyze", root, "--out", place / "out", "--fps", "5", "--no-plots")
        assert done.returncode == 1, done.stderr

    # A copy for each process: pages are made again in one test while another one may look at them.
    return shutil.copytree(once(tmp_path_factory, "pages", make), tmp_path_factory.mktemp("pages") / "copy") / "out"
