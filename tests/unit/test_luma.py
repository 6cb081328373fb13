"""Brightness: the same picture gives the same luma, however it is stored, turned and scaled."""

from __future__ import annotations

from itertools import product

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest
from av.video.reformatter import ColorRange

from clips import Picture
from videmo.video.luma import Luma, luma_of

WIDTH, HEIGHT = 48, 32
ROTATIONS = (0, 90, 180, 270)


def _picture() -> Picture:
    """All levels of gray, and blocks of colour: ``(HEIGHT, WIDTH, 3)`` RGB."""
    levels = np.linspace(0, 255, WIDTH * (HEIGHT // 2)).round().astype(np.uint8).reshape(HEIGHT // 2, WIDTH)
    picture = np.repeat(np.vstack([levels, levels[:, ::-1]])[:, :, None], 3, axis=2)
    for place, colour in enumerate([(200, 40, 40), (40, 180, 60), (60, 60, 220), (240, 220, 80)]):
        picture[16:24, place * 12 : place * 12 + 12] = colour
    return np.ascontiguousarray(picture)


def _expected(picture: Picture) -> npt.NDArray[np.float64]:
    return picture.astype(float) @ np.array([0.299, 0.587, 0.114])


def _stored(picture: Picture, pix_fmt: str, colour_range: ColorRange | None) -> av.VideoFrame:
    source = av.VideoFrame.from_ndarray(picture, format="rgb24")
    if pix_fmt == "rgb24":
        return source
    if colour_range is None:
        return source.reformat(format=pix_fmt, threads=1)
    frame = source.reformat(format=pix_fmt, dst_color_range=int(colour_range), threads=1)
    frame.color_range = int(colour_range)
    return frame


YUV = (
    "yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p", "yuva420p", "yuva422p", "yuva444p",
    "nv12", "nv21", "nv16", "nv24", "nv42",
    "yuyv422", "uyvy422", "yvyu422",
    "yuv420p9le", "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuv440p10le", "yuva444p10le",
    "yuv420p12le", "yuv422p12le", "yuv444p12le", "yuv444p14le", "yuv420p16le", "yuv444p16le",
    "yuv420p10be", "yuv444p16be", "p010le", "p012le", "p016le", "p216le", "p416le", "nv20le", "y210le",
)  # fmt: skip
RGB = (
    "rgb24", "bgr24", "rgb0", "bgr0", "0rgb", "rgba", "bgra", "argb", "gbrp", "gbrap", "gbrp10le", "gbrp12le",
    "gbrp16le", "rgb48le", "bgra64le",
)  # fmt: skip
GRAY = ("gray", "gray10le", "gray12le", "gray16le", "gray16be", "ya8")
IN_PLACE = (
    "yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p", "yuva420p", "yuva444p", "nv12", "nv21", "gray",
)  # fmt: skip


@pytest.mark.parametrize("colour_range", [ColorRange.MPEG, ColorRange.JPEG])
@pytest.mark.parametrize("pix_fmt", YUV)
def test_picture_has_the_same_luma_in_every_yuv_format_and_range(pix_fmt: str, colour_range: ColorRange) -> None:
    luma = luma_of(_stored(_picture(), pix_fmt, colour_range), 0)
    assert np.abs(luma.full() - _expected(_picture())).max() <= 2


@pytest.mark.parametrize("pix_fmt", ["p210le", "p212le", "p410le", "p412le"])
def test_levels_in_the_high_bits_are_read_from_there(pix_fmt: str) -> None:
    luma = luma_of(_stored(_picture(), pix_fmt, ColorRange.MPEG), 0)
    assert np.abs(luma.full() - _expected(_picture())).max() <= 2


@pytest.mark.parametrize("pix_fmt", ["yuvj420p", "yuvj422p", "yuvj444p", "yuvj440p"])
def test_format_that_is_full_range_by_name_is_taken_as_it_is(pix_fmt: str) -> None:
    luma = luma_of(_stored(_picture(), pix_fmt, None), 0)
    assert not luma.limited
    assert np.abs(luma.full() - _expected(_picture())).max() <= 2


@pytest.mark.parametrize("pix_fmt", RGB)
def test_picture_has_the_same_luma_in_every_rgb_format(pix_fmt: str) -> None:
    luma = luma_of(_stored(_picture(), pix_fmt, None), 0)
    assert np.abs(luma.full() - _expected(_picture())).max() <= 2


@pytest.mark.parametrize("pix_fmt", GRAY)
def test_picture_has_the_same_luma_in_every_gray_format(pix_fmt: str) -> None:
    luma = luma_of(_stored(_picture(), pix_fmt, None), 0)
    assert np.abs(luma.full() - _expected(_picture())).max() <= 2


@pytest.mark.parametrize("pix_fmt", ["rgb8", "rgb565le", "rgb4_byte", "monow", "monob"])
def test_coarse_formats_keep_bright_and_dark_apart(pix_fmt: str) -> None:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[:, WIDTH // 2 :] = 255
    full = luma_of(_stored(picture, pix_fmt, None), 0).full()
    assert full[:, : WIDTH // 2].max() < 10
    assert full[:, WIDTH // 2 :].min() > 245


@pytest.mark.parametrize("width", [10, 33, 47, 48])
@pytest.mark.parametrize("pix_fmt", ["yuv444p", "yuv420p", "yuv420p10le", "yuyv422", "rgb24", "nv12"])
def test_lines_with_padding_are_cut_to_the_width(pix_fmt: str, width: int) -> None:
    picture = np.ascontiguousarray(_picture()[:17, :width])
    luma = luma_of(_stored(picture, pix_fmt, ColorRange.MPEG if pix_fmt[0] != "r" else None), 0)
    assert luma.plane.shape == (17, width)
    assert np.abs(luma.full() - _expected(picture)).max() <= 2


@pytest.mark.parametrize("pix_fmt", IN_PLACE)
def test_plane_of_eight_bits_is_used_where_it_lies(pix_fmt: str) -> None:
    frame = _stored(_picture(), pix_fmt, None)
    luma = luma_of(frame, 90)
    assert luma.plane.__array_interface__["data"][0] == frame.planes[0].buffer_ptr
    assert np.shares_memory(luma.plane, np.frombuffer(frame.planes[0], np.uint8))


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_asking_for_parts_leaves_the_decoded_picture_as_it_was(rotation: int) -> None:
    frame = _stored(_picture(), "yuv420p", None)
    before = bytes(frame.planes[0])
    luma = luma_of(frame, rotation)
    for part in (luma.full(), luma.scaled(10, 10), luma.patch(-4, 3, 20, 8), luma.patch(2, 3, 8, 8)):
        part[:] = 7
    assert bytes(frame.planes[0]) == before


@pytest.mark.parametrize(
    ("rotation", "limited"),
    [(0, False), (0, True), (90, False), (180, False), (270, False), (90, True)],
)
def test_whole_picture_is_a_copy(rotation: int, limited: bool) -> None:
    luma = Luma(_plane(20, 30), limited, rotation)
    for whole in (luma.full(), luma.scaled(luma.width, luma.height)):
        assert whole.flags.c_contiguous
        assert not np.shares_memory(whole, luma.plane)


@pytest.mark.parametrize("limited", [True, False])
@pytest.mark.parametrize("rotation", ROTATIONS)
def test_parts_are_copies(rotation: int, limited: bool) -> None:
    luma = Luma(_plane(20, 30), limited, rotation)
    for part in (luma.scaled(7, 5), luma.patch(1, 2, 9, 9), luma.patch(1, 2, 9, 4), luma.patch(-1, 0, 9, 9)):
        assert part.flags.c_contiguous
        assert part.dtype == np.uint8
        assert not np.shares_memory(part, luma.plane)


def test_limited_range_is_expanded() -> None:
    plane = np.array([[0, 16, 17, 126, 234, 235, 255]], np.uint8)
    assert Luma(plane, True, 0).full().tolist() == [[0, 0, 1, 128, 254, 255, 255]]
    assert Luma(plane, False, 0).full().tolist() == plane.tolist()


@pytest.mark.parametrize(("bits", "pix_fmt"), [(10, "gray10le"), (12, "gray12le"), (16, "gray16le")])
def test_deeper_levels_are_rounded_not_cut(bits: int, pix_fmt: str) -> None:
    step = 1 << (bits - 8)
    levels = [0, step // 2 - 1, step // 2, 100 * step + step // 2, 255 * step, (1 << bits) - 1]
    frame = av.VideoFrame(len(levels), 1, pix_fmt)
    line = np.zeros(frame.planes[0].line_size // 2, np.uint16)
    line[: len(levels)] = levels
    frame.planes[0].update(line.tobytes())
    assert luma_of(frame, 0).full().tolist() == [[0, 0, 1, 101, 255, 255]]


def test_gray_that_says_it_is_limited_is_expanded() -> None:
    frame = av.VideoFrame.from_ndarray(np.array([[16, 235]], np.uint8), format="gray")
    frame.color_range = int(ColorRange.MPEG)
    assert luma_of(frame, 0).full().tolist() == [[0, 255]]


def _plane(rows: int, columns: int) -> Picture:
    """Noise with a gradient: no two places look alike."""
    noise = np.random.default_rng(3).integers(0, 60, (rows, columns))
    slope = np.add.outer(np.linspace(0, 90, rows), np.linspace(0, 90, columns))
    return (noise + slope).astype(np.uint8)


def _turned(plane: Picture, rotation: int) -> Picture:
    return np.ascontiguousarray(np.rot90(plane, rotation // 90))


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_displayed_size_and_picture_are_turned_counter_clockwise(rotation: int) -> None:
    plane = _plane(20, 31)
    luma = Luma(plane, False, rotation)
    assert (luma.height, luma.width) == _turned(plane, rotation).shape
    assert np.array_equal(luma.full(), _turned(plane, rotation))


@pytest.mark.parametrize("limited", [True, False])
@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("shape", [(20, 31), (7, 5), (1, 1), (3, 40)])
def test_patch_is_a_crop_of_the_displayed_picture_that_repeats_its_edges(
    shape: tuple[int, int], rotation: int, limited: bool
) -> None:
    luma = Luma(_plane(*shape), limited, rotation)
    margin = 60
    padded = np.pad(luma.full(), margin, mode="edge")
    for x, y, side in product((-50, -9, -1, 0, 3, 18, 45), (-50, -6, 0, 2, 11, 28, 45), (1, 8, 13)):
        expected = padded[margin + y : margin + y + side, margin + x : margin + x + side]
        if expected.shape == (side, side):
            assert np.array_equal(luma.patch(x, y, side, side), expected), (x, y, side)


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("size", [6, 24, 40])
def test_patch_is_scaled_like_a_crop_of_the_displayed_picture(size: int, rotation: int) -> None:
    luma = Luma(_plane(40, 60), False, rotation)
    for x, y in ((3, 5), (-4, -7), (luma.width - 20, luma.height - 15)):
        crop = np.pad(luma.full(), 40, mode="edge")[40 + y : 64 + y, 40 + x : 64 + x]
        method = cv2.INTER_AREA if size < 24 else cv2.INTER_LINEAR
        expected = cv2.resize(np.ascontiguousarray(crop), (size, size), interpolation=method).astype(int)
        assert np.abs(luma.patch(x, y, 24, size) - expected).max() <= 1


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_patch_between_pixels_is_the_same_whether_the_picture_was_stored_turned(rotation: int) -> None:
    luma = Luma(_plane(20, 31), False, rotation)
    upright = Luma(luma.full(), False, 0)
    for x, y, side in product((0.3, 4.4, 5.5, 6.8), (0.4, 2.5, 5.8), (7.6, 8.2, 8.5)):
        assert np.array_equal(luma.patch(x, y, side, 8), upright.patch(x, y, side, 8)), (x, y, side)


def test_patch_between_pixels_is_the_nearest_one() -> None:
    luma = Luma(_plane(20, 31), False, 0)
    assert np.array_equal(luma.patch(4.3, 5.8, 8.2, 8), luma.patch(4, 6, 8, 8))


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize(
    ("width", "height"), [(15, 10), (62, 40), (31, 20), (93, 60), (124, 80), (45, 45), (20, 13), (9, 17), (1, 1)]
)
def test_scaling_a_turned_picture_is_turning_then_scaling(width: int, height: int, rotation: int) -> None:
    plane = _smooth(80, 124)
    scaled = Luma(plane, False, rotation).scaled(width, height).astype(int)
    upright = Luma(_turned(plane, rotation), False, 0).scaled(width, height)
    assert scaled.shape == (height, width)
    # What is left over beside whole blocks may lie at another edge: of a picture that changes slowly, little.
    assert np.abs(scaled - upright).max() <= 6


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_scaling_by_a_whole_number_is_the_mean_of_blocks(factor: int) -> None:
    plane = _plane(30, 60)
    means = plane.reshape(30 // factor, factor, 60 // factor, factor).mean(axis=(1, 3))
    assert np.abs(Luma(plane, False, 0).scaled(60 // factor, 30 // factor) - means).max() <= 0.5


@pytest.mark.parametrize(("width", "height"), [(320, 180), (213, 120), (160, 90), (100, 57)])
def test_scaling_keeps_places(width: int, height: int) -> None:
    """A bright spot stays where it was, to a pixel of the smaller picture; that is what boxes depend on."""
    for x, y in ((100, 50), (400, 300), (840, 470), (853, 479)):
        plane = np.zeros((481, 857), np.uint8)
        plane[y - 20 : y + 1, x - 20 : x + 1] = 250
        rows, columns = np.nonzero(Luma(plane, False, 0).scaled(width, height) > 100)
        assert columns.mean() + 0.5 == pytest.approx((x - 9.5) * width / 857, abs=1)
        assert rows.mean() + 0.5 == pytest.approx((y - 9.5) * height / 481, abs=1)


@pytest.mark.parametrize("rotation", ROTATIONS)
@pytest.mark.parametrize("shape", [(18, 32), (17, 3), (1, 1), (200, 310), (700, 500), (1080, 1920)])
def test_a_thumbnail_is_much_the_same_as_a_small_picture(shape: tuple[int, int], rotation: int) -> None:
    luma = Luma(_smooth(*shape), False, rotation)
    small = luma.thumbnail(32, 18)
    assert small.shape == (18, 32)
    assert np.abs(small.astype(int) - luma.scaled(32, 18)).mean() < 3


def _smooth(rows: int, columns: int) -> Picture:
    """A picture that changes slowly."""
    y, x = np.mgrid[:rows, :columns] / max(rows, columns)
    return (120 + 60 * np.sin(5 * x) + 50 * np.cos(4 * y)).astype(np.uint8)


@pytest.mark.parametrize("rotation", ROTATIONS)
def test_expanding_after_scaling_is_as_good_as_before(rotation: int) -> None:
    plane = np.clip(_plane(40, 62), 16, 235).astype(np.uint8)
    expanded = Luma(Luma(plane, True, 0).full(), False, rotation).scaled(20, 13).astype(int)
    assert np.abs(Luma(plane, True, rotation).scaled(20, 13) - expanded).max() <= 2
