"""Give one still portrait other expressions by moving its landmarks.

All coordinates are pixels of the 512 x 512 photograph ``skimage.data.astronaut()``; "left" is the left of the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator, RBFInterpolator

Image = NDArray[np.uint8]
Floats = NDArray[np.float32]
Moves = dict[str, tuple[float, float]]

SCALE = 2
"""Enlargement of the photograph in which the face is warped."""
REGION = (140, 40, 310, 200)
"""The part of the photograph that warping may change: left, top, right, bottom."""
STRIDE = 4
TEETH_HEIGHT = 6.0
MOUTH_HOLLOW = (58, 22, 24)
LIP_LINE = (120, 58, 54)
SHADE = (0.75, 0.95, 1.0)
"""Painted shadows darken red least, as skin and brows do."""
FOLDS = [[(208, 124), (202, 131), (196, 136)], [(240, 124), (246, 131), (250, 139)]]

LANDMARKS: Moves = {
    "brow_l_out": (190, 90), "brow_l_mid": (199, 89), "brow_l_in": (213, 92),
    "brow_r_in": (238, 93), "brow_r_mid": (250, 92), "brow_r_out": (262, 96),
    "lid_l_up": (203, 97), "lid_l_low": (204, 105), "eye_l_out": (192, 101), "eye_l_in": (213, 103),
    "lid_r_up": (247, 98.5), "lid_r_low": (247, 107), "eye_r_out": (259, 104), "eye_r_in": (236, 104),
    "bridge": (224, 106), "nose": (223, 127), "nose_base": (223.5, 133.5),
    "nostril_l": (216, 131), "nostril_r": (233, 132), "wing_l": (211, 127), "wing_r": (236, 128),
    "fold_l": (201, 132), "fold_r": (246, 132), "cheek_l": (192, 122), "cheek_r": (256, 124),
    "corner_l": (202.5, 139.5), "corner_r": (245.5, 140),
    "upper_in_l": (211, 142.5), "upper_in": (223.5, 144.5), "upper_in_r": (237, 142.5),
    "upper_out_l": (212, 139), "upper_out": (223.5, 138.5), "upper_out_r": (236, 139),
    "lower_in_l": (211, 147.5), "lower_in": (223.5, 150), "lower_in_r": (237, 147),
    "lower_out_l": (211, 152), "lower_out": (223.5, 157), "lower_out_r": (237, 152),
    "chin": (223, 177), "jaw_l": (198, 164), "jaw_r": (250, 164),
}  # fmt: skip
ANCHORS = [(180, 72), (200, 70), (224, 72), (245, 74), (266, 80), (180, 100), (182, 120), (184, 145), (270, 105)]
ANCHORS += [(268, 125), (264, 145), (192, 184), (223, 191), (255, 186)]
ANCHORS += [(x, y) for x in (140, 225, 310) for y in (40, 120, 200) if (x, y) != (225, 120)]


@dataclass(frozen=True)
class Expression:
    """How far landmarks move, and how strongly details are painted (0 to 1)."""

    moves: Moves
    calm: float = 0.0  # how far the folds of the smile are smoothed away
    frown: float = 0.0  # upright creases between the brows
    brows: float = 0.0  # how much the brows are darkened
    gape: float = 0.0  # how much the mouth is a dark hollow in place of teeth


def _closed(width: float, corner_y: float, contact: float, upper: float, lower: float) -> Moves:
    """Move the lips so that they touch: half width, heights of corners, contact, upper and lower edge."""
    centre, side = 223.8, 0.55
    targets = {"corner_l": (centre - width, corner_y), "corner_r": (centre + width, corner_y + 0.5)}
    for name, y in {"upper_in": contact, "lower_in": contact, "upper_out": upper, "lower_out": lower}.items():
        # Toward the corners every lip edge comes nearer to the height of the corners.
        beside = y + 0.35 * (corner_y - y)
        targets |= {name: (centre, y), f"{name}_l": (centre - side * width, beside)}
        targets |= {f"{name}_r": (centre + side * width, beside)}
    return {name: (x - LANDMARKS[name][0], y - LANDMARKS[name][1]) for name, (x, y) in targets.items()}


EXPRESSIONS: dict[str, Expression] = {
    "happy": Expression({}),
    "neutral": Expression(
        _closed(18, 146.5, 146.5, 141.5, 153)
        | {"fold_l": (2, 3), "fold_r": (-2, 3), "cheek_l": (0, 2), "cheek_r": (0, 2), "lid_l_low": (0, 0.6)}
        | {"lid_r_low": (0, 0.6)},
        calm=0.8,
        brows=0.1,
    ),
    "sad": Expression(
        _closed(17.5, 150, 146, 141.5, 152.5)
        | {"fold_l": (1, 4), "fold_r": (-1, 4), "cheek_l": (0, 3), "cheek_r": (0, 3), "chin": (0, -2)}
        | {"brow_l_in": (2, -4.5), "brow_r_in": (-2, -4.5), "brow_l_out": (0, 2.5), "brow_r_out": (0, 2.5)}
        | {"brow_l_mid": (0, -0.5), "brow_r_mid": (0, -0.5), "lid_l_up": (0, 1.6), "lid_r_up": (0, 1.6)}
        | {"eye_l_out": (0, 1), "eye_r_out": (0, 1)},
        calm=0.75,
        brows=0.45,
    ),
    "surprise": Expression(
        {"corner_l": (8, 14), "corner_r": (-8, 14), "upper_in_l": (4, 3), "upper_in_r": (-4, 3)}
        | {"upper_in": (0, -2), "upper_out_l": (2.5, 2), "upper_out_r": (-2.5, 2), "upper_out": (0, 0)}
        | {"lower_in_l": (5, 14.5), "lower_in_r": (-5, 15), "lower_in": (0, 14.5), "lower_out": (0, 12.5)}
        | {"lower_out_l": (4, 14), "lower_out_r": (-4, 14), "chin": (0, 8), "jaw_l": (1.5, 5)}
        | {"jaw_r": (-1.5, 5), "fold_l": (2, 3), "fold_r": (-2, 3), "cheek_l": (1, 2), "cheek_r": (-1, 2)}
        | {"brow_l_in": (0, -5), "brow_r_in": (0, -5), "brow_l_mid": (0, -6), "brow_r_mid": (0, -5.5)}
        | {"brow_l_out": (0, -4), "brow_r_out": (0, -4), "lid_l_up": (0, -2.5), "lid_r_up": (0, -2.5)}
        | {"lid_l_low": (0, 1.2), "lid_r_low": (0, 1.2)},
        calm=0.75,
        brows=0.3,
        gape=1.0,
    ),
    "angry": Expression(
        _closed(16.5, 148.5, 147, 143.5, 151)
        | {"fold_l": (2, 2), "fold_r": (-2, 2), "cheek_l": (0, 1), "cheek_r": (0, 1), "chin": (0, -2.5)}
        | {"brow_l_in": (4, 5.5), "brow_r_in": (-4, 5.5), "brow_l_mid": (1.5, 3), "brow_r_mid": (-1.5, 3)}
        | {"brow_l_out": (0, -0.5), "brow_r_out": (0, -0.5), "lid_l_up": (0, 1.5), "lid_r_up": (0, 1.5)}
        | {"lid_l_low": (0, -0.8), "lid_r_low": (0, -0.8), "wing_l": (-1, -1), "wing_r": (1, -1)},
        calm=0.6,
        frown=0.6,
        brows=0.6,
    ),
}
NAMES = list(LANDMARKS)


def mix(weights: dict[str, float]) -> tuple[Floats, dict[str, float]]:
    """Return landmark positions and painting strengths of a weighted mean of expressions (weights sum to 1)."""
    points = np.array([LANDMARKS[name] for name in NAMES], np.float32)
    paint = dict.fromkeys(("calm", "frown", "brows", "gape"), 0.0)
    for label, weight in weights.items():
        shown = EXPRESSIONS[label]
        points += weight * np.array([shown.moves.get(name, (0, 0)) for name in NAMES], np.float32)
        for detail in paint:
            paint[detail] += weight * getattr(shown, detail)
    return points, paint


class Portrait:
    """The enlarged photograph, its matte, and what is needed to render other expressions."""

    def __init__(self, photograph: Image) -> None:
        """Prepare the photograph: cut the person out, smooth the folds away once."""
        self.rgb = _enlarge(photograph)
        self.matte = np.clip(_enlarge(_matte(photograph)), 0, 1)
        self._calm = _enlarge(_without_folds(photograph))
        self._source = np.array([LANDMARKS[name] for name in NAMES], np.float32)
        left, top, right, bottom = REGION
        shape = ((bottom - top) * SCALE, (right - left) * SCALE)
        rows, columns = np.indices(shape, np.float32)
        self._x, self._y = left + (columns + 0.5) / SCALE - 0.5, top + (rows + 0.5) / SCALE - 0.5

    def render(self, weights: dict[str, float]) -> Floats:
        """Return the enlarged portrait (RGB) with a weighted mean of expressions."""
        points, paint = mix(weights)
        image = self.rgb + paint["calm"] * (self._calm - self.rgb)
        mouth = _Mouth(points)
        face = self._sample(image, *self._skin_map(points, mouth))
        face = self._paint_mouth(face, image, mouth, paint["gape"])
        face *= 1 - self._creases(points, paint)[..., None] * np.array(SHADE, np.float32)
        left, top, right, bottom = (SCALE * side for side in REGION)
        image[top:bottom, left:right] = face
        return image

    def _skin_map(self, points: Floats, mouth: _Mouth) -> tuple[Floats, Floats]:
        """Return for each pixel where its colour comes from; the lips above and below the mouth are two maps."""
        upper = self._field(points, without="lower")
        lower = self._field(points, without="upper")
        beyond = np.maximum(0, np.maximum(mouth.left - self._x, self._x - mouth.right))
        share = 1 / (1 + np.exp(np.clip((mouth.middle(self._x) - self._y) / (0.25 + 0.5 * beyond), -30, 30)))
        shift = upper + share[..., None] * (lower - upper)
        return self._x + shift[..., 0], self._y + shift[..., 1]

    def _field(self, points: Floats, without: str) -> Floats:
        """Return the smooth displacement (thin-plate spline) that takes moved landmarks back to where they were."""
        kept = [index for index, name in enumerate(NAMES) if not name.startswith(without)]
        fixed = np.array(ANCHORS, np.float32)
        targets = np.concatenate([points[kept], fixed])
        back = np.concatenate([self._source[kept], fixed]) - targets
        half = STRIDE // 2
        coarse = [(axis[half::STRIDE, half::STRIDE] - 0.5 / SCALE) for axis in (self._x, self._y)]
        spline = RBFInterpolator(targets, back, kernel="thin_plate_spline")
        field = spline(np.stack([axis.ravel() for axis in coarse], 1)).reshape(*coarse[0].shape, 2)
        field = cv2.resize(field.astype(np.float32), self._x.shape[::-1], interpolation=cv2.INTER_CUBIC)
        return field * self._fade()[..., None]

    def _fade(self) -> Floats:
        """Return 1 inside the region, falling to 0 at its border so that the warped part fits the rest."""
        left, top, right, bottom = REGION
        inside = np.minimum.reduce([self._x - left, right - self._x, self._y - top, bottom - self._y])
        return np.clip(inside / 10, 0, 1)

    def _paint_mouth(self, face: Floats, image: Floats, mouth: _Mouth, gape: float) -> Floats:
        """Fill the opening between the lips: teeth hang from the upper lip, below them is a dark hollow."""
        depth = self._y - mouth.upper(self._x)
        opening = np.clip(SCALE * depth + 0.5, 0, 1) * np.clip(SCALE * (mouth.lower(self._x) - self._y) + 0.5, 0, 1)
        opening *= (self._x > mouth.left) & (self._x < mouth.right)
        teeth = self._sample(image, self._x, _Mouth(self._source).upper(self._x) + depth)
        height = TEETH_HEIGHT * (1 - 0.7 * gape)
        across = 2 * np.abs(self._x - (mouth.left + mouth.right) / 2) / (mouth.right - mouth.left)
        hollow = np.clip((depth - height) / 1.5, 0, 1)
        hollow = np.maximum(hollow, gape * (0.2 + 0.8 * np.clip(across * 1.6 - 0.3, 0, 1)))
        hollow = np.maximum(hollow, np.clip(1 - mouth.height() / 4, 0, 1))
        inside = teeth + hollow[..., None] * (np.array(MOUTH_HOLLOW, np.float32) - teeth)
        opening = cv2.GaussianBlur(opening.astype(np.float32), (0, 0), 0.8)
        face = face + opening[..., None] * (inside - face)
        return face + self._contact(mouth)[..., None] * (np.array(LIP_LINE, np.float32) - face)

    def _contact(self, mouth: _Mouth) -> Floats:
        """Return a soft dark line where closed lips meet; it hides what is left of the teeth."""
        across = np.clip((self._x - mouth.left) * (mouth.right - self._x) / 40, 0, 1)
        away = (self._y - mouth.middle(self._x)) / 0.9
        return 0.8 * np.clip(1 - mouth.height() / 2.5, 0, 1) * across * np.exp(-0.5 * away**2)

    def _creases(self, points: Floats, paint: dict[str, float]) -> Floats:
        """Return how much darker brows and frown lines become."""
        place = dict(zip(NAMES, points, strict=True))
        brows = [[place[f"brow_{side}_{part}"] for part in ("out", "mid", "in")] for side in "lr"]
        inner = (place["brow_l_in"] + place["brow_r_in"]) / 2
        lines = [[inner + np.array([side, 0]), inner + np.array([0.8 * side, 8])] for side in (-4.5, 4.5)]
        dark = 0.55 * paint["brows"] * self._strokes(brows, 3.0) + 0.4 * paint["frown"] * self._strokes(lines, 1.4)
        return np.clip(dark, 0, 0.75)

    def _strokes(self, lines: list[list[Floats]], width: float) -> Floats:
        """Return a soft mask of smooth lines."""
        mask = np.zeros(self._x.shape, np.float32)
        for line in lines:
            corners = (np.array(line) - REGION[:2]) * SCALE
            cv2.polylines(mask, [np.round(corners * 16).astype(np.int32)], False, 1.0, round(width * SCALE), 16, 4)
        return cv2.GaussianBlur(mask, (0, 0), 0.6 * width * SCALE)

    @staticmethod
    def _sample(image: Floats, x: Floats, y: Floats) -> Floats:
        """Read the enlarged image at positions given in pixels of the photograph."""
        columns, rows = (((axis + 0.5) * SCALE - 0.5).astype(np.float32) for axis in (x, y))
        return cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


class _Mouth:
    """The two curves that bound the opening between the lips."""

    def __init__(self, points: Floats) -> None:
        """Fit the curves through the landmarks of the inner lip edges."""
        place = dict(zip(NAMES, points.astype(np.float64), strict=True))
        self.left, self.right = float(place["corner_l"][0]), float(place["corner_r"][0])
        self.upper, self.lower = (self._curve(place, edge) for edge in ("upper_in", "lower_in"))

    def middle(self, x: Floats) -> Floats:
        """Return the height half way between the lips."""
        return (self.upper(x) + self.lower(x)) / 2

    def height(self) -> float:
        """Return the largest distance between the lips."""
        x = np.linspace(self.left, self.right, 33, dtype=np.float32)
        return float(np.max(self.lower(x) - self.upper(x)))

    def _curve(self, place: dict[str, NDArray[np.float64]], edge: str) -> Callable[[Floats], Floats]:
        """Return the height of an inner lip edge as a function of x; beyond the corners it stays level."""
        knots = np.array([place[name] for name in ("corner_l", f"{edge}_l", edge, f"{edge}_r", "corner_r")])
        spline = PchipInterpolator(knots[:, 0], knots[:, 1])
        return lambda x: spline(np.clip(x, self.left, self.right)).astype(np.float32)


def _enlarge(image: NDArray) -> Floats:
    """Enlarge an image smoothly."""
    size = (image.shape[1] * SCALE, image.shape[0] * SCALE)
    return np.clip(cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_CUBIC), 0, 255)


def _without_folds(photograph: Image) -> Image:
    """Smooth the folds between nose and mouth away."""
    mask = np.zeros(photograph.shape[:2], np.uint8)
    for fold in FOLDS:
        cv2.polylines(mask, [np.array(fold, np.int32)], False, 255, 6)
    filled = cv2.inpaint(photograph, mask, 5, cv2.INPAINT_TELEA).astype(np.float32)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 2)[..., None]
    return np.round(photograph + soft * (cv2.GaussianBlur(filled, (0, 0), 1.5) - photograph)).astype(np.uint8)


OUTLINE = [(160, 60), (190, 25), (225, 14), (262, 22), (293, 50), (302, 85), (297, 110), (282, 130), (268, 138)]
OUTLINE += [(262, 168), (290, 190), (305, 235), (345, 262), (362, 330), (372, 345), (440, 342), (490, 380)]
OUTLINE += [(512, 440), (512, 512), (20, 512), (22, 470), (20, 400), (42, 270), (60, 252), (112, 212), (113, 195)]
OUTLINE += [(128, 165), (165, 150), (184, 150), (180, 135), (165, 115), (153, 92)]


def _matte(photograph: Image) -> Floats:
    """Return how much of each pixel belongs to the person: a rough outline, refined by GrabCut."""
    rough = np.zeros(photograph.shape[:2], np.uint8)
    cv2.fillPoly(rough, [np.array(OUTLINE, np.int32)], 1)
    labels = np.where(rough, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[cv2.dilate(rough, _disc(17)) == 0] = cv2.GC_BGD
    labels[cv2.erode(rough, _disc(15)) > 0] = cv2.GC_FGD
    cv2.setRNGSeed(1)
    cv2.grabCut(photograph, labels, None, np.zeros((1, 65)), np.zeros((1, 65)), 6, cv2.GC_INIT_WITH_MASK)
    person = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    person = cv2.morphologyEx(cv2.morphologyEx(person, cv2.MORPH_CLOSE, _disc(5)), cv2.MORPH_OPEN, _disc(5))
    soft = cv2.GaussianBlur(person.astype(np.float32), (0, 0), 1.0)
    return np.clip((soft - 0.35) / 0.6, 0, 1)


def _disc(size: int) -> Image:
    """Return a round structuring element."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)).astype(np.uint8)
