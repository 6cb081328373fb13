"""Run parts of the torture: ``python -m tests.torture [PART …] [--count N] [--seed N]``."""

from __future__ import annotations

import argparse
import importlib
import shutil
import sys
from pathlib import Path

from .harness import ROOT, Options, commit, page, played, state_of_the_code

PARTS = ("damage", "kills", "faults", "fuzzing", "security", "cluster")


def main() -> int:
    """Run the parts that are named, else all of them; returns 1 if anything was found."""
    asked = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    asked.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all by default")
    asked.add_argument("--count", type=int, help="how many files, kills or examples; the part's own number by default")
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--work", type=Path, default=ROOT / "runs" / "torture", help="for journals and what is made")
    asked.add_argument("--reports", type=Path, default=ROOT / "reports" / "reliability")
    given = asked.parse_args()
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        asked.error(f"no such part: {', '.join(sorted(unknown))}")
    return max([run(name, given) for name in given.parts or PARTS])


def run(name: str, given: argparse.Namespace) -> int:
    """Run one part, or go on with it, and write its page."""
    part = importlib.import_module(f"{__package__}.{name}")
    count = given.count or part.COUNT
    work = given.work.absolute() / f"{name}-{given.seed}-{count}"
    state, made_from = state_of_the_code(Path(part.__file__)), commit()
    journal = work / f"{state}.jsonl"
    if not journal.exists():
        shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, exist_ok=True)
    print(f"{name}: {count}, seed {given.seed}; stopped and started again, it goes on ({journal})", flush=True)
    options = Options(count, given.seed, work / "scratch", work / "kept")
    entries = played(part.rounds(options), journal, lambda words: print(f"{name} {words}", flush=True))
    if state_of_the_code(Path(part.__file__)) != state:
        made_from += "; the code was changed while this ran"
    how = f"python -m tests.torture {name} --count {count} --seed {given.seed}"
    given.reports.mkdir(parents=True, exist_ok=True)
    (given.reports / f"{name}.md").write_text(page(part.TITLE, part.SAID, how, entries, made_from), encoding="utf-8")
    found = sum(len(entry.found) for entry in entries)
    print(f"{name}: {found or 'no'} faults in {len(entries)} rounds", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
