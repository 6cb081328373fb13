"""Read and write descriptions of positives and lists of negatives, as opencv_createsamples has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from videmo.errors import DatasetError
from videmo.files import write_text
from videmo.training.common.pictures import gray_or_none

Box = tuple[int, int, int, int]
"""Left, top, width, height in pixels."""
Warn = Callable[[str], None]
"""Receives one sentence about what is left out, and why."""
_NUMBER = re.compile(r"-?\d+\Z")
FORM = "A line is: path count x y w h [x y w h …]"


@dataclass(frozen=True, slots=True)
class Annotated:
    """A picture and its objects, as one line of a description tells them."""

    path: Path
    line: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A picture without objects, as one line of a list names it."""

    path: Path
    line: int


def read_description(path: Path, warn: Warn) -> list[Annotated]:
    """Read the lines of a description that make sense; paths count from its folder.

    Args:
        path: of the description.
        warn: told of each line that is left out, with file and line.

    Raises:
        DatasetError: the file can't be read, or no line of it can be used.
    """
    found = []
    for number, text in _lines(path, "a description of positives"):
        try:
            found.append(_annotated(text, path, number))
        except DatasetError as exc:
            warn(str(exc))
    if not found:
        raise DatasetError(f"{path}: no line names a picture with a box. {FORM}.")
    return found


def _annotated(text: str, source: Path, number: int) -> Annotated:
    words = text.split()
    counts = [place for place in range(1, len(words)) if _NUMBER.match(words[place])]
    # A name may hold spaces and numbers: the count is the word that as many boxes follow.
    fits = [place for place in counts if 4 * int(words[place]) == len(words) - place - 1]
    if not fits or not all(_NUMBER.match(word) for word in words[fits[0] :]):
        raise DatasetError(f"{source}:{number}: {_mismatch(words, counts)} {FORM}.")
    place = fits[0]
    values = list(map(int, words[place + 1 :]))
    if not values:
        raise DatasetError(f"{source}:{number}: it has no boxes. List it among the negatives if it shows no object.")
    boxes = tuple((values[k], values[k + 1], values[k + 2], values[k + 3]) for k in range(0, len(values), 4))
    return Annotated(source.parent / " ".join(words[:place]), number, boxes)


def _mismatch(words: Sequence[str], counts: Sequence[int]) -> str:
    if not counts:
        return "no count of boxes follows the path."
    following = len(words) - counts[0] - 1
    return f"the count is {words[counts[0]]}, but {following} values follow, where each box has four whole numbers."


def read_negatives(path: Path) -> list[Listed]:
    """Read a list of pictures without objects; paths count from its folder.

    Raises:
        DatasetError: the file can't be read or is empty.
    """
    found = [Listed(path.parent / text, number) for number, text in _lines(path, "a list of negatives")]
    if not found:
        raise DatasetError(f"{path}: it lists no pictures. Write one path per line, of pictures without objects.")
    return found


def _lines(path: Path, what: str) -> list[tuple[int, str]]:
    try:
        content = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        raise DatasetError(f"{path}: not a text file in UTF-8. Expected {what}.") from exc
    except OSError as exc:
        raise DatasetError(f"{path}: cannot be read ({exc.strerror or exc}). Expected {what}.") from exc
    return [(number, text.strip()) for number, text in enumerate(content.splitlines(), 1) if text.strip()]


def read_gray(path: Path, source: Path, line: int) -> npt.NDArray[np.uint8]:
    """Read a listed picture as gray: ``(height, width)``.

    Raises:
        DatasetError: it is missing or no picture; names the list and the line.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        what = "no such picture" if isinstance(exc, FileNotFoundError) else f"not readable, {exc.strerror or exc}"
        raise DatasetError(f"{source}:{line}: {path}: {what}. Correct the path or remove the line.") from exc
    image = gray_or_none(content)
    if image is None:
        raise DatasetError(
            f"{source}:{line}: {path}: OpenCV cannot read it as a picture. Replace it or remove the line."
        )
    return image


def boxes_inside(picture: Annotated, shape: tuple[int, ...], source: Path, warn: Warn) -> list[Box]:
    """Return the boxes that lie inside a picture of this shape ``(height, width)``; warn of the others."""
    inside = []
    for number, (x, y, w, h) in enumerate(picture.boxes, 1):
        if w < 1 or h < 1:
            told = "has no area"
        elif x < 0 or y < 0 or x + w > shape[1] or y + h > shape[0]:
            told = f"reaches outside {picture.path.name}, which has {shape[1]}×{shape[0]} px"
        else:
            inside.append((x, y, w, h))
            continue
        warn(f"{source}:{picture.line}: box {number} ({x} {y} {w} {h}) {told}; it is left out.")
    return inside


def write_description(path: Path, pictures: Iterable[tuple[str, Sequence[Box]]]) -> None:
    """Write a description of positives as a whole.

    Args:
        path: of the description.
        pictures: paths as they shall stand in it, and boxes.
    """
    lines = [f"{name} {len(boxes)} " + "  ".join(" ".join(map(str, box)) for box in boxes) for name, boxes in pictures]
    write_text(path, "".join(f"{line}\n" for line in lines))


def write_negatives(path: Path, names: Iterable[str]) -> None:
    """Write a list of negatives as a whole."""
    write_text(path, "".join(f"{name}\n" for name in names))
