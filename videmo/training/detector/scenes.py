"""Make training scenes: parts of pictures, changed at random to look like recordings."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

from videmo.faces.grid import PADDING
from videmo.training.common.degrade import degraded
from videmo.training.common.pictures import Picture

Image = npt.NDArray[np.uint8]
Generator = np.random.Generator

SMALLEST_PX = 10.0
"""Faces of less height in a scene need not be found and are not mistakes when found."""
LARGEST_ZOOM = 2.5
"""Of a picture, unless a face of it has to be enlarged more to fill the scene."""
LARGEST_FACE = 1.15
"""Height of the largest faces over the scene's: forehead and chin may be cut off."""
MISTAKE_SHARE = 0.25
"""Share of the scenes from pictures with faces that are cut around a mistake, where there is one."""
SMALLEST_FILL = 0.55
"""A picture fills at least this share of a scene's width or height."""
MEETING_SHARE = 0.3
"""Share of scenes that are a grid of four pictures, as in a meeting."""
MIRRORED_LANDMARKS = [1, 0, 2, 4, 3]


def make_scene(sources: list[list[Picture]], shares: tuple[float, ...], size: int, rng: Generator) -> Picture:
    """Make one square training picture.

    Some are a meeting grid of four; the others are cut around a random face or mistake, which is then between 10 px
    and a little more than the scene's height tall, upright or tilted by up to 25°, whole or cut off by the border.
    Light, noise, blur, compression and objects in front of faces are added at random.

    Args:
        sources: pictures by kind.
        shares: of each kind; one without pictures leaves its share to the others.
        size: height and width of the scene.
        rng: source of all randomness.
    """
    grid = rng.random() < MEETING_SHARE
    scene = _grid(sources, shares, size, rng) if grid else _cut(_choose(sources, shares, rng), size, rng)
    image = scene.image
    if rng.random() < 0.25:
        _cover(image, scene, rng)
    image = degraded(image, rng)
    return Picture(image, scene.boxes, scene.landmarks, scene.ignore)


def _choose(sources: list[list[Picture]], shares: tuple[float, ...], rng: Generator) -> Picture:
    weights = np.where([len(kind) > 0 for kind in sources], shares, 0.0)
    kind = sources[int(rng.choice(len(sources), p=weights / weights.sum()))]
    return kind[int(rng.integers(len(kind)))]


