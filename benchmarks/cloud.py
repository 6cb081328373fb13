"""Count what a recording in object storage costs: requests and bytes, for blocks of different sizes.

    PYTHONPATH=.:tests/support python benchmarks/cloud.py [--chunk SECONDS] [--block KIB …] RECORDING …

A server on this machine stands for the storage (moto), so that requests and bytes are exact, and times say nothing.
Everything is read three times: by processes that share nothing, as on machines of their own; by processes of one
machine, which keep what they read; and there again with the annotated video.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from buckets import Bucket, serving
from inline import InlineEngine
from videmo.batch.discover import discover
from videmo.batch.progress import Silent
from videmo.batch.run import run_batch
from videmo.config import load_settings
from videmo.store import ranges
from videmo.store.kept import PLACE, Kept
from videmo.store.recordings import reading
from videmo.store.stores import store_of
from videmo.video.plan import plan_chunks
from videmo.video.probe import probe

BLOCKS = (256, 1024, 4096)
TABLES = {"annotation.enabled": False, "plots.enabled": False, "report.enabled": False, "reading.fps": 1.0}


def main() -> None:
    """Print a row for each recording and block size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--chunk", type=float, default=60.0)
    parser.add_argument("--block", type=int, action="append", help="in KiB")
    parser.add_argument("recordings", nargs="+", type=Path)
    wanted = parser.parse_args()
    print("| recording | MB | chunks | block | probing | planning | nothing kept | tables | tables and video |")
    print("|---|---|---|---|---|---|---|---|---|")
    with serving() as bucket:
        for path in wanted.recordings:
            store_of(bucket.location("in")).put(path.read_bytes(), path.name)
            for block in wanted.block or BLOCKS:
                ranges.BLOCK_BYTES = block * 1024  # type: ignore[misc]
                size = path.stat().st_size
                chunks, first = looked_at(bucket, path.name, wanted.chunk)
                runs = [
                    cost(bucket, path.name, wanted.chunk, kept=kept, video=video)
                    for kept, video in ((False, False), (True, False), (True, True))
                ]
                shown = [f"{count}, {read / 1e6:.1f} MB" for count, read in first]
                shown += [f"{count}, {read / size:.2f} ×" for count, read in runs]
                print(
                    f"| {path.name} | {size / 1e6:.1f} | {chunks} | {block} KiB | {' | '.join(shown)} |",
                    flush=True,
                )


def looked_at(bucket: Bucket, name: str, chunk_s: float) -> tuple[int, list[tuple[int, int]]]:
    """Probe and plan; returns the number of chunks, and requests and bytes of both."""
    costs = []
    with reading(bucket.location(f"in/{name}")) as far:
        bucket.reset()
        recording = probe(far)
        costs.append(fetched(bucket, name))
        bucket.reset()
        chunks = plan_chunks(recording, chunk_s=chunk_s)
        costs.append(fetched(bucket, name))
    return len(chunks), costs


def cost(bucket: Bucket, name: str, chunk_s: float, *, kept: bool, video: bool) -> tuple[int, int]:
    """Analyse a recording; returns requests for it, and bytes of it."""
    settings = load_settings(overrides={**TABLES, "reading.chunk_s": chunk_s, "annotation.enabled": video})
    bucket.reset()
    place = Kept(kept)
    os.environ[PLACE] = str(place.place or "")
    try:
        with tempfile.TemporaryDirectory() as out:
            options = {"jobs": 1, "overwrite": False, "progress": Silent(), "engine": InlineEngine}
            location = bucket.location(f"in/{name}")
            result = run_batch(discover([location], Path(out)), Path(out), settings, **options)  # type: ignore[arg-type]
    finally:
        place.close()
    assert not result.failed
    return fetched(bucket, name)


def fetched(bucket: Bucket, name: str) -> tuple[int, int]:
    """Number of requests for ranges of a recording, and their bytes."""
    asked = [each for method, path, each in bucket.requests if method == "GET" and path.endswith(f"/{name}")]
    bounds = [each.removeprefix("bytes=").split("-") for each in asked if each]
    return len(bounds), sum(int(last) - int(first) + 1 for first, last in bounds)


if __name__ == "__main__":
    main()
