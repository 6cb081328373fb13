"""Describe the machine in words, for measurements that depend on it, and tell whether it has memory left."""

from __future__ import annotations

import math
import mmap
import os
import platform
from pathlib import Path
from typing import Final

ONE_THREAD: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""Variables of the environment that keep libraries for linear algebra to one thread, if set before they are loaded."""

SCIPY_BYTES: Final = 256 << 20
"""What loading scipy takes at most: its libraries, and the buffers of its OpenBLAS."""


def machine() -> str:
    """Name the cores, processor, memory and Python of this machine."""
    count = usable_cores()
    size = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        size = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GB"
    return f"{count} cores ({processor()}){size}, Python {platform.python_version()}"


def processor() -> str:
    """Name the processor, as far as the system does."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def usable_cores(limits: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> int:
    """Count the cores that this process may use: on the machine, by its affinity, and in its container.

    Args:
        limits: where Linux shows the limits of control groups.
        own: the file that names those of this process.
    """
    affine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quotas = [_quota(folder) for folder in _groups(limits, own, "cpu")]
    return max(1, min([affine, *(math.ceil(quota) for quota in quotas if quota)]))


def memory_bytes(limits: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> int | None:
    """Return how much memory this process may use, in its container too; None where the system does not say.

    Args:
        limits: where Linux shows the limits of control groups.
        own: the file that names those of this process.
    """
    found = []
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for folder in _groups(limits, own, "memory"):
        words = [_word(folder / name) for name in ("memory.max", "memory.limit_in_bytes")]
        found += [int(word) for word in words if word.isdecimal()]
    return min(found, default=None)


def free_bytes() -> int | None:
    """Return how much memory of the machine is not in use; None where the system does not say."""
    info = Path("/proc/meminfo")
    lines = info.read_text().splitlines() if info.exists() else []
    free = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(free[0]) << 10 if free else None


def _groups(limits: Path, own: Path, kind: str) -> list[Path]:
    """List the folders with limits of a kind that hold for this process: of its groups, and of those around them."""
    try:
        lines = [line.split(":", 2) for line in own.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return []
    folders = []
    for line in lines:
        if len(line) == 3 and (not line[1] or kind in line[1].split(",")):  # version 2 has one tree for all kinds
            root = limits / kind if line[1] else limits
            inner = root / line[2].strip("/")
            folders += [inner, *(parent for parent in inner.parents if parent.is_relative_to(root))]
    return folders


def _quota(folder: Path) -> float | None:
    """Read how many cores a control group may use; None for as many as there are."""
    words = _word(folder / "cpu.max").split() or [
        _word(folder / "cpu.cfs_quota_us"), _word(folder / "cpu.cfs_period_us")
    ]  # fmt: skip
    if len(words) != 2 or not all(word.isdecimal() and int(word) for word in words):
        return None
    return int(words[0]) / int(words[1])


def _word(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def need_memory(size: int) -> None:
    """Check that a process may still take some memory.

    To be asked before scipy is loaded: OpenBLAS, which comes with it, tries to get its memory for ever.

    Args:
        size: in bytes.

    Raises:
        MemoryError: it may not.
    """
    try:
        mmap.mmap(-1, size).close()
    except (OSError, OverflowError) as exc:
        raise MemoryError(f"{size >> 20} MB cannot be had") from exc