def _grid(sources: list[list[Picture]], shares: tuple[float, ...], size: int, rng: Generator) -> Picture:
    half = size // 2
    tiles = [_cut(_choose(sources, shares, rng), half, rng) for _ in range(4)]
    image = np.empty((size, size), np.uint8)
    boxes, landmarks = [], []
    for number, tile in enumerate(tiles):
        corner = np.array([number % 2 * half, number // 2 * half], np.float32)
        image[int(corner[1]) : int(corner[1]) + half, int(corner[0]) : int(corner[0]) + half] = tile.image
        boxes.append(tile.boxes + np.concatenate([corner, [0, 0]]).astype(np.float32))
        landmarks.append(tile.landmarks + corner)
    return Picture(
        image, np.concatenate(boxes), np.concatenate(landmarks), np.concatenate([tile.ignore for tile in tiles])
    )


def _cut(picture: Picture, size: int, rng: Generator) -> Picture:
    """Scale, tilt, mirror and shift a picture into a square of ``size``."""
    height, width = picture.image.shape
    chosen = _chosen(picture, rng)
    most = LARGEST_ZOOM
    if chosen is not None:
        tall = math.exp(rng.uniform(math.log(11.0), math.log(LARGEST_FACE * size)))
        zoom = tall / max(float(chosen[3]), 1.0)
        focus = chosen[:2] + chosen[2:] / 2
        most = max(most, LARGEST_FACE * size / max(height, width))
    else:
        zoom = size / max(height, width) * math.exp(rng.uniform(-0.3, 0.7))
        focus = np.array([rng.uniform(0, width), rng.uniform(0, height)], np.float32)
    zoom = float(np.clip(zoom, SMALLEST_FILL * size / max(height, width), most))
    small = picture.image
    if zoom < 1:  # by area first, as frames are scaled in analysis
        shape = max(1, round(width * zoom)), max(1, round(height * zoom))
        small = np.asarray(cv2.resize(small, shape, interpolation=cv2.INTER_AREA), np.uint8)
    factor = np.array([small.shape[1] / width, small.shape[0] / height])
    rest = max(zoom, 1.0)
    angle = math.radians(float(np.clip(rng.normal(0, 9), -25, 25))) if rng.random() < 0.5 else 0.0
    stretch = math.exp(rng.uniform(-0.08, 0.08))
    flip = -1.0 if rng.random() < 0.5 else 1.0
    cosine, sine = rest * math.cos(angle), rest * math.sin(angle)
    matrix = np.array([[cosine * flip * stretch, -sine, 0.0], [sine * flip * stretch, cosine, 0.0]])
    target = rng.uniform(0.08, 0.92, 2) * size
    matrix[:, 2] = target - matrix[:, :2] @ (focus * factor)
    if rng.random() < 0.85:
        matrix[:, 2] += _to_fill(matrix, small.shape, size)
    border = cv2.BORDER_CONSTANT if rng.random() < 0.8 else cv2.BORDER_REFLECT_101
    level = PADDING if rng.random() < 0.7 else int(rng.integers(256))
    image = np.asarray(
        cv2.warpAffine(small, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border, borderValue=level),
        np.uint8,
    )
    whole = matrix[:, :2] * factor, matrix[:, 2]
    faces = _moved(picture, *whole, size, mirrored=flip < 0)
    # A reflected border shows faces without boxes.
    return (
        _only_inside(image, faces, whole, (height, width))
        if border == cv2.BORDER_REFLECT_101
        else Picture(image, faces.boxes, faces.landmarks, faces.ignore)
    )


def _chosen(picture: Picture, rng: Generator) -> npt.NDArray[np.float32] | None:
    """Choose the box around which a scene is cut: a face or what was mistaken for one; None for anywhere."""
    faces = picture.boxes[~picture.ignore]
    if len(picture.mistakes) and (not len(faces) or rng.random() < MISTAKE_SHARE):
        return np.asarray(picture.mistakes[rng.integers(len(picture.mistakes))]) if rng.random() < 0.8 else None
    if not len(faces) or rng.random() >= 0.9:
        return None
    # Large faces are rarer than small ones in crowds: prefer them, so that both are learned.
    return np.asarray(faces[rng.choice(len(faces), p=faces[:, 3] / faces[:, 3].sum())])


def _to_fill(matrix: npt.NDArray[np.float64], shape: tuple[int, ...], size: int) -> npt.NDArray[np.float64]:
    """Return the shift that leaves as little as possible of the scene empty."""
    corners = np.array([[0, 0], [shape[1], 0], [shape[1], shape[0]], [0, shape[0]]]) @ matrix[:, :2].T + matrix[:, 2]
    low, high = corners.min(axis=0), corners.max(axis=0)
    inner, outer = np.minimum(-low, size - high), np.maximum(-low, size - high)
    return np.clip(0.0, inner, outer)


def _only_inside(
    image: Image,
    faces: Picture,
    move: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    shape: tuple[int, int],
) -> Picture:
    """Blur what lies outside the source picture beyond recognition."""
    size = image.shape[0]
    corners = np.array([[0, 0], [shape[1], 0], [shape[1], shape[0]], [0, shape[0]]]) @ move[0].T + move[1]
    inside = cv2.fillConvexPoly(np.zeros((size, size), np.uint8), np.round(corners).astype(np.int32), 1)
    blurred = cv2.blur(image, (size // 4, size // 4))
    return Picture(np.where(inside > 0, image, blurred), faces.boxes, faces.landmarks, faces.ignore)


def _moved(
    picture: Picture, turn: npt.NDArray[np.float64], shift: npt.NDArray[np.float64], size: int, *, mirrored: bool
) -> Picture:
    """Move boxes and landmarks by an affine map; faces out of sight are dropped, half-hidden ones ignored."""
    count = len(picture.boxes)
    middles = (picture.boxes[:, :2] + picture.boxes[:, 2:] / 2) @ turn.T + shift
    # A head that is tilted a little stays about as wide and tall as it was.
    extents = picture.boxes[:, 2:] * np.linalg.norm(turn, axis=0)
    corner = np.clip(middles - extents / 2, 0, size)
    opposite = np.clip(middles + extents / 2, 0, size)
    landmarks = (picture.landmarks.reshape(-1, 2) @ turn.T + shift).reshape(count, 5, 2)
    if mirrored:
        landmarks = landmarks[:, MIRRORED_LANDMARKS]
    visible = (opposite - corner).prod(axis=1) / np.maximum(extents.prod(axis=1), 1e-6)
    boxes = np.concatenate([corner, opposite - corner], axis=1).astype(np.float32)
    ignore = picture.ignore | (boxes[:, 3] < SMALLEST_PX) | (visible < 0.4) | (boxes[:, 2] < 0.5 * SMALLEST_PX)
    kept = (visible > 0.05) & (boxes[:, 2:].min(axis=1, initial=1e9) >= 1)
    return Picture(picture.image, boxes[kept], landmarks[kept].astype(np.float32), ignore[kept])


def _cover(image: Image, scene: Picture, rng: Generator) -> None:
    """Put something in front of part of each face: a hand-like ellipse, a bar, dark glasses."""
    for box, points, ignored in zip(scene.boxes, scene.landmarks, scene.ignore):
        if ignored or rng.random() < 0.4:
            continue
        shade = int(rng.integers(256))
        x, y, w, h = box.tolist()
        kind = rng.random()
        if kind < 0.3 and np.isfinite(points).all():
            left, right = points[0], points[1]
            thickness = max(1, round(0.22 * w * rng.uniform(0.6, 1.2)))
            reach = 0.35 * (right - left)
            cv2.line(image, _pixel(left - reach), _pixel(right + reach), shade // 3, thickness)
            continue
        centre = np.array([x + w * rng.uniform(0, 1), y + h * rng.uniform(0.3, 1.1)])
        half = np.array([w, h]) * rng.uniform(0.12, 0.32, 2)
        if kind < 0.75:
            axes = max(1, round(float(half[0]))), max(1, round(float(half[1])))
            cv2.ellipse(image, _pixel(centre), axes, float(rng.uniform(0, 180)), 0, 360, shade, -1)
        else:
            cv2.rectangle(image, _pixel(centre - half), _pixel(centre + half), shade, -1)


def _pixel(point: npt.NDArray[np.floating]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))
