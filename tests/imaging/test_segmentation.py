"""Ink is separated from background: exactly on drawings, well enough to be recognized on photos."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from digits.imaging import segmentation
from digits.imaging.segmentation import MIN_CONTRAST, cut_out, find_ink
from photos import SIZE, drawn, ink_of, overlap, photo

BOTH_WAYS = pytest.mark.parametrize("dark_on_light", [True, False])
INK = np.rint(drawn() * 255).astype(np.uint8)
ROWS, COLUMNS = np.mgrid[: SIZE[0], : SIZE[1]]


@BOTH_WAYS
@pytest.mark.parametrize("place", [np.s_[:, :], np.s_[70:217, 143:247]], ids=["on a page", "cut to the ink"])
def test_ink_of_a_drawing_is_exact(place: tuple[slice, slice], dark_on_light: bool):
    truth = INK[place]
    expected = np.where(truth / 255 > MIN_CONTRAST, truth / 255, 0)
    assert np.allclose(ink_of(255 - truth if dark_on_light else truth), expected, atol=1e-6)


@BOTH_WAYS
@pytest.mark.parametrize("tint", [1, 100])
@pytest.mark.parametrize("kind", ["band", "squares"])
def test_tints_and_lines_of_a_drawing_are_no_ink(kind: str, tint: int, dark_on_light: bool):
    background = Image.new("L", SIZE[::-1], 0)
    pen = ImageDraw.Draw(background)
    if kind == "band":
        pen.rectangle([40, 60, 360, 160], fill=tint)
    for at in range(0, SIZE[1], 20) if kind == "squares" else ():
        pen.line([(at, 0), (at, SIZE[0])], fill=tint)
        pen.line([(0, at), (SIZE[1], at)], fill=tint)
    drawing = np.maximum(np.asarray(background), INK)
    ink = ink_of(255 - drawing if dark_on_light else drawing)
    assert overlap(ink, drawn()) > 0.95
    assert not ink[drawn() == 0].any()


def test_a_paler_pen_is_ink_and_no_tint():
    drawing = INK.copy()
    drawing[230:260, 260:380] = 150  # a second stroke, as large as a tint would be
    assert ink_of(drawing)[230:260, 260:380].min() > 0.5


def test_the_grays_of_a_small_picture_are_ink():
    image = np.zeros((16, 16), np.uint8)
    image[3:13, 6:10] = 100, 255, 255, 100
    assert np.allclose(ink_of(image), image / 255, atol=1e-6)


@BOTH_WAYS
def test_a_1_that_fills_most_of_its_picture_is_ink(dark_on_light: bool):
    image = Image.new("L", (40, 120), 0)
    ImageDraw.Draw(image).line([(24, 0), (16, 119)], fill=255, width=26)
    truth = np.asarray(image)
    assert (truth > 0).mean() > 0.6
    assert overlap(ink_of(255 - truth if dark_on_light else truth), truth / 255) > 0.95


def test_wide_strokes_that_reach_the_border_are_whole():
    image = Image.new("L", (100, 140), 0)
    ImageDraw.Draw(image).line([(15, 30), (80, 30), (20, 125), (85, 125)], fill=255, width=30, joint="curve")
    truth = np.asarray(image, np.float32)[15:140] / 255
    assert overlap(ink_of(240 - 200 * truth + np.random.default_rng(0).normal(0, 2, truth.shape)), truth) > 0.9


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("contrast", "slope", "noise"), [(0.8, 0.0, 3), (0.25, 0.3, 5), (0.5, 0.7, 6)])
@pytest.mark.parametrize("chalk", [False, True])
def test_ink_on_a_photo_in_uneven_light(contrast: float, slope: float, noise: float, seed: int, chalk: bool):
    gray = photo(drawn(), contrast, slope, noise, seed)
    assert overlap(ink_of(255 - gray if chalk else gray), drawn()) > 0.8


@pytest.mark.parametrize(
    ("brightest", "darkest"), [(0, 0), (128, 128), (270, 216), (255, 204), (240, 192), (250, 150), (212, 146), (46, 30)]
)
def test_an_empty_sheet_has_no_ink_even_if_it_fades(brightest: int, darkest: int):
    light = np.linspace(brightest, darkest, 400) + np.random.default_rng(0).normal(0, 1, (400, 400))
    for gray in (light, 255 - light):
        assert find_ink(np.clip(gray, 0, 255).astype(np.uint8)) is None


def test_dirt_is_dropped_but_a_second_stroke_is_kept():
    truth = drawn()
    truth[150:160, 260:320] = 1  # a second stroke
    truth[20:24, 30:34] = truth[280:283, 350:352] = 1
    ink = ink_of(photo(truth, 0.6, 0.2, 4))
    assert not ink[10:30, 20:40].any()
    assert ink[150:160, 265:315].mean() > 0.8


def test_scan_with_clipped_white_gives_only_the_stroke():
    ink = ink_of(257 + np.random.default_rng(0).normal(0, 3, SIZE) - 180 * drawn())
    assert overlap(ink, drawn()) > 0.8
    assert ink[:40].max() == 0


@pytest.mark.parametrize("shape", [(1, 1), (2, 100), (3, 3), (3, 1000), (1000, 3)])
def test_tiny_and_thin_pictures_raise_nothing(shape: tuple[int, int]):
    for seed in range(5):
        ink = find_ink(np.random.default_rng(seed).integers(0, 256, shape, np.uint8))
        assert ink is None or ink.shape == tuple(np.minimum(shape, segmentation.PHOTO))


@pytest.mark.parametrize(
    ("contrast", "strength", "squared", "angle"),
    [(0.7, 0.2, False, 0), (0.7, 0.5, True, 0), (0.3, 0.45, True, -15), (0.3, 0.45, True, -4), (0.3, 0.45, True, 20)],
)
def test_rulings_are_no_ink_and_strokes_stay_whole(contrast: float, strength: float, squared: bool, angle: float):
    lines = np.zeros((600, 600), np.uint8)
    for start in range(10, 600, 33):
        lines[start : start + 2] = 255
        if squared:
            lines[:, start : start + 2] = 255
    rotated = Image.fromarray(lines).rotate(angle, Image.Resampling.BILINEAR)
    rulings = np.asarray(rotated.crop((100, 150, 500, 450)), np.float32) / 255
    gray = photo(drawn(), contrast, 0.0, 3) * (1 - strength * rulings * (1 - drawn()))
    assert overlap(ink_of(gray), drawn()) > 0.75


def test_the_strokes_of_a_narrow_strip_are_no_rulings():
    image = Image.new("L", (400, 60), 0)
    for left in range(40, 400, 60):  # slanted 1s
        ImageDraw.Draw(image).line([(left, 50), (left + 12, 10)], fill=255, width=4)
    truth = np.zeros(SIZE, np.float32)
    truth[100:160] = np.asarray(image, np.float32) / 255
    assert overlap(ink_of(photo(truth, 0.7, 0.3, 3)[100:160]), truth[100:160]) > 0.75


@pytest.mark.parametrize(
    ("contrast", "light", "where"),
    [
        (0.7, 0.8, ROWS + COLUMNS > 480),
        (0.85, 0.45, ROWS + 2 * COLUMNS > 600),
        (0.25, 0.5, 2 * ROWS + COLUMNS < 860),  # all but a corner, which is brighter: the pencil is no chalk
    ],
)
def test_the_edge_of_a_shadow_is_no_ink(contrast: float, light: float, where: np.ndarray):
    assert overlap(ink_of(photo(drawn(), contrast, 0.0, 3) * np.where(where, light, 1.0)), drawn()) > 0.75


def test_ink_across_the_edge_of_a_shadow_has_no_gaps():
    ink = ink_of(photo(drawn(), 0.25, 0.0, 3) * np.where(ROWS + COLUMNS > 330, 0.55, 1.0))
    assert ndimage.label(ink > 0.25, np.ones((3, 3)))[1] == 1


SHEET = np.s_[60:240, 110:320]


def on_table(table: float, ink: int = 60) -> np.ndarray:
    """A sheet with a vertical stroke of gray `ink` on a table with grain."""
    rng = np.random.default_rng(0)
    page = table * (1 + 0.2 * np.repeat(rng.normal(size=SIZE[0] // 5), 5)[:, np.newaxis] * np.ones(SIZE))
    page[SHEET] = 220
    page[100:190, 200:210] = ink
    return np.clip(page + rng.normal(0, 3, SIZE), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("table", [15, 60, 90])
def test_a_sheet_is_cut_out_and_its_ink_at_its_place(table: float):
    gray = on_table(table)
    sheet = cut_out(gray)
    assert sheet is not None
    assert sheet[0].shape == gray[sheet[1]].shape
    for side, true in zip(sheet[1], SHEET, strict=True):
        assert true.start < side.start < true.start + 15
        assert true.stop - 15 < side.stop < true.stop
    assert (sheet[0][0] > 180).all()
    ink = ink_of(gray)
    assert ink.shape == gray.shape
    rows, columns = np.nonzero(ink > 0.5)
    assert (rows.min(), rows.max() + 1, columns.min(), columns.max() + 1) == pytest.approx((100, 190, 200, 210), abs=2)


def test_what_is_beside_a_crooked_sheet_gets_its_light():
    gray = on_table(20, ink=220)
    gray[(COLUMNS - 110) < (ROWS - 60) / 4] = 20
    sheet = cut_out(gray)
    assert sheet is not None
    assert sheet[0].min() > 180
    assert find_ink(gray) is None


def test_shadows_chalk_and_loops_of_ink_are_no_sheets():
    even = np.full(SIZE, 220, np.uint8)
    shaded = np.where(ROWS + COLUMNS > 300, even, even // 2)
    away = np.hypot(ROWS - 150, COLUMNS - 200)
    for gray in (even, shaded, np.where(away < 50, even, 30), np.where(np.abs(away - 100) < 10, 30, even)):
        assert cut_out(gray.astype(np.uint8)) is None
