"""Labeled images: storage, checks, the validation split, the normalization; order and names depend on pixels alone.

Between the stages a dataset is a folder with two files, `images.npy` (n, 28, 28, 1) uint8 and `labels.npy` (n,) uint8.
They are memory-mapped and processed in chunks: after `fetch`, a dataset may be larger than memory.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from digits.files import UserError, atomic_write

IMAGE_SHAPE = (28, 28, 1)
CLASSES = 10
DIGEST_LENGTH = 16  # hex digits of a dataset's digest in the metrics, short enough for `dvc metrics diff`
CHUNK = 10_000  # images processed at a time, 8 MB
NAME_LENGTH = 12  # hex digits of an image's name: 48 bits, unique among MNIST's 70,000


class LabeledImages(NamedTuple):
    """Images (n, 28, 28, 1) uint8, 0 background to 255 ink, and their labels (n,) uint8, 0 to 9."""

    images: np.ndarray
    labels: np.ndarray


def image_digests(images: np.ndarray) -> list[str]:
    """The SHA-256 of each image's 784 bytes, in hexadecimal."""
    return [hashlib.sha256(image.tobytes()).hexdigest() for image in images]


def image_names(images: np.ndarray) -> list[str]:
    """The first hex digits of each image's digest: a name that does not depend on its position or its dataset."""
    return [digest[:NAME_LENGTH] for digest in image_digests(images)]


def sort_by_hash(split: LabeledImages) -> LabeledImages:
    """The same examples ordered by image digest, then label, so that the order of a download reaches no result."""
    digests = np.array(image_digests(split.images), dtype="S64")
    order = np.lexsort((split.labels, digests))
    return LabeledImages(split.images[order], split.labels[order])


def dataset_digest(*splits: LabeledImages) -> str:
    """SHA-256 over the images and labels of `splits`, which are sorted by hash: equal for equal content."""
    digest = hashlib.sha256()
    for split in splits:
        for chunk in chunks(split.images):
            digest.update(chunk.tobytes())
        digest.update(split.labels.tobytes())
    return digest.hexdigest()


def chunks(array: np.ndarray) -> Iterator[np.ndarray]:
    """`array` in pieces of CHUNK elements, in order."""
    for start in range(0, len(array), CHUNK):
        yield array[start : start + CHUNK]


def save(folder: Path, **splits: LabeledImages) -> None:
    """Write each split to `folder`/<its name>; the folder is complete or absent."""
    with atomic_write(folder) as temporary:
        for name, split in splits.items():
            save_part(temporary / name, split, np.arange(len(split.labels)))


def save_part(folder: Path, split: LabeledImages, positions: np.ndarray) -> None:
    """Write the examples of `split` at `positions` (n,), in that order, to `folder`, chunk by chunk."""
    folder.mkdir(parents=True)
    for name, array in split._asdict().items():
        with (folder / f"{name}.npy").open("wb") as file:
            header = np.lib.format.header_data_from_array_1_0(array[:0])
            np.lib.format.write_array_header_1_0(file, {**header, "shape": (len(positions), *array.shape[1:])})
            for part in chunks(positions):
                file.write(array[part].tobytes())


def load(folder: Path) -> LabeledImages:
    """Read one split.

    Raises FileNotFoundError if there is none, UserError if a file is damaged or the two do not fit together.
    """
    split = LabeledImages(_load_array(folder / "images.npy"), _load_array(folder / "labels.npy"))
    check_form(str(folder), split)
    return split


def _load_array(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise UserError(f"{path} is not a whole .npy array ({error}); `dvc repro` makes it again") from error


def check_form(name: str, split: LabeledImages) -> None:
    """Raises UserError unless `split` has the shapes, dtypes and labels that all stages rely on."""
    images, labels = split
    if images.shape[1:] != IMAGE_SHAPE or images.dtype != np.uint8:
        raise UserError(f"{name}: images are {images.shape} {images.dtype}; expected (n, 28, 28, 1) uint8")
    if labels.shape != images.shape[:1] or labels.dtype != np.uint8:
        raise UserError(
            f"{name}: labels are {labels.shape} {labels.dtype} for {len(images)} images; "
            f"expected ({len(images)},) uint8"
        )
    if not len(labels):
        raise UserError(f"{name}: holds no image")
    if labels.max() >= CLASSES:
        wrong = np.flatnonzero(labels >= CLASSES)
        raise UserError(f"{name}: label {labels[wrong[0]]} at position {wrong[0]} ({len(wrong)} such); expected 0 to 9")


class Normalization(NamedTuple):
    """Mean and standard deviation of the pixels of train, in gray levels (0 to 255)."""

    mean: float
    std: float


def check_classes(name: str, labels: np.ndarray) -> None:
    """Raises UserError if one of the ten classes has no image: its recall could not be measured."""
    absent = np.flatnonzero(class_counts(labels) == 0)
    if len(absent):
        raise UserError(f"{name}: no image of class {', '.join(map(str, absent))}; expected all of 0 to 9")


def count_shared_images(train: np.ndarray, test: np.ndarray, allowed: int) -> int:
    """How many test images occur in train, pixel for pixel.

    Raises UserError if there are more than `allowed`: accuracy on images that were trained on says nothing.
    """
    digests = image_digests(test)
    in_test, in_both = set(digests), set()
    for chunk in chunks(train):
        in_both |= in_test.intersection(image_digests(chunk))
    shared = [digest for digest in digests if digest in in_both]
    if len(shared) > allowed:
        raise UserError(
            f"{len(shared)} test images also occur in train (the first is {shared[0][:12]}); allowed are {allowed}; "
            "if this dataset is known for it, raise preprocess.max_shared_images and say so with the results"
        )
    return len(shared)


def cut_validation(labels: np.ndarray, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split `labels` (n,) into train and validation, stratified by class; returns the sorted positions of both.

    Raises UserError if `fraction` leaves a class without an image on either side.
    """
    from sklearn.model_selection import train_test_split  # here: it takes a second, and only `preprocess` cuts

    try:
        train, validation = train_test_split(
            np.arange(len(labels)), test_size=fraction, random_state=seed, stratify=labels
        )
    except ValueError as error:
        raise UserError(f"preprocess.validation_fraction is {fraction}: {error}") from error
    return np.sort(train), np.sort(validation)


def measure_normalization(images: np.ndarray) -> Normalization:
    """Mean and population standard deviation of `images` uint8, summed in integers: exact on every machine.

    MNIST's whole train set gives 33.32 and 78.57 (0.1307 and 0.3081 of full scale).
    """
    counts = np.sum([np.bincount(chunk.reshape(-1), minlength=256) for chunk in chunks(images)], axis=0).tolist()
    pixels = sum(counts)
    total = sum(level * count for level, count in enumerate(counts))
    squares = sum(level * level * count for level, count in enumerate(counts))
    variance = (pixels * squares - total * total) / pixels**2
    if variance == 0:
        raise UserError(f"all {pixels} pixels of train have the same gray level; there is nothing to learn")
    return Normalization(mean=total / pixels, std=variance**0.5)


def class_counts(labels: np.ndarray) -> np.ndarray:
    """Images per class, (10,) integers."""
    return np.bincount(labels, minlength=CLASSES)
