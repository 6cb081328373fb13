"""What the sample clips show: who is where, with which expression, at which moment."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np

from warp import SCALE, Floats, Image, Portrait

SEED = 7
VIDEO_CLOCK = 90_000
FACE = (224, 118)
"""Middle of the face in the photograph; people are placed by this point."""
FACE_HALF = 48
BACKDROP = ((196, 204, 210), (104, 118, 132))
GAPS = (1 / 30, 1 / 15, 0.2)

Stretch = tuple[float, float, str]


@dataclass(frozen=True)
class Person:
    """One face: where it is, what it shows when, and how it is lit."""

    who: str
    centre: tuple[float, float]
    zoom: float
    shows: list[Stretch]
    mirrored: bool = False
    gain: float = 1.0
    contrast: float = 1.0
    phase: float = 0.0
    away: tuple[float, float] | None = None  # when it has moved out of the picture at the right


@dataclass(frozen=True)
class Clip:
    """One file: its displayed size, the moments of its frames, and what it shows (no people: objects)."""

    name: str
    size: tuple[int, int]
    ticks: list[int]  # in 1/90000 s; the last one is the end of the last frame
    people: list[Person] = field(default_factory=list)
    rotation: int = 0  # by which a player turns the stored pictures, in degrees against the clock
    sound: bool = False

    @property
    def seconds(self) -> float:
        """Return the length of the clip."""
        return self.ticks[-1] / VIDEO_CLOCK


def smooth(value: float) -> float:
    """Return a soft step from 0 (value 0 and below) to 1 (value 1 and above)."""
    value = min(1.0, max(0.0, value))
    return value * value * (3 - 2 * value)


def weights_at(shows: list[Stretch], time: float) -> dict[str, float]:
    """Return the mixture of expressions; between two stretches one turns softly into the other."""
    for (_, end, label), (start, _, following) in pairwise(shows):
        if time < start:
            share = smooth((time - end) / (start - end))
            return {following: share, label: 1 - share} if label != following else {label: 1.0}
    return {shows[-1][2]: 1.0}


def pose(person: Person, time: float, width: int) -> tuple[float, float, float, float]:
    """Return the middle of the face, the angle in degrees and the zoom; people never hold quite still."""
    swing = [math.sin(2 * math.pi * time / period + person.phase) for period in (4.3, 3.1, 5.7, 6.9)]
    x = person.centre[0] + 9 * person.zoom * swing[0]
    y = person.centre[1] + 3 * person.zoom * swing[1]
    if person.away is not None:
        leaves, returns = person.away
        x += width * 0.66 * (smooth(time - leaves + 0.5) - smooth(time - returns + 0.5))
    return x, y, 3.0 * swing[2], person.zoom * (1 + 0.03 * swing[3])


def placement(person: Person, time: float, width: int) -> Floats:
    """Return the matrix that takes the enlarged photograph to the picture."""
    x, y, angle, zoom = pose(person, time, width)
    turn, grow = math.radians(angle), zoom / SCALE
    matrix = grow * np.array([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    if person.mirrored:
        matrix[:, 0] *= -1
    shift = np.array([x, y]) - matrix @ (np.array(FACE) * SCALE)
    return np.column_stack([matrix, shift]).astype(np.float32)


def backdrop(size: tuple[int, int]) -> Floats:
    """Return a plain background that is lighter at the upper left."""
    width, height = size
    rows, columns = np.indices((height, width), np.float32)
    far = np.hypot(columns - 0.35 * width, rows - 0.25 * height) / math.hypot(width, height)
    light, dark = (np.array(colour, np.float32) for colour in BACKDROP)
    return light + np.clip(1.2 * far, 0, 1)[..., None] * (dark - light)


def draw_people(portrait: Portrait, clip: Clip, time: float) -> Image:
    """Return the picture at a moment: everyone in front of the backdrop."""
    picture = backdrop(clip.size)
    for person in clip.people:
        shown = portrait.render(weights_at(person.shows, time))
        shown = person.gain * (128 + person.contrast * (shown - 128))
        matrix = placement(person, time, clip.size[0])
        placed = cv2.warpAffine(shown, matrix, clip.size)
        matte = cv2.warpAffine(portrait.matte, matrix, clip.size)[..., None]
        picture += matte * (placed - picture)
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


def draw_objects(photograph: Image, clip: Clip, time: float) -> Image:
    """Return a picture without people: a pan over a coffee cup for two seconds, then drifting discs."""
    width, height = clip.size
    if time < 2:
        left, top = round(10 + 50 * time), round(20 + 35 * time)
        return np.ascontiguousarray(photograph[top : top + height, left : left + width])
    picture = backdrop(clip.size)
    for index in range(6):
        x = width * (0.1 + 0.16 * index) + 40 * math.sin(time + index)
        y = height * (0.5 + 0.3 * math.cos(1.3 * time + 2 * index))
        colour = (60 + 30 * index, 200 - 25 * index, 120 + 15 * index)
        cv2.circle(picture, (round(16 * x), round(16 * y)), 16 * (18 + 5 * index), colour, -1, cv2.LINE_AA, 4)
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


def even_ticks(rate: int, seconds: int) -> list[int]:
    """Return the moments of a constant frame rate."""
    return [index * VIDEO_CLOCK // rate for index in range(rate * seconds + 1)]


def uneven_ticks(seconds: float) -> list[int]:
    """Return moments 1/15 s and 1/30 s apart by turns, but every 6th to 11th frame lasts 0.2 s."""
    chance = np.random.default_rng(SEED)
    short, long, gap = (round(VIDEO_CLOCK * step) for step in GAPS)
    ticks, until_gap = [0], int(chance.integers(6, 12))
    while ticks[-1] < seconds * VIDEO_CLOCK:
        until_gap -= 1
        step = gap if until_gap == 0 else (short, long)[len(ticks) % 2]
        ticks.append(ticks[-1] + step)
        if until_gap == 0:
            until_gap = int(chance.integers(6, 12))
    return ticks


def clips() -> list[Clip]:
    """Return everything that is built."""
    moods = [(0, 1.8, "happy"), (2.4, 3.8, "neutral"), (4.4, 6.0, "sad"), (6.5, 8.2, "surprise")]
    moods += [(8.8, 10.4, "angry"), (11.0, 12.0, "happy")]
    left = [(0, 2.5, "happy"), (4.0, 6.0, "sad"), (7.5, 10.0, "happy")]
    right = [(0, 1.5, "angry"), (3.0, 6.5, "neutral"), (8.0, 10.0, "happy")]
    talk = [(0, 2.0, "neutral"), (2.8, 4.8, "happy"), (5.4, 6.4, "surprise"), (7.0, 8.0, "neutral")]
    darker = {"mirrored": True, "gain": 0.72, "contrast": 0.85, "phase": 2.0, "away": (3.5, 6.5)}
    pair = [Person("left", (175, 165), 1.25, left), Person("right", (470, 178), 1.1, right, **darker)]
    alone = Person("only", (320, 165), 1.4, moods)
    guest = Person("only", (240, 122), 1.15, talk, phase=1.0)
    selfie = Person("only", (135, 190), 1.25, [(0, 1.5, "happy"), (2.1, 4.0, "surprise")], phase=0.5)
    return [
        Clip("expressions.mp4", (640, 360), even_ticks(25, 12), [alone]),
        Clip("two-people.mp4", (640, 360), even_ticks(25, 10), pair),
        Clip("interview-vfr.mp4", (480, 270), uneven_ticks(8), [guest], sound=True),
        Clip("phone-rotated.mp4", (270, 480), even_ticks(30, 4), [selfie], rotation=-90),
        Clip("no-face.mp4", (480, 270), even_ticks(25, 4)),
    ]


def pictures(clip: Clip, portrait: Portrait, photograph: Image) -> Iterator[Image]:
    """Yield the pictures of a clip as they are stored."""
    for tick in clip.ticks[:-1]:
        time = tick / VIDEO_CLOCK
        picture = draw_people(portrait, clip, time) if clip.people else draw_objects(photograph, clip, time)
        yield np.ascontiguousarray(np.rot90(picture, -clip.rotation // 90))


def in_picture(clip: Clip, person: Person) -> list[dict[str, object]]:
    """Return the stretches during which the whole face is in the picture."""
    found: list[dict[str, object]] = []
    for tick, following in pairwise(clip.ticks):
        x, _, _, zoom = pose(person, tick / VIDEO_CLOCK, clip.size[0])
        if not FACE_HALF * zoom <= x <= clip.size[0] - FACE_HALF * zoom:
            continue
        start, end = round(tick / VIDEO_CLOCK, 6), round(following / VIDEO_CLOCK, 6)
        if found and found[-1]["end"] == start:
            found[-1]["end"] = end
        else:
            found.append({"who": person.who, "start": start, "end": end})
    return found
