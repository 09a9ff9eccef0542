"""Where datasets come from: scikit-learn's bundled digits, or TensorFlow Datasets.

Knows the bundled digits, and whether what came is the real thing; leaves downloads to `tfds_source`. Never swaps one
dataset for another, never mixes or re-cuts an official split.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from digits import tfds_source
from digits.datasets import IMAGE_SHAPE, Split, canonical, dataset_digest

BUNDLED = "optdigits"
BUNDLED_TEST_SIZE = 500  # the last of the 1,797: it has no official split, so this cut is ours, and fixed

# What `dataset_digest` gives for the real thing, whichever way it came.
KNOWN_DIGESTS = {
    "mnist": "169ed1c31c08037e64955425c40f9eb82446da6d86da170a754516a69f6da856",
}


class Dataset(NamedTuple):
    train: Split
    test: Split
    digest: str  # hexadecimal SHA-256 of both


def fetch(name: str, archives: Path | None = None) -> Dataset:
    """The official train and test sets of dataset `name`, in canonical order.

    `archives` is a folder that already holds the dataset's archives under their official names. Raises ValueError
    where the dataset is unknown, unfit, altered or out of reach.
    """
    train, test = _bundled_digits() if name == BUNDLED else tfds_source.fetch(name, archives)
    train, test = canonical(train), canonical(test)
    digest = dataset_digest(train, test)
    if KNOWN_DIGESTS.get(name, digest) != digest:
        raise ValueError(
            f"{name}: content has SHA-256 {digest}, expected {KNOWN_DIGESTS[name]}; TensorFlow Datasets' prepared "
            "copy (in TFDS_DATA_DIR or ~/tensorflow_datasets) is altered: delete it and fetch again"
        )
    return Dataset(train, test, digest)


def _bundled_digits() -> tuple[Split, Split]:
    """The 1,797 digits of UCI's "Optical Recognition of Handwritten Digits" that scikit-learn carries.

    8x8 with ink 0 to 16, enlarged to 20x20 and centred in 28x28, which is where MNIST's digits stand.
    """
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.zeros((len(digits.images), *IMAGE_SHAPE), np.uint8)
    for image, small in zip(images, digits.images, strict=True):
        ink = np.rint(small * (255 / 16)).astype(np.uint8)
        image[4:24, 4:24, 0] = np.asarray(Image.fromarray(ink).resize((20, 20), Image.Resampling.BICUBIC))
    labels = digits.target.astype(np.uint8)
    cut = len(labels) - BUNDLED_TEST_SIZE
    return Split(images[:cut], labels[:cut]), Split(images[cut:], labels[cut:])
