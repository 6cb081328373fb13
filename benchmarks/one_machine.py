"""Compare what whole commands take in another checkout: ``python benchmarks/one_machine.py --before FOLDER``.

Both run turn about with the same Python and libraries, after one pair that does not count. Recordings are those of
``$VIDEMO_DATA/recordings``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

NOW: Final = Path(__file__).resolve().parents[1]
COMMANDS: Final = (
    (("--help",), 15),
    (("analyze", "phone-neutral-to-smile.mp4"), 6),
    (("analyze", "woman-three-moods.mp4", "--no-annotate", "--jobs", "2"), 5),
)
"""Each with the number of its rounds."""


def main() -> None:
    """Print a row for each command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", type=Path, required=True, help="a checkout of an earlier commit")
    parser.add_argument("--rounds", type=int, help="of each command; its own number by default")
    chosen = parser.parse_args()
    recordings = Path(os.environ.get("VIDEMO_DATA", "")) / "recordings"
    if not recordings.is_dir():
        sys.exit(f"{recordings}: no such folder. Set VIDEMO_DATA.")
    print("| command | rounds | before | now | now / before | largest process before | now |")
    print("|---|---|---|---|---|---|---|")
    for command, rounds in COMMANDS:
        pairs = [_pair(command, chosen.before.resolve(), recordings, bool(number % 2))
                 for number in range(1 + (chosen.rounds or rounds))][1:]  # fmt: skip
        before, now = ([statistics.median(values) for values in zip(*side)] for side in zip(*pairs))
        ratio = statistics.median(new[0] / old[0] for old, new in pairs)
        print(f"| `videmo {' '.join(command)}` | {len(pairs)} | {before[0]:.2f} s | {now[0]:.2f} s | {ratio:.3f} "
              f"| {before[1]:.0f} MB | {now[1]:.0f} MB |", flush=True)  # fmt: skip


def _pair(command: tuple[str, ...], before: Path, recordings: Path, turned: bool) -> list[tuple[float, float]]:
    """Run a command in both checkouts; returns what it took before and now."""
    order = [NOW, before] if turned else [before, NOW]
    took = {checkout: _cost(command, checkout, recordings) for checkout in order}
    return [took[before], took[NOW]]


def _cost(command: tuple[str, ...], checkout: Path, recordings: Path) -> tuple[float, float]:
    """Return the processor time in seconds of all processes of a command, and the memory of the largest, in MB."""
    with tempfile.TemporaryDirectory() as folder:
        out = ["--out", folder] if command[0] == "analyze" else []
        measured = (
            "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
            "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
            "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)"
        )
        run = [sys.executable, "-c", measured, sys.executable, "-m", "videmo", *command, *out]
        environment = {**os.environ, "PYTHONPATH": str(checkout)}
        done = subprocess.run(run, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                              cwd=recordings, env=environment)  # fmt: skip
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


if __name__ == "__main__":
    main()
