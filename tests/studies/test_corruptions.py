"""The corruptions and transforms: seeded, graded, and each does what its name says."""

import numpy as np
import pytest
from scipy import ndimage

from studies.robustness import corruptions, geometry, overlays
from studies.robustness.corruptions import CORRUPTIONS, corrupted
from studies.robustness.transforms import TRANSFORMS, transformed

MNIST_C = [
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
WITHOUT_CHANCE = ("scale", "brightness", "stripe", "canny_edges")


def test_the_list_is_that_of_mnist_c():
    assert list(CORRUPTIONS) == MNIST_C
    assert all(1 <= it.published <= len(it.levels) for it in CORRUPTIONS.values())


@pytest.mark.parametrize("name", MNIST_C)
def test_a_seed_fixes_the_result_and_every_level_changes_something(crosses: np.ndarray, name: str):
    found = corrupted(crosses, CORRUPTIONS, name, seed=0)
    assert (found.shape, found.dtype) == ((len(CORRUPTIONS[name].levels), *crosses.shape), np.uint8)
    assert (found != crosses).any(axis=(1, 2, 3)).all()
    assert (found == corrupted(crosses, CORRUPTIONS, name, seed=0)).all()
    assert (found == corrupted(crosses, CORRUPTIONS, name, seed=1)).all() == (name in WITHOUT_CHANCE)


@pytest.mark.parametrize("name", ["shot_noise", "impulse_noise", "brightness", "scale", "shear", "translate"])
def test_a_higher_severity_is_further_from_the_image(crosses: np.ndarray, name: str):
    distances = np.abs(corrupted(crosses, CORRUPTIONS, name, 0).astype(float) - crosses).mean(axis=(1, 2, 3))
    assert distances.tolist() == sorted(distances)


def test_noise_has_the_moments_of_its_distribution():
    rng = np.random.default_rng(0)
    gray = np.full((400, 28, 28), 0.5)
    shot = corruptions.shot_noise(gray, 60, rng)
    assert shot.mean() == pytest.approx(0.5, abs=2e-3)
    assert shot.var() == pytest.approx(0.5 / 60, rel=0.02)  # a Poisson count of mean 30, divided by 60
    impulses = corruptions.impulse_noise(gray, 0.27, rng)
    assert (impulses != 0.5).mean() == pytest.approx(0.27, abs=5e-3)
    assert (impulses == 1).mean() == pytest.approx(0.135, abs=5e-3)


def test_geometry_agrees_with_scipy(crosses: np.ndarray):
    image = crosses[:1] / 255
    rng = np.random.default_rng(0)
    rotated = geometry.rotate(image, 0.4, rng)[0]
    either = [ndimage.rotate(image[0], angle, reshape=False, order=1) for angle in np.rad2deg([0.4, -0.4])]
    assert min(np.abs(rotated - it).max() for it in either) < 1e-6
    small = geometry.scale(image, 0.5, rng)[0]
    assert small.sum() == pytest.approx(image.sum() / 4, rel=0.05)
    center = np.array(ndimage.center_of_mass(image[0]))
    assert np.allclose(ndimage.center_of_mass(small), 13.5 + (center - 13.5) / 2, atol=0.1)
    moved = geometry.translate(image, 3, rng)[0]
    assert np.abs(np.array(ndimage.center_of_mass(moved)) - center) == pytest.approx([3, 3], abs=0.01)


def test_blurs_keep_the_ink(crosses: np.ndarray):
    x, rng = crosses / 255, np.random.default_rng(0)
    for blurred in (corruptions.glass_blur(x, (0.7, 1, 2), rng), corruptions.motion_blur(x, (10, 3), rng)):
        assert blurred.mean() == pytest.approx(x.mean(), rel=0.05)
        assert blurred.max() < x.max()


def test_stripes_invert_the_outer_columns_alone(crosses: np.ndarray):
    striped = corrupted(crosses, CORRUPTIONS, "stripe", 0)[0]
    assert (striped[:, :, 7:21] == crosses[:, :, 7:21]).all()
    assert (striped[:, :, :7] == 255 - crosses[:, :, :7]).all()


def test_overlays_add_to_the_digit():
    rng = np.random.default_rng(0)
    x = np.zeros((50, 28, 28))
    x[:, 10:18, 10:18] = 1
    for covered in (overlays.dotted_line(x, None, rng), overlays.zigzag(x, None, rng)):
        assert (covered >= x).all()
        assert ((covered > x).any(axis=1).sum(axis=1) >= 4).all()  # columns that the line reaches outside the square
    dots = overlays.dotted_line(np.zeros_like(x), None, rng)
    assert not dots[:, :, np.arange(28) // 2 % 2 == 0].any()
    fog = overlays.fog(x, (3.0, 1.4), rng)
    assert fog.std(axis=(1, 2)).min() > 0.01
    assert fog.max() <= 1


@pytest.mark.parametrize("name", TRANSFORMS)
def test_the_neutral_amount_of_a_transform_changes_nothing(crosses: np.ndarray, name: str):
    neutral = {"scale": 1.0, "contrast": 1.0}.get(name, 0)
    assert neutral in TRANSFORMS[name].amounts
    assert np.abs(transformed(crosses, name, neutral, 0).astype(int) - crosses).max() <= 1


def test_a_wider_stroke_has_more_ink(crosses: np.ndarray):
    ink = [transformed(crosses, "stroke", amount, 0).mean() for amount in TRANSFORMS["stroke"].amounts]
    assert ink == sorted(ink)
    assert ink[0] < crosses.mean() < ink[-1]
