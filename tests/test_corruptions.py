"""The corruptions of MNIST-C's list: seeded, graded, and each doing what its name says."""

import numpy as np
import pytest
from scipy import ndimage

from digits import corruptions, invariance, overlays
from digits.corruptions import CORRUPTIONS, corrupted
from digits.invariance import CHANGES, changed

FIFTEEN = [
    "shot_noise",
    "impulse_noise",
    "glass_blur",
    "motion_blur",
    "shear",
    "scale",
    "rotate",
    "brightness",
    "translate",
    "stripe",
    "fog",
    "spatter",
    "dotted_line",
    "zigzag",
    "canny_edges",
]


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """Sixty soft crosses, off the middle, (60, 28, 28) uint8."""
    cross = np.zeros((28, 28))
    cross[4:24, 12:15] = cross[9:12, 6:22] = 255
    return np.stack([ndimage.gaussian_filter(cross, 0.7)] * 60).astype(np.uint8)


def test_the_list_is_that_of_mnist_c():
    assert list(CORRUPTIONS) == FIFTEEN
    assert all(1 <= it.published <= len(it.levels) for it in CORRUPTIONS.values())


@pytest.mark.parametrize("name", FIFTEEN)
def test_a_seed_gives_the_same_and_every_level_changes_something(drawn: np.ndarray, name: str):
    for severity in range(1, len(CORRUPTIONS[name].levels) + 1):
        found = corrupted(drawn, name, severity, seed=0)
        assert (found.shape, found.dtype) == (drawn.shape, np.uint8)
        assert (found != drawn).any()
        assert (found == corrupted(drawn, name, severity, seed=0)).all()
    fixed = ("scale", "brightness", "stripe", "canny_edges")
    assert (found == corrupted(drawn, name, severity, seed=1)).all() == (name in fixed)


@pytest.mark.parametrize("name", ["shot_noise", "impulse_noise", "brightness", "scale", "shear", "translate"])
def test_a_higher_level_is_further_from_the_image(drawn: np.ndarray, name: str):
    apart = [
        np.abs(corrupted(drawn, name, severity, 0).astype(float) - drawn).mean()
        for severity in range(1, len(CORRUPTIONS[name].levels) + 1)
    ]
    assert apart == sorted(apart)


def test_noise_has_the_moments_that_it_promises():
    rng = np.random.default_rng(0)
    grey = np.full((400, 28, 28), 0.5)
    shot = corruptions.shot_noise(grey, 60, rng)
    assert shot.mean() == pytest.approx(0.5, abs=2e-3)
    assert shot.var() == pytest.approx(0.5 / 60, rel=0.02)  # of a Poisson count, over its square
    salted = corruptions.impulse_noise(grey, 0.27, rng)
    assert (salted != 0.5).mean() == pytest.approx(0.27, abs=5e-3)
    assert (salted == 1).mean() == pytest.approx(0.135, abs=5e-3)


def test_geometry_agrees_with_scipy_s_own(drawn: np.ndarray):
    image = drawn[:1] / 255
    rng = np.random.default_rng(0)
    turned = corruptions.rotate(image, 0.4, rng)[0]
    either = [ndimage.rotate(image[0], angle, reshape=False, order=1) for angle in np.rad2deg([0.4, -0.4])]
    assert min(np.abs(turned - it).max() for it in either) < 1e-6
    small = corruptions.scale(image, 0.5, rng)[0]
    assert small.sum() == pytest.approx(image.sum() / 4, rel=0.05)
    assert np.allclose(
        ndimage.center_of_mass(small), 13.5 + (np.array(ndimage.center_of_mass(image[0])) - 13.5) / 2, atol=0.1
    )
    moved = corruptions.translate(image, 3, rng)[0]
    assert np.abs(np.subtract(ndimage.center_of_mass(moved), ndimage.center_of_mass(image[0]))) == pytest.approx(
        [3, 3], abs=0.01
    )


def test_blurs_keep_the_ink(drawn: np.ndarray):
    x, rng = drawn / 255, np.random.default_rng(0)
    for blurred in (corruptions.glass_blur(x, (0.7, 1, 2), rng), corruptions.motion_blur(x, (10, 3), rng)):
        assert blurred.mean() == pytest.approx(x.mean(), rel=0.05)
        assert blurred.max() < x.max()


def test_stripes_invert_the_outer_columns_alone(drawn: np.ndarray):
    striped = corrupted(drawn, "stripe", 1, 0)
    assert (striped[:, :, 7:21] == drawn[:, :, 7:21]).all()
    assert (striped[:, :, :7] == 255 - drawn[:, :, :7]).all()


def test_what_is_drawn_over_leaves_the_digit_below():
    rng = np.random.default_rng(0)
    x = np.zeros((50, 28, 28))
    x[:, 10:18, 10:18] = 1
    for drawn_over in (overlays.dotted_line(x, None, rng), overlays.zigzag(x, None, rng)):
        assert (drawn_over >= x).all()
        assert ((drawn_over > x).any(axis=1).sum(axis=1) >= 4).all()  # from side to side
    dots = overlays.dotted_line(np.zeros_like(x), None, rng)
    assert not dots[:, :, np.arange(28) // 2 % 2 == 0].any()
    fog = overlays.fog(x, (3.0, 1.4), rng)
    assert fog.std(axis=(1, 2)).min() > 0.01
    assert fog.max() <= 1


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_by_nothing_changes_nothing(drawn: np.ndarray, name: str):
    nothing = {"scale": 1.0, "contrast": 1.0}.get(name, 0)
    assert nothing in CHANGES[name].amounts
    assert np.abs(changed(drawn, name, nothing, 0).astype(int) - drawn).max() <= 1


def test_a_wider_pen_leaves_more_ink(drawn: np.ndarray):
    ink = [changed(drawn, "stroke", amount, 0).mean() for amount in invariance.CHANGES["stroke"].amounts]
    assert ink == sorted(ink)
    assert ink[0] < drawn.mean() < ink[-1]
