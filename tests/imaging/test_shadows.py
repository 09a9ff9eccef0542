"""Shadows on a photo are no ink, and cut no strokes."""

import numpy as np
import pytest
from photos import SIZE, drawn, overlap, photo
from scipy import ndimage

from digits.imaging import segmentation


@pytest.mark.parametrize("depth", [0.2, 0.35, 0.5])
def test_the_edge_of_a_shadow_is_no_ink(depth: float):
    rows, columns = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    shaded = np.where(rows + columns > 480, 1 - depth, 1.0)
    found = segmentation.find_ink((photo(drawn(), 0.7, 0.0, 3) * shaded).astype(np.uint8))
    assert found is not None
    assert overlap(found, drawn()) > 0.75


def test_pencil_in_the_shadow_is_no_chalk_though_the_light_beside_it_is_brighter():
    rows, columns = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    shaded = np.where(2 * rows + columns < 860, 0.5, 1.0)  # all but a corner
    found = segmentation.find_ink((photo(drawn(), 0.25, 0.0, 3) * shaded).astype(np.uint8))
    assert found is not None
    assert overlap(found, drawn()) > 0.75


def test_ink_across_the_edge_of_a_shadow_has_no_gaps():
    rows, columns = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    shaded = np.where(rows + columns > 330, 0.55, 1.0)
    found = segmentation.find_ink((photo(drawn(), 0.25, 0.0, 3) * shaded).astype(np.uint8))
    assert found is not None
    assert ndimage.label(found > 0.25, np.ones((3, 3)))[1] == 1


def test_a_hard_shadow_beside_dark_ink_is_no_ink():
    rows, columns = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    shaded = np.where(rows + 2 * columns > 600, 0.45, 1.0)
    gray = 230 * (1 - 0.85 * drawn()) * shaded + np.random.default_rng(0).normal(0, 1, SIZE)
    found = segmentation.find_ink(gray.clip(0, 255).astype(np.uint8))
    assert found is not None
    assert overlap(found, drawn()) > 0.9
