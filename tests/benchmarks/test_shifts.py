"""Test-time shifts: what moves where."""

import numpy as np

from benchmarks import shifts


def test_images_move_by_whole_pixels_and_black_comes_in():
    image = np.arange(1, 28 * 28 + 1).reshape(1, 28, 28, 1)
    moved = shifts.moved(image, 1, -1)
    assert moved.shape == image.shape
    assert np.array_equal(moved[0, 1:, :-1], image[0, :-1, 1:])
    assert not moved[0, 0].any()
    assert not moved[0, :, -1].any()
    assert np.array_equal(shifts.moved(image, 0, 0), image)


def test_the_copies_are_the_image_its_neighbors_and_the_diagonal_ones():
    assert {copies: len(set(moves)) for copies, moves in shifts.SHIFTS.items()} == {1: 1, 5: 5, 9: 9}
