"""Look at the machine: processor, cores, memory, and the places where files are written."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from videmo.doctor.findings import FAULT, OK, WARNING, Finding
from videmo.machine import free_bytes, memory_bytes, processor, usable_cores

WORKER_BYTES: Final = 300 << 20
"""Most that a worker takes (reports/benchmarks/throughput.md)."""
_FAST: Final = ("AVX2", "AVX512", "NEON")
"""Features by which networks are fast."""
_LITTLE: Final = 1 << 30
"""Free bytes below which results of a few hours may not fit."""
_SCRATCH: Final = 100 << 20


def look_at_processor(features: str) -> Finding:
    """Name the processor.

    Args:
        features: as OpenCV lists them, with a question mark behind those that are missing; empty if it could not be
            asked.
    """
    there = [name.strip("*") for name in features.split() if not name.endswith("?")]
    known = [name for name in there if name.startswith(_FAST)]
    says = f"{processor()}, {platform.machine()}{', ' + ', '.join(known) if known else ''}"
    if features and not known:
        advice = "Networks run several times as long as on one with AVX2 (from about 2013 on)."
        return Finding("processor", WARNING, f"{says}, without AVX2", advice)
    return Finding("processor", OK, says)


def look_at_cores() -> Finding:
    """Count the cores, and those that may be used."""
    there, usable = os.cpu_count() or 1, usable_cores()
    if usable < there:
        says = f"{usable} of {there} may be used (affinity, or the limit of a container or job)"
        return Finding("cores", OK, f"{says}; runs use as many")
    return Finding("cores", OK, f"{usable}; runs use all")


def look_at_memory() -> Finding:
    """Compare the memory with what a run takes."""
    total, free = memory_bytes(), free_bytes()
    if total is None:
        return Finding("memory", OK, "unknown: this system does not say")
    left = total if free is None else min(total, free)
    needed = usable_cores() * WORKER_BYTES
    says = f"{_gb(total)}, {_gb(left)} of it free; a run with {usable_cores()} workers takes up to {_gb(needed)}"
    if left < needed:
        jobs = max(1, left // WORKER_BYTES)
        counted = "1 job" if jobs == 1 else f"{jobs} jobs"
        return Finding("memory", WARNING, says, f"Close other programs, or run {counted} at a time.")
    return Finding("memory", OK, says)


def look_at_places(out: Path) -> Iterator[Finding]:
    """Try whether results can be written, and temporary files."""
    yield _place("results", out, _LITTLE)
    yield _place("scratch", Path(tempfile.gettempdir()), _SCRATCH)


def _place(topic: str, folder: Path, least: int) -> Finding:
    """Try whether a folder, which need not exist yet, can be written to, and has room."""
    there = _nearest(folder)
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".videmo-"):
            free = shutil.disk_usage(there).free
    except OSError as exc:
        advice = "Choose another folder, or change its permissions."
        return Finding(topic, FAULT, f"{folder} cannot be written to ({exc.strerror or exc})", advice)
    says = f"{_gb(free)} free in {folder}"
    if free < least:
        return Finding(topic, WARNING, says, "Make room, or choose another folder.")
    return Finding(topic, OK, says)


def _nearest(folder: Path) -> Path:
    whole = folder.absolute()
    return next((each for each in (whole, *whole.parents) if each.exists()), whole)


def _gb(size: int) -> str:
    return f"{size / 2**30:,.1f} GB"
