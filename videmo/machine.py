"""Describe the machine in words, for measurements that depend on it, and tell whether it has memory left."""

from __future__ import annotations

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
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    size = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        size = f", {os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GB"
    return f"{count} cores ({model}){size}, Python {platform.python_version()}"


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
