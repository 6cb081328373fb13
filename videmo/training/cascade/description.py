"""Read and write descriptions of positives and lists of negatives, in opencv_createsamples' format."""

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
_NUMBER = re.compile(r"-?[0-9]{1,9}\Z")
_FORM = "path count x y w h [x y w h …]"
_REPAIR = "Correct or remove the line."


@dataclass(frozen=True, slots=True)
class Annotated:
    """Hold a picture and its objects, as one line of a description lists them."""

    path: Path
    line: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """Hold a picture without objects, as one line of a list names it."""

    path: Path
    line: int


def read_description(path: Path, warn: Warn) -> list[Annotated]:
    """Read the valid lines of a description; paths are relative to its folder.

    Args:
        path: of the description.
        warn: receives a sentence about each line that is left out, with file and line.

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
        raise DatasetError(path, "no line names a picture with a box", f"lines of the form {_FORM}")
    return found


def _annotated(text: str, source: Path, number: int) -> Annotated:
    words = text.split()
    counts = [place for place in range(1, len(words)) if _NUMBER.match(words[place])]
    # A name may contain spaces and numbers: the count is the word that is followed by as many boxes.
    fits = [place for place in counts if 4 * int(words[place]) == len(words) - place - 1]
    if not fits or not all(_NUMBER.match(word) for word in words[fits[0] :]):
        raise DatasetError(f"{source}, line {number}", _mismatch(words, counts), _FORM, _REPAIR)
    place = fits[0]
    values = list(map(int, words[place + 1 :]))
    if not values:
        raise DatasetError(
            f"{source}, line {number}", "no boxes", advice="List the picture among the negatives if it shows no object."
        )
    boxes = tuple((values[k], values[k + 1], values[k + 2], values[k + 3]) for k in range(0, len(values), 4))
    return Annotated(source.parent / " ".join(words[:place]), number, boxes)


def _mismatch(words: Sequence[str], counts: Sequence[int]) -> str:
    if not counts:
        return "no number of boxes after the path"
    following = len(words) - counts[0] - 1
    return f"the number of boxes is {words[counts[0]]}, but {following} values follow"


def read_negatives(path: Path) -> list[Listed]:
    """Read a list of pictures without objects; paths are relative to its folder.

    Raises:
        DatasetError: the file can't be read or is empty.
    """
    found = [Listed(path.parent / text, number) for number, text in _lines(path, "a list of negatives")]
    if not found:
        raise DatasetError(path, "no pictures are listed", "one path per line, of pictures without objects")
    return found


def _lines(path: Path, what: str) -> list[tuple[int, str]]:
    try:
        content = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        raise DatasetError(path, "not a text file in UTF-8", what) from exc
    except OSError as exc:
        raise DatasetError(path, f"cannot be read ({exc.strerror or exc})", what) from exc
    return [(number, text.strip()) for number, text in enumerate(content.splitlines(), 1) if text.strip()]


def read_gray(path: Path, source: Path, line: int) -> npt.NDArray[np.uint8]:
    """Read a listed picture in grey: ``(height, width)``.

    Raises:
        DatasetError: it is missing or not a picture; names the list and the line.
    """
    try:
        content = path.read_bytes()
    except OSError as exc:
        what = "no such picture" if isinstance(exc, FileNotFoundError) else f"cannot be read ({exc.strerror or exc})"
        raise DatasetError(
            f"{source}, line {line}", f"{path}: {what}", advice="Correct the path or remove the line."
        ) from exc
    image = gray_or_none(content)
    if image is None:
        raise DatasetError(
            f"{source}, line {line}",
            f"{path}: not a picture that OpenCV can read",
            advice="Replace it or remove the line.",
        )
    return image


def boxes_inside(picture: Annotated, shape: tuple[int, ...], source: Path, warn: Warn) -> list[Box]:
    """Return the boxes that lie inside a picture of this shape ``(height, width)``; warn about the others."""
    inside = []
    for number, (x, y, w, h) in enumerate(picture.boxes, 1):
        if w < 1 or h < 1:
            wrong = "has no area"
        elif x < 0 or y < 0 or x + w > shape[1] or y + h > shape[0]:
            wrong = f"extends beyond {picture.path.name}, which has {shape[1]}×{shape[0]} px"
        else:
            inside.append((x, y, w, h))
            continue
        warn(f"{source}, line {picture.line}: box {number} ({x} {y} {w} {h}) {wrong}; it is left out.")
    return inside


def write_description(path: Path, pictures: Iterable[tuple[str, Sequence[Box]]]) -> None:
    """Write a description of positives, whole or not at all.

    Args:
        path: of the description.
        pictures: paths as they should appear in it, and boxes.
    """
    lines = [f"{name} {len(boxes)} " + "  ".join(" ".join(map(str, box)) for box in boxes) for name, boxes in pictures]
    write_text(path, "".join(f"{line}\n" for line in lines))


def write_negatives(path: Path, names: Iterable[str]) -> None:
    """Write a list of negatives, whole or not at all."""
    write_text(path, "".join(f"{name}\n" for name in names))
