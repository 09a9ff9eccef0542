"""Checks of a dataset, the stratified validation split, and the normalization measured on train."""

from typing import NamedTuple

import numpy as np
from sklearn.model_selection import train_test_split

from digits.core.errors import UserError
from digits.data.datasets import CLASSES, chunks, image_digests


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
    wanted, found = set(digests), set()
    for chunk in chunks(train):
        found |= wanted.intersection(image_digests(chunk))
    shared = [digest for digest in digests if digest in found]
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
    try:
        kept, held_out = train_test_split(
            np.arange(len(labels)), test_size=fraction, random_state=seed, stratify=labels
        )
    except ValueError as error:
        raise UserError(f"preprocess.validation_fraction is {fraction}: {error}") from error
    return np.sort(kept), np.sort(held_out)


def measure_normalization(images: np.ndarray) -> Normalization:
    """Mean and population standard deviation of `images` uint8, summed in integers: exact on every machine.

    MNIST's whole train set gives 33.32 and 78.57 (0.1307 and 0.3081 of full scale).
    """
    counts = np.sum([np.bincount(it.reshape(-1), minlength=256) for it in chunks(images)], axis=0).tolist()
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
