"""Fit a mean face to the five landmarks of a face, and tell how it is turned."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

MEAN_FACE: Final = np.array(
    [(-0.5, 0.0, 0.0), (0.5, 0.0, 0.0), (0.0, 0.71, -0.36), (-0.43, 1.03, 0.0), (0.43, 1.03, 0.0)], np.float64
)
"""Right eye, left eye, nose, right and left mouth corner of a mean face in units of the distance between its eyes: x
towards the subject's left, which is the right of the picture, y down, z away from the camera. Measured on photographs
(`benchmarks/pose.py`): as people look into a camera in the mean, which is what a pitch of 0 means."""
STEPS: Final = 8
"""Of the fit: beyond, angles change by less than a tenth of a degree."""
_DAMPING: Final = 1e-4
_LONGEST_STEP: Final = 0.5
"""Radians, or change of the scale's logarithm, in one step."""
_LEAST_SIDE: Final = 1e-6


def head_pose(landmarks: npt.NDArray[np.floating]) -> Floats:
    """Fit a mean face to landmarks and return how it is turned.

    The face is rotated, scaled and moved until its points, projected in parallel, lie as near to the landmarks as they
    can (least squares by Gauss and Newton, begun from a face that looks into the camera). Parallel projection is right
    for faces whose depth is small against their distance.

    Args:
        landmarks: ``(n, 5, 2)`` in displayed pixels, y down; NaN where unknown.

    Returns:
        ``(n, 3)`` degrees: yaw, positive where the face turns towards the subject's left (the right of the picture);
        pitch, positive where it looks up; roll, positive where the head is tilted towards the subject's left shoulder
        (clockwise in the picture). All are 0 for a face that looks into the camera, upright. NaN where a landmark is
        unknown or all lie in one place.
    """
    points = np.asarray(landmarks, np.float64).reshape(-1, 5, 2)
    points = points - points.mean(axis=1, keepdims=True)
    extent = np.abs(points).max(axis=(1, 2), initial=0.0)
    known = np.isfinite(extent) & (extent > _LEAST_SIDE)
    angles = np.full((len(points), 3), np.nan)
    if known.any():
        angles[known] = _angles(_fitted(points[known] / extent[known, None, None]))
    return angles


def _fitted(points: Floats) -> Floats:
    """Return rotations ``(n, 3, 3)`` of the mean face for centred points ``(n, 5, 2)``."""
    face = MEAN_FACE - MEAN_FACE.mean(axis=0)
    rotation, scale = _upright(points, face)
    for _ in range(STEPS):
        x, y, z = (_along(rotation[:, axis], face) for axis in range(3))
        turn, growth = _step(points, x, y, z, scale)
        rotation, scale = _turned(rotation, turn), scale * np.exp(growth)
    return rotation


def _step(points: Floats, x: Floats, y: Floats, z: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """Solve for the small turn ``(n, 3)`` and the growth ``(n,)`` that bring the rotated face nearest to the points.

    A turn by (a, b, c) about the axes and a growth by g move a point by ``scale * (b z - c y + g x, c x - a z + g y)``:
    four unknowns, of which two follow from the other two.
    """
    off_x, off_y = points[..., 0] / scale[:, None] - x, points[..., 1] / scale[:, None] - y
    deep, wide = (z * z).sum(axis=1) + _DAMPING, (x * x + y * y).sum(axis=1)
    slant_x, slant_y = (x * z).sum(axis=1), (y * z).sum(axis=1)
    nod, yaw = -(z * off_y).sum(axis=1), (z * off_x).sum(axis=1)
    roll, grow = (x * off_y - y * off_x).sum(axis=1), (x * off_x + y * off_y).sum(axis=1)
    rest = wide - (slant_x * slant_x + slant_y * slant_y) / deep + _DAMPING
    about_z = (roll + (slant_x * nod + slant_y * yaw) / deep) / rest
    growth = (grow + (slant_y * nod - slant_x * yaw) / deep) / rest
    about_x = (nod + slant_x * about_z + slant_y * growth) / deep
    about_y = (yaw + slant_y * about_z - slant_x * growth) / deep
    turn = np.stack([about_x, about_y, about_z], axis=1)
    return np.clip(turn, -_LONGEST_STEP, _LONGEST_STEP), np.clip(growth, -_LONGEST_STEP, _LONGEST_STEP)


def _upright(points: Floats, face: Floats) -> tuple[Floats, Floats]:
    """Return rotations ``(n, 3, 3)`` about the line of sight, and scales ``(n,)``, that fit the points best."""
    flat = face[:, :2]
    along = (points * flat).sum(axis=(1, 2))
    across = (points[..., 1] * flat[:, 0] - points[..., 0] * flat[:, 1]).sum(axis=1)
    length = np.maximum(np.hypot(along, across), _LEAST_SIDE)
    rotation = np.zeros((len(points), 3, 3))
    rotation[:, 0, 0] = rotation[:, 1, 1] = along / length
    rotation[:, 1, 0] = across / length
    rotation[:, 0, 1] = -across / length
    rotation[:, 2, 2] = 1.0
    return rotation, length / (flat**2).sum()


def _along(axis: Floats, face: Floats) -> Floats:
    """Return one coordinate of the rotated face: ``(n, 5)``. Summed by hand: a result must not depend on ``n``."""
    return axis[:, :1] * face[:, 0] + axis[:, 1:2] * face[:, 1] + axis[:, 2:] * face[:, 2]


def _turned(rotation: Floats, turn: Floats) -> Floats:
    """Turn rotations ``(n, 3, 3)`` by small angles ``(n, 3)`` about the axes of the picture, as unit quaternions do."""
    half = turn / 2
    w = 1 / np.sqrt(1 + (half**2).sum(axis=1))
    x, y, z = (half * w[:, None]).T
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([sum(part[:, None] * rotation[:, axis] for axis, part in enumerate(row)) for row in rows], axis=1)


def _angles(rotation: Floats) -> Floats:
    """Return yaw, pitch and roll in degrees of rotations: about the vertical, the horizontal, the line of sight."""
    forward = -rotation[:, :, 2]  # where the face looks, in the picture's axes
    yaw = np.arctan2(forward[:, 0], -forward[:, 2])
    pitch = np.arctan2(-forward[:, 1], np.hypot(forward[:, 0], forward[:, 2]))
    # The axis between the eyes, seen along the line of sight of a face that looks where this one looks.
    level_x, level_z = np.cos(yaw), np.sin(yaw)
    right = rotation[:, :, 0]
    sideways = right[:, 0] * level_x + right[:, 2] * level_z
    down = rotation[:, :, 1]
    roll = np.arctan2(-(down[:, 0] * level_x + down[:, 2] * level_z), sideways)
    return np.degrees(np.stack([yaw, pitch, roll], axis=1))
