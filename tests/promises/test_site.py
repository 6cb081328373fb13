"""The documentation can be built as a site, in which no link leads nowhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def test_the_site_is_built_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    built = [sys.executable, str(ROOT / "docs" / "site" / "build.py"), str(tmp_path / "site")]
    done = subprocess.run(built, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "site" / "docs" / "python.html").read_text(encoding="utf-8")
    assert "videmo.analyze" in page
    assert (tmp_path / "site" / "reports" / "example" / "report-light.png").is_file()
    for path in (tmp_path / "site").rglob("*.html"):
        loaded = re.findall(r'<(?:script|img|iframe)[^>]* src="(https?:[^"]*)"', path.read_text(encoding="utf-8"))
        styles = re.findall(
            r'<link[^>]* rel="(?:stylesheet|preload)"[^>]* href="(https?:[^"]*)"', path.read_text("utf-8")
        )
        assert loaded == styles == [], path
