"""The corruptions by which augmentation is chosen: none is reported, and each does what its name says."""

import numpy as np
import pytest
from skimage.filters import gaussian

from studies.robustness import corruptions
from studies.robustness.corruptions import corrupted
from studies.robustness.validation_corruptions import CORRUPTIONS, contrast, defocus_blur, elastic, pixelate

WITHOUT_CHANCE = ("defocus_blur", "contrast", "pixelate", "jpeg")
RNG = np.random.default_rng(0)


def test_none_is_among_those_that_are_reported():
    assert not CORRUPTIONS.keys() & corruptions.CORRUPTIONS.keys()


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_seed_fixes_the_result_and_a_higher_severity_is_further_from_the_image(crosses: np.ndarray, name: str):
    found = corrupted(crosses, CORRUPTIONS, name, seed=0)
    assert (found == corrupted(crosses, CORRUPTIONS, name, seed=0)).all()
    assert (found == corrupted(crosses, CORRUPTIONS, name, seed=1)).all() == (name in WITHOUT_CHANCE)
    distances = np.abs(found.astype(float) - crosses).mean(axis=(1, 2, 3))
    assert distances[0] > 0
    assert distances[0] < distances[-1]


def test_noise_has_the_deviation_of_its_level():
    gray = np.full((300, 28, 28), 0.5)
    for name, expected in (("gaussian_noise", 0.08), ("speckle_noise", 0.15 / 2)):
        noisy = CORRUPTIONS[name].apply(gray, CORRUPTIONS[name].levels[0], RNG)
        assert noisy.std() == pytest.approx(expected, rel=0.02)


def test_deterministic_ones_do_what_is_known_of_them(crosses: np.ndarray):
    x = crosses / 255
    blurred = defocus_blur(x, (0.3, 0.8), RNG)  # the disk is one pixel: a Gaussian remains
    expected = gaussian(x[0], 0.8, truncate=1.25, mode="nearest")
    assert np.abs(blurred[0] - expected).max() < 0.01
    assert contrast(x, 0.2, RNG).mean() == pytest.approx(x.mean())
    assert np.ptp(contrast(x, 0.2, RNG)) == pytest.approx(0.2 * np.ptp(x))
    half = pixelate(x, 0.5, RNG)[0]
    assert (half[::2, ::2] == half[1::2, 1::2]).all()
    assert half[::2, ::2] == pytest.approx(x[0].reshape(14, 2, 14, 2).mean(axis=(1, 3)), abs=1.01 / 255)


def test_elastic_moves_pixels_by_no_more_than_its_reach():
    ramp = np.broadcast_to(np.arange(28.0), (4, 28, 28)) / 27
    moved = elastic(ramp, (2.0, 1.0), RNG)
    assert 0 < np.abs(moved - ramp).max() <= 2 / 27
