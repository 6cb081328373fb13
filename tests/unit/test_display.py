"""Pictures as they are displayed: mirrored, turned, with pixels that are not square, of several sizes in one file."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from clips import Picture, make_clip, read_number
from videmo.faces.detector import on_recording
from videmo.records import Detection, Recording
from videmo.video.display import believable, displayed_size, fitted
from videmo.video.displayed import displayed_yuv420p
from videmo.video.luma import Luma, displayed_colours, luma_of
from videmo.video.plan import plan_chunks
from videmo.video.planar import planes_of
from videmo.video.probe import probe
from videmo.video.read import Frame, ReadCounts, read_frames
from videmo.video.stills import read_stills

MATRICES = {
    "as stored": (1, 0, 0, 1),
    "turned by 180°": (-1, 0, 0, -1),
    "turned clockwise": (0, 1, -1, 0),
    "turned anticlockwise": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
    "upside down": (1, 0, 0, -1),
    "along the falling diagonal": (0, 1, 1, 0),
    "along the rising diagonal": (0, -1, -1, 0),
}
OBLONG = {
    "PAL, 16:9": ((720, 576), Fraction(64, 45), (1024, 576)),
    "HDV": ((1440, 1080), Fraction(4, 3), (1920, 1080)),
    "NTSC, 4:3": ((720, 480), Fraction(8, 9), (640, 480)),
    "half as wide": ((352, 576), Fraction(2), (704, 576)),
}


def _frames(path: Path) -> tuple[Recording, list[Frame]]:
    recording = probe(path)
    (whole,) = plan_chunks(recording, chunk_s=math.inf)
    return recording, list(read_frames(recording, whole, fps=None, counts=ReadCounts()))


def _corners(_: int) -> Picture:
    """A bright block at the top left, and a narrower one at the top right: 160 by 120."""
    picture = np.full((120, 160, 3), 30, np.uint8)
    picture[:30, :40] = 220
    picture[:30, 140:] = 140
    return picture


def _disc(size: tuple[int, int]) -> Picture:
    """A bright disc at a third of the width, as wide as high."""
    y, x = np.mgrid[: size[1], : size[0]]
    inside = np.hypot(x - size[0] / 3, y - size[1] / 2) < size[1] / 4
    return np.repeat(np.where(inside, 220, 30).astype(np.uint8)[..., None], 3, axis=2)


def _disc_box(plane: Picture) -> list[int]:
    """Left, top, width and height of what is bright."""
    rows, columns = np.nonzero(plane > 125)
    left, top = int(columns.min()), int(rows.min())
    return [left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top]


@pytest.mark.parametrize("file", ["a.mp4", "a.mov"])
@pytest.mark.parametrize("name", MATRICES)
def test_every_display_matrix_shows_the_picture_as_players_do(name: str, file: str, tmp_path: Path) -> None:
    make_clip(tmp_path / file, matrix=MATRICES[name], frames=3, pictures=_corners)
    recording, frames = _frames(tmp_path / file)
    assert (recording.width, recording.height) == (160, 120)
    expected = _corners(0)[:, :, 0].astype(int)
    assert np.abs(frames[0].luma.full() - expected).mean() < 4
    written = planes_of(displayed_yuv420p(frames[0].picture, recording))[0]
    assert np.abs((written - 16.0) * 255 / 219 - expected).mean() < 4
    ((_, still),) = read_stills(recording, [0.0])
    assert np.abs(still[:, :, 1] - expected).mean() < 4
    for channel in displayed_colours(frames[0].picture, recording, frames[0].aspect):
        assert np.abs(channel.full() - expected).mean() < 4


@pytest.mark.parametrize("name", MATRICES)
def test_mirrored_recordings_are_described_as_such(name: str, tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", matrix=MATRICES[name], frames=1)
    a, b, c, d = MATRICES[name]
    assert probe(tmp_path / "a.mp4").mirrored == (a * d - b * c < 0)


@pytest.mark.parametrize("file", ["a.jpg", "a.png", "a.webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_still_picture_is_seen_as_its_exif_says(orientation: int, file: str, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(_corners(0)).save(tmp_path / file, exif=exif, quality=95)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(tmp_path / file)).convert("L"), int)
    recording, (frame,) = _frames(tmp_path / file)
    assert (recording.height, recording.width) == expected.shape
    assert np.abs(frame.luma.full() - expected).mean() < 4
    ((_, still),) = read_stills(recording, [0.0])
    assert np.abs(still[:, :, 1] - expected).mean() < 4


@pytest.mark.parametrize("name", MATRICES)
def test_display_matrix_holds_whatever_else_comes_with_a_picture(name: str, tmp_path: Path) -> None:
    """PNG in QuickTime that also says which camera took it, which PyAV has no word for."""
    a, b, c, d = MATRICES[name]
    exif = Image.Exif()
    exif[0x010F] = "camera"
    shown = _corners(0)
    stored = np.swapaxes(shown, 0, 1)[::c, ::b] if a == 0 else shown[::d, ::a]
    Image.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "a.png", exif=exif)
    with av.open(str(tmp_path / "a.mov"), "w") as container:
        stream: Any = container.add_stream("png", rate=25)
        stream.height, stream.width, stream.pix_fmt = *stored.shape[:2], "rgb24"
        stream.set_display_matrix((a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30))
        packet = av.Packet((tmp_path / "a.png").read_bytes())
        packet.pts, packet.dts, packet.duration, packet.stream = 0, 0, 1, stream
        packet.time_base, packet.is_keyframe = Fraction(1, 25), True
        container.mux(packet)
    recording, (frame,) = _frames(tmp_path / "a.mov")
    assert recording.mirrored == (a * d - b * c < 0)
    assert np.abs(frame.luma.full() - shown[:, :, 0].astype(int)).mean() < 4


@pytest.mark.parametrize("name", OBLONG)
def test_pixels_that_are_not_square_are_shown_in_their_proportions(name: str, tmp_path: Path) -> None:
    stored, aspect, displayed = OBLONG[name]
    making = {"size": displayed, "stored": stored, "aspect": aspect, "frames": 2}
    make_clip(tmp_path / "a.mp4", pictures=lambda _: _disc(displayed), **making)  # type: ignore[arg-type]
    recording, frames = _frames(tmp_path / "a.mp4")
    assert (recording.width, recording.height) == displayed
    assert recording.pixel_aspect == pytest.approx(float(aspect))
    expected = _disc_box(_disc(displayed)[:, :, 0])
    luma = frames[0].luma
    assert (luma.width, luma.height) == displayed
    assert _disc_box(luma.full()) == pytest.approx(expected, abs=2)
    x, y, w, h = expected
    assert _disc_box(luma.patch(x - w / 4, y - h / 4, 1.5 * w, 96)) == pytest.approx([16, 16, 64, 64], abs=2)
    written = planes_of(displayed_yuv420p(frames[0].picture, recording))[0]
    assert _disc_box(written) == pytest.approx(expected, abs=2)
    ((_, still),) = read_stills(recording, [0.0])
    assert still.shape[1::-1] == displayed
    assert _disc_box(still[:, :, 1]) == pytest.approx(expected, abs=2)
    for channel in displayed_colours(frames[0].picture, recording, frames[0].aspect):
        assert _disc_box(channel.full()) == pytest.approx(expected, abs=2)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_oblong_pixels_of_a_turned_recording_lie_down_with_it(rotation: int, tmp_path: Path) -> None:
    size, stored = (288, 512), (360, 288)
    if rotation == 180:
        size = size[::-1]
    picture = _disc((min(size), min(size)))
    drawn = np.zeros((size[1], size[0], 3), np.uint8)
    drawn[: picture.shape[0], : picture.shape[1]] = picture
    make_clip(
        tmp_path / "a.mp4", size=size, stored=stored, aspect=Fraction(64, 45), rotation=rotation, frames=1,
        pictures=lambda _: drawn,
    )  # fmt: skip
    recording, (frame,) = _frames(tmp_path / "a.mp4")
    assert (recording.width, recording.height) == size
    assert _disc_box(frame.luma.full()) == pytest.approx(_disc_box(drawn[:, :, 0]), abs=2)


@pytest.mark.parametrize("file", ["a.mp4", "a.mkv", "a.ts", "a.mpg", "a.flv"])
def test_shape_of_pixels_is_known_from_every_container(file: str, tmp_path: Path) -> None:
    old = file.endswith("mpg")
    making = {"codec": "mpeg2video"} if old else {}
    make_clip(tmp_path / file, size=(320, 240), aspect=Fraction(4, 3) if not old else Fraction(1), frames=10, **making)  # type: ignore[arg-type]
    assert probe(tmp_path / file).width == (320 if old else 427)


def test_shape_of_pixels_may_change_on_the_way(tmp_path: Path) -> None:
    for name, aspect, start_s in (("a.ts", Fraction(4, 3), 0.0), ("b.ts", Fraction(1), 0.4)):
        make_clip(tmp_path / name, size=(320, 240), aspect=aspect, frames=10, bframes=2, start_s=start_s)
    (tmp_path / "c.ts").write_bytes((tmp_path / "a.ts").read_bytes() + (tmp_path / "b.ts").read_bytes())
    _, frames = _frames(tmp_path / "c.ts")
    assert [frame.luma.width for frame in frames] == [427] * 10 + [320] * 10


def test_nonsense_about_pixels_is_not_believed() -> None:
    assert [believable(said) for said in (None, Fraction(0), Fraction(-4, 3), Fraction(65535), Fraction(1, 999))] == [
        1
    ] * 5
    assert believable(Fraction(4, 3)) == pytest.approx(4 / 3)


def test_square_pixels_are_left_where_they_are() -> None:
    frame = av.VideoFrame(64, 48, "yuv420p")
    assert displayed_size(64, 48, 1.0, 90) == (48, 64)
    assert np.shares_memory(luma_of(frame, 0).plane, np.frombuffer(memoryview(frame.planes[0]), np.uint8))


def test_picture_of_other_proportions_is_fitted_into_the_middle() -> None:
    assert fitted((640, 360), (640, 360)) == (0, 0, 640, 360)
    assert fitted((320, 180), (640, 360)) == (0, 0, 640, 360)
    assert fitted((360, 480), (640, 360)) == (185, 0, 270, 360)
    assert fitted((640, 360), (360, 480)) == (0, 138.75, 360, 202.5)
    assert fitted((641, 361), (640, 360)) == (0, 0, 640, 360)


def test_face_in_a_picture_of_other_proportions_keeps_its_own(tmp_path: Path) -> None:
    make_clip(tmp_path / "a.mp4", size=(640, 360), frames=1)
    recording = probe(tmp_path / "a.mp4")
    luma = Luma(np.zeros((480, 360), np.uint8), False, 0)
    face = on_recording(Detection(100, 120, 80, 120, 0.9, ((120.0, 160.0),) * 5), luma, recording)
    assert (face.x, face.y, face.w, face.h) == (185 + 75, 90, 60, 90)
    assert face.landmarks[0] == (185 + 90, 120)


def test_recording_whose_pictures_change_their_size_keeps_their_proportions(tmp_path: Path) -> None:
    sizes = ((320, 180), (180, 240))
    for name, size, start_s in (("a.ts", sizes[0], 0.0), ("b.ts", sizes[1], 0.4)):
        make_clip(tmp_path / name, size=size, frames=10, start_s=start_s)
    (tmp_path / "c.ts").write_bytes((tmp_path / "a.ts").read_bytes() + (tmp_path / "b.ts").read_bytes())
    recording, frames = _frames(tmp_path / "c.ts")
    assert len(frames) == 20
    picture = planes_of(displayed_yuv420p(frames[15].picture, recording))[0]
    assert picture.shape == (180, 320)
    left = round((320 - 135) / 2 / 2) * 2
    assert picture[:, : left - 1].max() <= 20
    assert picture[:, left + 136 :].max() <= 20
    assert read_number(picture[:, left : left + 135]) == 5
    (_, still) = next(read_stills(recording, [0.6]))
    assert read_number(still[:, 93 : 93 + 135, 1]) == 5
