"""The documentation can be built as a site, in which no link leads nowhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from browser import Browser

ROOT = Path(__file__).parents[2]
RESULT = ".md-search-result__link"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation as a site."""
    pytest.importorskip("mkdocs")
    target = tmp_path_factory.mktemp("docs & pages #1") / "site"
    built = [sys.executable, str(ROOT / "docs" / "site" / "build.py"), str(target)]
    done = subprocess.run(built, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def test_the_site_is_built_and_loads_nothing_from_elsewhere(site: Path) -> None:
    assert "videmo.analyze" in (site / "docs" / "python.html").read_text(encoding="utf-8")
    assert (site / "reports" / "example" / "readme-light.png").is_file()
    for path in site.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|iframe)[^>]* src="(https?:[^"]*)"', page)
        styles = re.findall(r'<link[^>]* rel="(?:stylesheet|preload)"[^>]* href="(https?:[^"]*)"', page)
        assert loaded == styles == [], path


def test_the_site_is_searched_from_the_disk_without_a_network(site: Path, chromium: Browser) -> None:
    chromium.open(site / "docs" / "tasks.html")
    chromium.until("return document.readyState === 'complete'")
    chromium.press("/", *"dyads")
    chromium.until(f"return document.querySelector('{RESULT}')")
    results = chromium.run(f"return [...document.querySelectorAll('{RESULT}')].map((link) => link.href)")
    assert any(address.startswith((site / "docs" / "study.html").as_uri()) for address in results), results
    chromium.click(f"{RESULT}[href*='docs/study.html']")
    chromium.until("return location.pathname.endsWith('/docs/study.html') && document.readyState === 'complete'")
    assert [
        address for address in chromium.requests() if not address.startswith((site.as_uri(), "data:", "about:"))
    ] == []
    assert chromium.complaints() == []


def test_the_search_finds_again_what_is_typed_anew(site: Path, chromium: Browser) -> None:
    chromium.open(site / "index.html", width=390, height=844)
    chromium.until("return document.readyState === 'complete'")
    chromium.click("header label[for=__search]")
    chromium.press(*"xyzzyx")
    chromium.until("return document.querySelector('.md-search-result__meta').textContent.includes('No matching')")
    chromium.click(".md-search__options button[type=reset]")
    chromium.press(*"shards")
    chromium.until(f"return document.querySelector('{RESULT}[href*=\"docs/cluster.html\"]')")
