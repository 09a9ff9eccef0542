"""Ink is told from paper: on drawings exactly, on photos well enough to be read."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from digits import ink, paper

SIZE = (300, 400)


def drawn() -> np.ndarray:
    """A 2 with a stroke of 14 pixels, as ink from 0 to 1, (300, 400)."""
    image = Image.new("L", SIZE[::-1], 0)
    ImageDraw.Draw(image).line(
        [(150, 110), (190, 70), (230, 110), (150, 210), (240, 210)], fill=255, width=14, joint="curve"
    )
    return np.asarray(image, dtype=np.float32) / 255


def photo(truth: np.ndarray, contrast: float, slope: float, noise: float, seed: int = 0) -> np.ndarray:
    """`truth` in pencil on paper that gets darker from one side to the other."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    angle = rng.uniform(0, 2 * np.pi)
    light = np.cos(angle) * column / SIZE[1] + np.sin(angle) * row / SIZE[0]
    paper = 225 * (1 - slope * (light - light.min()) / np.ptp(light))
    return np.clip(paper * (1 - contrast * truth) + rng.normal(0, noise, SIZE), 0, 255).astype(np.uint8)


def overlap(found: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union."""
    one, other = found > 0.5, truth > 0.5
    return float((one & other).sum() / (one | other).sum())


@pytest.mark.parametrize("dark_on_light", [True, False])
def test_a_clean_drawing_comes_back_exactly(dark_on_light: bool):
    truth = np.rint(drawn() * 255).astype(np.uint8)
    found = ink.find(255 - truth if dark_on_light else truth, clean=True)
    assert found is not None
    assert np.allclose(found, truth / 255, atol=1e-6)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("contrast", "slope", "noise"), [(0.8, 0.0, 3), (0.35, 0.5, 6), (0.25, 0.3, 5), (0.5, 0.7, 6)])
@pytest.mark.parametrize("chalk", [False, True])
def test_a_photo_in_uneven_light_gives_the_stroke(contrast: float, slope: float, noise: float, seed: int, chalk: bool):
    grey = photo(drawn(), contrast, slope, noise, seed)
    found = ink.find(255 - grey if chalk else grey, clean=False)
    assert found is not None
    assert overlap(found, drawn()) > 0.8


def test_a_drawing_on_uneven_paper_is_a_photo_even_if_it_is_called_clean():
    found = ink.find(photo(drawn(), 0.5, 0.6, 5), clean=True)
    assert found is not None
    assert overlap(found, drawn()) > 0.8


@pytest.mark.parametrize("grey", [0, 128, 255])
@pytest.mark.parametrize("clean", [True, False])
def test_an_empty_sheet_has_no_ink(grey: int, clean: bool):
    assert ink.find(np.full(SIZE, grey, np.uint8), clean) is None


def test_dirt_is_left_out_and_a_second_stroke_is_not():
    truth = drawn()
    truth[150:160, 260:320] = 1  # a stroke of its own
    dirty = truth.copy()
    dirty[20:24, 30:34] = dirty[280:283, 350:352] = 1
    found = ink.find(photo(dirty, 0.6, 0.2, 4), clean=False)
    assert found is not None
    assert not found[10:30, 20:40].any()
    assert found[150:160, 265:315].mean() > 0.8


def test_pieces_are_read_from_left_to_right_and_what_lies_above_another_belongs_to_it():
    sheet = np.zeros((100, 300), np.float32)
    sheet[20:80, 200:240] = 1  # third
    sheet[10:90, 20:30] = 1  # first
    sheet[40:80, 100:140] = 1  # second, with a bar above it
    sheet[15:20, 95:138] = 0.8
    sheet[5:7, 280:282] = 1  # dirt
    found = ink.pieces(sheet)
    assert [piece.shape for piece in found] == [(100, 10), (100, 45), (100, 40)]
    assert found[1][15:20].any()
    assert sum(piece.sum() for piece in found) == pytest.approx(sheet.sum() - 4)


def test_at_most_so_many_pieces_are_cut():
    comb = np.zeros((40, 400), np.float32)
    comb[:, ::4] = 1
    assert len(ink.pieces(comb, most=7)) == 7


def test_an_overexposed_sheet_is_blank():
    rng = np.random.default_rng(0)
    for light in (240, 255, 270):
        fading = np.linspace(light, 0.8 * light, 300)[:, None] + rng.normal(0, 2, (300, 300))
        assert ink.find(np.clip(fading, 0, 255).astype(np.uint8), clean=False) is None


def test_a_scan_with_clipped_white_gives_the_stroke_alone():
    rng = np.random.default_rng(0)
    scan = 257 + rng.normal(0, 3, SIZE) - 180 * drawn()
    found = ink.find(np.clip(scan, 0, 255).astype(np.uint8), clean=True)
    assert found is not None
    assert overlap(found, drawn()) > 0.8
    assert found[:40].max() == 0


def test_what_is_faint_and_far_from_the_ink_does_not_count():
    sheet = 255 - np.rint(drawn() * 255).astype(np.uint8)
    sheet[2, 3] = sheet[297, 390] = 254
    found = ink.find(sheet, clean=True)
    assert found is not None
    assert (found[2, 3], found[297, 390]) == (0, 0)
    assert found.max() == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 2), (2, 100), (3, 3), (3, 1000), (1000, 3)])
def test_tiny_and_thin_pictures_are_no_error(shape: tuple[int, int]):
    for seed in range(5):
        grey = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
        for clean in (True, False):
            found = ink.find(grey, clean)
            assert found is None or found.shape == shape


@pytest.mark.parametrize(("brightest", "darkest"), [(250, 150), (212, 146), (110, 60), (46, 30)])
def test_paper_in_waning_light_is_empty_however_dark(brightest: int, darkest: int):
    light = np.linspace(brightest, darkest, 400) + np.random.default_rng(0).normal(0, 1, (400, 400))
    for grey in (light, 255 - light):
        assert ink.find(np.clip(grey, 0, 255).astype(np.uint8), clean=False) is None


def test_the_light_is_that_of_the_paper_whatever_lies_on_it():
    rows, columns = np.mgrid[-1:1:96j, -1:1:128j]
    light = 180 + 40 * columns - 25 * rows - 20 * columns**2
    inked = light + np.random.default_rng(0).normal(0, 2, light.shape)
    inked[20:80, 30:60] -= 120
    assert np.abs(paper.trend(inked.astype(np.float32)) - light).max() < 3
