"""Follow the first hour of the documentation: ``python -m tests.first_hour [RECORDINGS]``.

With a folder of recordings in place of the samples, what is printed differs; only exit codes, examples and files count.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from walks import walk  # noqa: E402


def main() -> int:
    """Walk, and say what is not as the page says."""
    others = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory() as folder:
        recordings = Path(folder, "interviews")
        recordings.mkdir()
        for clip in sorted((others or ROOT / "samples").glob("*.mp4")):
            shutil.copy(clip, recordings)
        if others:  # the page names two of the samples
            shutil.copy(ROOT / "samples" / "two-people.mp4", recordings)
        faults = walk(ROOT / "docs" / "first-hour.md", Path(folder), exact=others is None)
    print("\n\n".join(faults) or "The first hour goes as it says.")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
