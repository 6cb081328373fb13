"""Count what a recording in object storage costs: requests and bytes, for blocks of different sizes.

    PYTHONPATH=.:tests/support python benchmarks/cloud.py RECORDING …

A server on this machine stands for the storage (moto), so that requests and bytes are exact, and times say nothing.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from buckets import serving
from inline import InlineEngine
from videmo.batch.discover import discover
from videmo.batch.progress import Silent
from videmo.batch.run import run_batch
from videmo.config import load_settings
from videmo.store import ranges
from videmo.store.recordings import reading
from videmo.store.stores import store_of
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe

BLOCKS = (2**18, 2**20, 2**22)
TABLES = {"annotation.enabled": False, "plots.enabled": False, "report.enabled": False, "reading.fps": 1.0}


def main() -> None:
    """Print a row for each recording and block size."""
    settings = load_settings(overrides=TABLES)
    print("| recording | MB | block | probing: requests, MB | planning | tables: GETs, MB | share of the file |")
    print("|---|---|---|---|---|---|---|")
    with serving() as bucket:
        for path in map(Path, sys.argv[1:]):
            store_of(bucket.location("in")).put(path.read_bytes(), path.name)
            location, size = bucket.location(f"in/{path.name}"), path.stat().st_size
            for block in BLOCKS:
                ranges.BLOCK_BYTES = block  # type: ignore[misc]
                costs = []
                with reading(location) as far:
                    bucket.reset()
                    recording = probe(far)
                    costs.append((len(bucket.requests), bucket.sent_bytes))
                    bucket.reset()
                    plan_chunks(recording, chunk_s=settings.reading.chunk_s)
                    costs.append((len(bucket.requests), bucket.sent_bytes))
                bucket.reset()
                with tempfile.TemporaryDirectory() as out:
                    options = {"jobs": 1, "overwrite": False, "progress": Silent(), "engine": InlineEngine}
                    result = run_batch(discover([location], Path(out)), Path(out), settings, **options)  # type: ignore[arg-type]
                assert not result.failed
                got, sent = bucket.counts()["GET"], bucket.sent_bytes
                shown = " | ".join(f"{count}, {sent_bytes / 1e6:.1f}" for count, sent_bytes in costs)
                print(
                    f"| {path.name} | {size / 1e6:.1f} | {block // 1024} KiB | {shown} | {got}, {sent / 1e6:.1f} "
                    f"| {sent / size:.2f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
