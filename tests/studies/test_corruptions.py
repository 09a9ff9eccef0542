"""The corruptions: seeded, graded, and each does what its name says."""

import numpy as np
import pytest
from scipy import ndimage
from skimage.filters import gaussian

from studies import corruptions
from studies.corruptions import CORRUPTIONS, VALIDATION_CORRUPTIONS, corrupted

MNIST_C = [
    *("shot_noise", "impulse_noise", "glass_blur", "motion_blur", "shear", "scale", "rotate", "brightness"),
    *("translate", "stripe", "fog", "spatter", "dotted_line", "zigzag", "canny_edges"),
]
WITHOUT_CHANCE = {"scale", "brightness", "stripe", "canny_edges", "defocus_blur", "contrast", "pixelate", "jpeg"}
GRADED = {"shot_noise", "impulse_noise", "brightness", "scale", "shear", "translate", *VALIDATION_CORRUPTIONS}


def test_mnist_c_is_reported_and_for_no_choice():
    assert [name for name, corruption in CORRUPTIONS.items() if corruption.published] == MNIST_C
    assert list(CORRUPTIONS)[:15] == MNIST_C  # the order seeds the generators
    assert all(corruption.published <= len(corruption.levels) for corruption in CORRUPTIONS.values())
    assert not CORRUPTIONS.keys() & VALIDATION_CORRUPTIONS.keys()  # none is both reported and for choices


@pytest.mark.parametrize("name", [*CORRUPTIONS, *VALIDATION_CORRUPTIONS])
def test_a_seed_fixes_the_result(crosses: np.ndarray, name: str):
    table = CORRUPTIONS if name in CORRUPTIONS else VALIDATION_CORRUPTIONS
    images = corrupted(crosses, table, name, seed=0)
    assert (images.shape, images.dtype) == ((len(table[name].levels), *crosses.shape), np.uint8)
    assert (images != crosses).any(axis=(1, 2, 3)).all()
    assert (images == corrupted(crosses, table, name, seed=0)).all()
    assert (images == corrupted(crosses, table, name, seed=1)).all() == (name in WITHOUT_CHANCE)
    distances = np.abs(images.astype(float) - crosses).mean(axis=(1, 2, 3))
    if name in GRADED:
        assert distances[0] == distances.min()
        assert distances[-1] == distances.max()


def test_noise_has_the_moments_of_its_distribution(rng: np.random.Generator):
    gray = np.full((400, 28, 28), 0.5)
    shot = CORRUPTIONS["shot_noise"].apply(gray, 60, rng)
    assert shot.mean() == pytest.approx(0.5, abs=2e-3)
    assert shot.var() == pytest.approx(0.5 / 60, rel=0.02)  # a Poisson count of mean 30, divided by 60
    impulses = CORRUPTIONS["impulse_noise"].apply(gray, 0.27, rng)
    assert (impulses != 0.5).mean() == pytest.approx(0.27, abs=5e-3)
    assert (impulses == 1).mean() == pytest.approx(0.135, abs=5e-3)
    for name, deviation in (("gaussian_noise", 0.08), ("speckle_noise", 0.15 / 2)):
        noisy = VALIDATION_CORRUPTIONS[name].apply(gray, VALIDATION_CORRUPTIONS[name].levels[0], rng)
        assert noisy.std() == pytest.approx(deviation, rel=0.02)


def test_geometry_agrees_with_scipy(crosses: np.ndarray, rng: np.random.Generator):
    image = crosses[:1] / 255
    rotated = corruptions.rotate(image, 0.4, rng)[0]
    either = [ndimage.rotate(image[0], angle, reshape=False, order=1) for angle in np.rad2deg([0.4, -0.4])]
    assert min(np.abs(rotated - turned).max() for turned in either) < 1e-6
    small = corruptions.scale(image, 0.5, rng)[0]
    assert small.sum() == pytest.approx(image.sum() / 4, rel=0.05)
    center = np.array(ndimage.center_of_mass(image[0]))
    assert np.allclose(ndimage.center_of_mass(small), 13.5 + (center - 13.5) / 2, atol=0.1)
    moved = corruptions.translate(image, 3, rng)[0]
    assert np.abs(np.array(ndimage.center_of_mass(moved)) - center) == pytest.approx([3, 3], abs=0.01)


def test_blurs_keep_the_ink(crosses: np.ndarray, rng: np.random.Generator):
    x = crosses / 255
    for blurred in (corruptions.glass_blur(x, (0.7, 1, 2), rng), corruptions.motion_blur(x, (10, 3), rng)):
        assert blurred.mean() == pytest.approx(x.mean(), rel=0.05)
        assert blurred.max() < x.max()
    defocused = corruptions.defocus_blur(x, (0.3, 0.8), rng)  # the disk is one pixel: a Gaussian remains
    assert np.abs(defocused[0] - gaussian(x[0], 0.8, truncate=1.25, mode="nearest")).max() < 0.01


def test_stripes_invert_the_outer_columns_alone(crosses: np.ndarray):
    striped = corrupted(crosses, CORRUPTIONS, "stripe", 0)[0]
    assert (striped[:, :, 7:21] == crosses[:, :, 7:21]).all()
    assert (striped[:, :, :7] == 255 - crosses[:, :, :7]).all()


def test_overlays_add_to_the_digit(rng: np.random.Generator):
    x = np.zeros((50, 28, 28))
    x[:, 10:18, 10:18] = 1
    for covered in (corruptions.dotted_line(x, None, rng), corruptions.zigzag(x, None, rng)):
        assert (covered >= x).all()
        assert ((covered > x)[:, :10].any(axis=(1, 2)) | (covered > x)[:, 18:].any(axis=(1, 2))).mean() > 0.5
    dots = corruptions.dotted_line(np.zeros_like(x), None, rng)
    assert not dots[:, :, np.arange(28) // 2 % 2 == 0].any()
    fog = corruptions.fog(x, (3.0, 1.4), rng)
    assert fog.std(axis=(1, 2)).min() > 0.01
    assert fog.max() <= 1


def test_contrast_and_pixelation_by_hand(crosses: np.ndarray, rng: np.random.Generator):
    x = crosses / 255
    assert corruptions.contrast(x, 0.2, rng).mean() == pytest.approx(x.mean())
    assert np.ptp(corruptions.contrast(x, 0.2, rng)) == pytest.approx(0.2 * np.ptp(x))
    half = corruptions.pixelate(x, 0.5, rng)[0]
    assert (half[::2, ::2] == half[1::2, 1::2]).all()
    assert half[::2, ::2] == pytest.approx(x[0].reshape(14, 2, 14, 2).mean(axis=(1, 3)), abs=1.01 / 255)


def test_elastic_moves_pixels_no_more_than_its_reach(rng: np.random.Generator):
    ramp = np.broadcast_to(np.arange(28.0), (4, 28, 28)) / 27
    moved = corruptions.elastic(ramp, (2.0, 1.0), rng)
    assert 0 < np.abs(moved - ramp).max() <= 2 / 27
