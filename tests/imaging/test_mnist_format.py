"""Preparing an image of MNIST gives the same image, from a page as well."""

import gzip

import numpy as np
import pytest
from scipy import ndimage

from digits.imaging import mnist_format
from support import ARCHIVES


@pytest.fixture(scope="module")
def mnist() -> np.ndarray:
    """Two thousand official train images, (n, 28, 28) uint8."""
    archive = ARCHIVES / "train-images-idx3-ubyte.gz"
    if not archive.exists():
        pytest.skip("needs the MNIST archives")
    with gzip.open(archive) as file:
        return np.frombuffer(file.read(16 + 2000 * 784), np.uint8, offset=16).reshape(-1, 28, 28)


def longer_side(image: np.ndarray) -> int:
    rows, columns = ndimage.find_objects((image > 0).astype(int))[0]
    return max(rows.stop - rows.start, columns.stop - columns.start)


def test_mnist_itself_is_scaled_and_centered_so(mnist: np.ndarray):
    assert np.abs(np.array([ndimage.center_of_mass(image) for image in mnist]) - 14).max() <= 0.5
    assert np.mean([longer_side(image) == mnist_format.BOX for image in mnist]) > 0.999


def test_mnist_images_are_unchanged(mnist: np.ndarray):
    again = np.stack([mnist_format.centered(image / np.float32(255)) for image in mnist])
    full = mnist.max(axis=(1, 2)) == 255  # the others are scaled to 255
    assert (again[full] == mnist[full]).all(axis=(1, 2)).mean() > 0.998
    assert (again.max(axis=(1, 2)) == 255).all()


def test_mnist_images_come_back_from_a_page(mnist: np.ndarray):
    for image in mnist[:40]:
        page = np.zeros((420, 500), np.uint8)
        page[100:380, 200:480] = np.kron(image, np.ones((10, 10), np.uint8))
        for drawn in (page, 255 - page):
            expected = mnist_format.centered(image / np.float32(255))
            assert np.abs(mnist_format.prepare(drawn)[0].astype(int) - expected).max() <= 1


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 300), (300, 1), (33, 95), (500, 499)])
def test_any_rectangle_is_scaled_and_centered(height: int, width: int):
    ink = np.zeros((600, 600), np.float32)
    ink[50 : 50 + height, 20 : 20 + width] = np.linspace(0.2, 0.9, width)
    prepared = mnist_format.centered(ink)
    assert (prepared.shape, prepared.dtype, prepared.max()) == ((28, 28), np.uint8, 255)
    assert abs(np.array(ndimage.center_of_mass(prepared)) - 14).max() <= 0.5 + 1e-9
    assert longer_side(prepared) == mnist_format.BOX


def test_ink_outside_the_field_is_cut_off():
    ink = np.zeros((200, 200), np.float32)
    ink[:, 0:5] = 0.1
    ink[190:, :] = 1
    prepared = mnist_format.centered(ink)
    assert prepared[:, :14].any()
    assert not prepared[27].any() or not prepared[0].any()
