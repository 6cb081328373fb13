"""Build the documentation as a site that can be read without a network: ``python docs/site/build.py [TARGET]``.

Pages link to each other as they lie in the repository, also to reports and pictures outside of ``docs``. So all of them
are put into one folder in the same places, and links that lead nowhere end the build.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGES = ("docs", "reports", "samples")
"""Folders that pages, pictures and tables are taken from, apart from the repository's own folder."""
KINDS = (".md", ".png", ".jpg", ".json", "")


def stage(folder: Path) -> None:
    """Copy pages and what they show or link to."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    for name in tracked:
        path = Path(name)
        if (
            name
            and path.suffix in KINDS
            and (path.parts[0] in PAGES or (len(path.parts) == 1 and path.suffix == ".md"))
        ):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def main() -> int:
    """Build the site."""
    target = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "site"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "pages").mkdir()
        stage(Path(folder) / "pages")
        shutil.copytree(HERE / "theme", Path(folder) / "theme")
        text = (HERE / "mkdocs.yml").read_text(encoding="utf-8")
        (Path(folder) / "mkdocs.yml").write_text(text.replace("paths: [../..]", f"paths: ['{ROOT}']"), encoding="utf-8")
        command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(target)]
        return subprocess.run([*command, "--config-file", f"{folder}/mkdocs.yml"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
