"""Images that several studies' tests change, and a generator."""

import numpy as np
import pytest
from scipy import ndimage


@pytest.fixture(scope="session")
def crosses() -> np.ndarray:
    """Twenty equal blurred crosses, off the middle, (20, 28, 28) uint8."""
    cross = np.zeros((28, 28))
    cross[4:24, 12:15] = cross[9:12, 6:22] = 255
    return np.stack([ndimage.gaussian_filter(cross, 0.7)] * 20).astype(np.uint8)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)
