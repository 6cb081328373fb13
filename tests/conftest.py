"""What the tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of sample clips that ships with the project."""
    return SAMPLES


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder with data that is not part of the project; tests that need it are skipped without it."""
    folder = os.environ.get("VIDEMO_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("VIDEMO_DATA is not set to a folder with data/, models/ and recordings/")
    return Path(folder)
