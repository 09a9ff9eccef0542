"""Where datasets come from: scikit-learn's bundled digits, or TensorFlow Datasets.

A dataset that is not available is an error, never replaced by another one; official splits are kept as they are.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from digits.core.errors import UserError
from digits.data import tfds_source
from digits.data.datasets import IMAGE_SHAPE, LabeledImages, dataset_digest, sort_by_hash

BUNDLED = "optdigits"
BUNDLED_TEST_SIZE = 500  # the last of the 1,797; scikit-learn's copy has no split

# What `dataset_digest` gives for the official content.
KNOWN_DIGESTS = {
    "mnist": "169ed1c31c08037e64955425c40f9eb82446da6d86da170a754516a69f6da856",
}


class Dataset(NamedTuple):
    train: LabeledImages
    test: LabeledImages
    digest: str  # hexadecimal SHA-256 of both


def fetch(name: str, archives: Path | None = None) -> Dataset:
    """The official train and test sets of dataset `name`, sorted by hash.

    `archives` is a folder that already holds the dataset's archives under their official names. Raises UserError
    if the dataset is unknown, has another form, was altered or cannot be downloaded.
    """
    train, test = _bundled_digits() if name == BUNDLED else tfds_source.fetch(name, archives)
    train, test = sort_by_hash(train), sort_by_hash(test)
    digest = dataset_digest(train, test)
    if KNOWN_DIGESTS.get(name, digest) != digest:
        raise UserError(
            f"{name}: content has SHA-256 {digest}, expected {KNOWN_DIGESTS[name]}; TensorFlow Datasets' prepared "
            "copy (in TFDS_DATA_DIR or ~/tensorflow_datasets) is altered: delete it and fetch again"
        )
    return Dataset(train, test, digest)


def _bundled_digits() -> tuple[LabeledImages, LabeledImages]:
    """The 1,797 digits of UCI's "Optical Recognition of Handwritten Digits" that scikit-learn carries.

    8x8 with ink 0 to 16, enlarged to 20x20, in the middle of 28x28; not centered by mass as in MNIST.
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
    return LabeledImages(images[:cut], labels[:cut]), LabeledImages(images[cut:], labels[cut:])
