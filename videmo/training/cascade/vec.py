"""Read and write OpenCV's ``.vec`` files of samples.

Little-endian: int32 count, int32 pixels per sample, two int16 of zero; then for each sample a byte of zero and its
pixels, row by row, as int16.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError, UsageError
from videmo.files import write_bytes

HEADER = struct.Struct("<iihh")


def write_vec(path: Path, samples: npt.NDArray[np.uint8]) -> None:
    """Write samples ``(n, height, width)``, whole or not at all.

    Raises:
        OutputError: it can't be written.
    """
    pixels = samples.reshape(len(samples), -1)
    records = np.zeros(len(pixels), [("zero", "u1"), ("pixels", "<i2", pixels.shape[1])])
    records["pixels"] = pixels
    write_bytes(path, HEADER.pack(len(pixels), pixels.shape[1], 0, 0) + records.tobytes())


def read_vec(path: Path, size: tuple[int, int] | None = None) -> npt.NDArray[np.uint8]:
    """Read samples.

    Args:
        path: of the file.
        size: width and height, which the file doesn't contain; None for square samples.

    Returns:
        ``(n, height, width)``.

    Raises:
        DatasetError: the file is missing, damaged or empty.
        UsageError: its samples have another number of pixels than ``size``, or are not square.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        raise DatasetError(path, f"cannot be read ({exc.strerror or exc})", "a file of samples") from exc
    if len(content) < HEADER.size:
        raise DatasetError(
            path, f"{len(content)} bytes are too few for a .vec file", advice="Make one with 'videmo cascade samples'."
        )
    count, pixels, *_ = HEADER.unpack_from(content)
    expected = HEADER.size + count * (1 + 2 * pixels)
    if count < 1 or pixels < 1 or len(content) != expected:
        raise DatasetError(
            path,
            f"{len(content):,} bytes, but its header says {count} samples of {pixels} pixels",
            f"{expected:,} bytes",
            "It is damaged or not a .vec file. Make it again.",
        )
    width, height = size or (math.isqrt(pixels), math.isqrt(pixels))
    if width * height != pixels:
        wanted = f"{width}×{height}" if size else "a square number"
        raise UsageError(
            path, f"its samples have {pixels} pixels", wanted, "Set the width and height that it was made with."
        )
    records = np.frombuffer(content, [("zero", "u1"), ("pixels", "<i2", pixels)], count, HEADER.size)
    if records["pixels"].min() < 0 or records["pixels"].max() > 255:
        raise DatasetError(path, "pixel values out of range", "0 to 255", "It is damaged. Make it again.")
    return records["pixels"].astype(np.uint8).reshape(count, height, width)
