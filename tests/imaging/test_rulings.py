"""Lines and squares that are printed on paper are no ink."""

import numpy as np
import pytest
from photos import SIZE, drawn, overlap, photo
from PIL import Image, ImageDraw

from digits.imaging import segmentation


@pytest.mark.parametrize("strength", [0.2, 0.5])
@pytest.mark.parametrize("squared", [False, True])
def test_rulings_are_no_ink_and_strokes_over_them_stay_whole(strength: float, squared: bool):
    printed = np.zeros(SIZE, np.float32)
    printed[10::33] = printed[11::33] = 1
    if squared:
        printed[:, 10::33] = printed[:, 11::33] = 1
    gray = photo(drawn(), 0.7, 0.0, 3) * (1 - strength * printed * (1 - drawn()))
    found = segmentation.find_ink(gray.astype(np.uint8))
    assert found is not None
    assert overlap(found, drawn()) > 0.75


@pytest.mark.parametrize("angle", [-15, -4, 8, 20])
def test_rulings_of_a_rotated_sheet_are_no_ink(angle: float):
    printed = np.zeros((600, 600), np.uint8)
    for start in range(10, 600, 33):
        printed[start : start + 2] = printed[:, start : start + 2] = 255
    rotated = Image.fromarray(printed).rotate(angle, Image.Resampling.BILINEAR)
    squares = np.asarray(rotated.crop((100, 150, 500, 450)), np.float32) / 255
    gray = photo(drawn(), 0.3, 0.0, 3) * (1 - 0.45 * squares * (1 - drawn()))
    found = segmentation.find_ink(gray.astype(np.uint8))
    assert found is not None
    assert overlap(found, drawn()) > 0.75


def test_the_strokes_of_a_narrow_strip_are_no_rulings():
    image = Image.new("L", (400, 60), 0)
    for left in range(40, 400, 60):  # slanted 1s
        ImageDraw.Draw(image).line([(left, 50), (left + 12, 10)], fill=255, width=4)
    truth = np.zeros(SIZE, np.float32)
    truth[100:160] = np.asarray(image, np.float32) / 255
    found = segmentation.find_ink(photo(truth, 0.7, 0.3, 3)[100:160])
    assert found is not None
    assert overlap(found, truth[100:160]) > 0.75
