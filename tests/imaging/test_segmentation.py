"""Ink is separated from background: exactly on drawings, well enough to be recognized on photos."""

import numpy as np
import pytest
from photos import SIZE, drawn, overlap, photo
from PIL import Image, ImageDraw

from digits.imaging import segmentation


@pytest.mark.parametrize("dark_on_light", [True, False])
def test_ink_of_a_drawing_is_exact(dark_on_light: bool):
    truth = np.rint(drawn() * 255).astype(np.uint8)
    found = segmentation.find_ink(255 - truth if dark_on_light else truth)
    assert found is not None
    assert np.allclose(found, truth / 255, atol=1e-6)


@pytest.mark.parametrize("dark_on_light", [True, False])
@pytest.mark.parametrize("tint", [1, 30, 100])
@pytest.mark.parametrize("kind", ["band", "squares"])
def test_tints_and_printed_lines_of_a_drawing_are_background(kind: str, tint: int, dark_on_light: bool):
    background = Image.new("L", SIZE[::-1], 0)
    pen = ImageDraw.Draw(background)
    if kind == "band":
        pen.rectangle([40, 60, 360, 160], fill=tint)
    for at in range(0, SIZE[1], 20) if kind == "squares" else ():
        pen.line([(at, 0), (at, SIZE[0])], fill=tint)
        pen.line([(0, at), (SIZE[1], at)], fill=tint)
    drawing = np.maximum(np.asarray(background), np.rint(drawn() * 255)).astype(np.uint8)
    found = segmentation.find_ink(255 - drawing if dark_on_light else drawing)
    assert found is not None
    assert overlap(found, drawn()) > 0.95
    assert not found[drawn() == 0].any()


def test_a_paler_pen_is_ink_and_no_tint():
    drawing = np.rint(drawn() * 255).astype(np.uint8)
    drawing[230:260, 260:380] = 150  # a stroke of its own, as large as a tint would be
    found = segmentation.find_ink(drawing)
    assert found is not None
    assert found[230:260, 260:380].min() > 0.5


def test_the_grays_of_a_small_picture_are_ink():
    image = np.zeros((16, 16), np.uint8)
    image[3:13, 7:9] = 255
    image[3:13, 6] = image[3:13, 9] = 100
    found = segmentation.find_ink(image)
    assert found is not None
    assert np.allclose(found, image / 255, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("contrast", "slope", "noise"), [(0.8, 0.0, 3), (0.35, 0.5, 6), (0.25, 0.3, 5), (0.5, 0.7, 6)])
@pytest.mark.parametrize("chalk", [False, True])
def test_ink_is_found_on_a_photo_in_uneven_light(contrast: float, slope: float, noise: float, seed: int, chalk: bool):
    gray = photo(drawn(), contrast, slope, noise, seed)
    found = segmentation.find_ink(255 - gray if chalk else gray)
    assert found is not None
    assert overlap(found, drawn()) > 0.8


@pytest.mark.parametrize("gray", [0, 128, 255])
def test_an_empty_sheet_has_no_ink(gray: int):
    assert segmentation.find_ink(np.full(SIZE, gray, np.uint8)) is None


def test_dirt_is_dropped_but_a_second_stroke_is_kept():
    truth = drawn()
    truth[150:160, 260:320] = 1  # a stroke of its own
    dirty = truth.copy()
    dirty[20:24, 30:34] = dirty[280:283, 350:352] = 1
    found = segmentation.find_ink(photo(dirty, 0.6, 0.2, 4))
    assert found is not None
    assert not found[10:30, 20:40].any()
    assert found[150:160, 265:315].mean() > 0.8


def test_overexposed_sheet_is_empty():
    rng = np.random.default_rng(0)
    for light in (240, 255, 270):
        fading = np.linspace(light, 0.8 * light, 300)[:, None] + rng.normal(0, 2, (300, 300))
        assert segmentation.find_ink(np.clip(fading, 0, 255).astype(np.uint8)) is None


def test_scan_with_clipped_white_gives_only_the_stroke():
    rng = np.random.default_rng(0)
    scan = 257 + rng.normal(0, 3, SIZE) - 180 * drawn()
    found = segmentation.find_ink(np.clip(scan, 0, 255).astype(np.uint8))
    assert found is not None
    assert overlap(found, drawn()) > 0.8
    assert found[:40].max() == 0


def test_faint_pixels_far_from_the_ink_are_dropped():
    sheet = 255 - np.rint(drawn() * 255).astype(np.uint8)
    sheet[2, 3] = sheet[297, 390] = 254
    found = segmentation.find_ink(sheet)
    assert found is not None
    assert (found[2, 3], found[297, 390]) == (0, 0)
    assert found.max() == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 2), (2, 100), (3, 3), (3, 1000), (1000, 3)])
def test_tiny_and_thin_pictures_raise_nothing(shape: tuple[int, int]):
    for seed in range(5):
        gray = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
        found = segmentation.find_ink(gray)
        assert found is None or found.shape == tuple(np.minimum(shape, segmentation.PHOTO))


@pytest.mark.parametrize(("brightest", "darkest"), [(250, 150), (212, 146), (110, 60), (46, 30)])
def test_dark_paper_with_a_gradient_is_empty(brightest: int, darkest: int):
    light = np.linspace(brightest, darkest, 400) + np.random.default_rng(0).normal(0, 1, (400, 400))
    for gray in (light, 255 - light):
        assert segmentation.find_ink(np.clip(gray, 0, 255).astype(np.uint8)) is None


@pytest.mark.parametrize("dark_on_light", [True, False])
def test_a_1_that_fills_most_of_its_picture_is_ink(dark_on_light: bool):
    image = Image.new("L", (40, 120), 0)
    ImageDraw.Draw(image).line([(24, 0), (16, 119)], fill=255, width=26)
    truth = np.asarray(image)
    assert (truth > 0).mean() > 0.6
    found = segmentation.find_ink(255 - truth if dark_on_light else truth)
    assert found is not None
    assert overlap(found, truth / 255) > 0.95


@pytest.mark.parametrize("dark_on_light", [True, False])
def test_a_drawing_that_touches_the_border_is_whole(dark_on_light: bool):
    truth = np.rint(drawn()[70:217, 143:247] * 255).astype(np.uint8)  # cut to the ink
    found = segmentation.find_ink(255 - truth if dark_on_light else truth)
    assert found is not None
    assert np.allclose(found, np.where(truth / 255 > segmentation.MIN_CONTRAST, truth / 255, 0), atol=1e-6)


def test_wide_strokes_that_reach_the_border_are_whole():
    image = Image.new("L", (100, 140), 0)
    ImageDraw.Draw(image).line([(15, 30), (80, 30), (20, 125), (85, 125)], fill=255, width=30, joint="curve")
    truth = np.asarray(image, np.float32)[15:140] / 255
    gray = 240 - 200 * truth + np.random.default_rng(0).normal(0, 2, truth.shape)
    found = segmentation.find_ink(gray.astype(np.uint8))
    assert found is not None
    assert overlap(found, truth) > 0.9


def test_small_gray_scans_whose_ink_fills_the_picture_are_read_as_they_are():
    scan = np.asarray(Image.fromarray((255 - 255 * drawn()[60:230, 130:260]).astype(np.uint8)).resize((16, 16)))
    found = segmentation.find_ink(scan)
    assert found is not None
    assert np.allclose(found, (255 - scan) / (255 - scan.min()), atol=0.07)
