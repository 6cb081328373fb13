"""Objects made by hand for cascades to learn, and the command line run in this process."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from videmo.cli.app import app
from videmo.cli.console import guarded


def face(rng: np.random.Generator, size: int = 60) -> np.ndarray:
    """A pale disk with dark eyes and mouth, crooked and noisy, no two alike: ``(size, size)``."""
    image = texture(rng, (size, size))
    shade = int(rng.integers(110, 230))

    def at(x: float, y: float) -> tuple[int, int]:
        return round((x + rng.normal(0, 0.04)) * size), round((y + rng.normal(0, 0.04)) * size)

    cv2.ellipse(image, at(0.5, 0.5), (round(0.45 * size), round(0.52 * size)), 0, 0, 360, shade, -1)
    parts = (((0.3, 0.35), (size // 9, size // 14)), ((0.7, 0.35), (size // 9, size // 14)))
    for middle, axes in (*parts, ((0.5, 0.75), (size // 5, size // 16))):
        cv2.ellipse(image, at(*middle), axes, 0, 0, 360, shade - int(rng.integers(30, 110)), -1)
    return np.clip(cv2.blur(image, (3, 3)) + rng.normal(0, 18, image.shape), 0, 255).astype(np.uint8)


def broken_face(rng: np.random.Generator, size: int) -> np.ndarray:
    """Parts of a face, or one upside down, dark on bright or far too wide: ``(size, size)``."""
    whole = face(rng, size)
    kind = int(rng.integers(5))
    if kind == 0:
        return whole[::-1]
    if kind == 1:
        return 255 - whole
    if kind == 2:
        return whole.T
    if kind == 3:
        whole[: size // 2] = whole[::-1][: size // 2]
        return whole
    whole[:, : size // 2] = texture(rng, (size, size))[:, : size // 2]
    return whole


def texture(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """Clouds, disks and spots that show no face: ``shape``."""
    image = np.zeros(shape, np.float32)
    for coarse in (4, 9, 20):
        noise = rng.normal(0, 60 / coarse**0.3, (coarse, coarse)).astype(np.float32)
        image += cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
    image = np.clip(image + 128, 0, 255).astype(np.uint8)
    for _ in range(shape[0] * shape[1] // 700):
        middle = int(rng.integers(shape[1])), int(rng.integers(shape[0]))
        axes = int(rng.integers(2, 12)), int(rng.integers(2, 12))
        cv2.ellipse(image, middle, axes, 0, 0, 360, int(rng.integers(256)), -1)
    return image


def write_faces(folder: Path, count: int, *, size: int = 60) -> Path:
    """A description of positives and its pictures, two faces a picture."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    lines = []
    for number in range(-(-count // 2)):
        image = texture(rng, (size + 20, 2 * size + 30))
        image[10 : 10 + size, 10 : 10 + size] = face(rng, size)
        image[5 : 5 + size, 20 + size : 20 + 2 * size] = face(rng, size)
        cv2.imwrite(str(folder / f"face {number}.png"), image)
        lines.append(f"face {number}.png 2 10 10 {size} {size}  {20 + size} 5 {size} {size}\n")
    (folder / "positives.txt").write_text("".join(lines))
    return folder / "positives.txt"


def write_textures(folder: Path, count: int) -> Path:
    """A list of negatives and its pictures, which have much of faces but none."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(2)
    for number in range(count):
        image = texture(rng, (150, 200))
        for x in range(0, 200, 50):
            for y in range(0, 150, 50):
                size = int(rng.integers(24, 50))
                image[y : y + size, x : x + size] = broken_face(rng, size)
        cv2.imwrite(str(folder / f"{number}.png"), image)
    (folder / "negatives.txt").write_text("".join(f"{number}.png\n" for number in range(count)))
    return folder / "negatives.txt"


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, output and errors of the command line."""
    capsys.readouterr()
    code = guarded(lambda: app([str(argument) for argument in arguments]))
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    return code, told.out, told.err
