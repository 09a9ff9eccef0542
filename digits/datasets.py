"""Labelled images: on disk, in a canonical order, and by name.

Knows the form that every dataset takes between the stages: `images` (n, 28, 28, 1) uint8 and `labels` (n,) uint8
in two .npy files of one folder, which are mapped and not read: what a stage does not touch takes no memory, and what
is larger than memory goes through it in portions. Where datasets come from is known to `sources`, how they are split
to `splits`.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from digits.artifacts import staged

IMAGE_SHAPE = (28, 28, 1)
CLASSES = 10
DIGEST_LENGTH = 16  # hex digits of a dataset's digest in the metrics: short enough for `dvc metrics diff`
PORTION = 10_000  # images that are worked on at a time, 8 MB
NAME_LENGTH = 12  # hex digits of an image's name: 48 bits, no two alike among MNIST's 70,000


class Split(NamedTuple):
    """Images (n, 28, 28, 1) uint8, 0 background to 255 ink, and their labels (n,) uint8, 0 to 9."""

    images: np.ndarray
    labels: np.ndarray


def image_digests(images: np.ndarray) -> list[str]:
    """The SHA-256 of each image's 784 bytes, in hexadecimal."""
    return [hashlib.sha256(image.tobytes()).hexdigest() for image in images]


def image_names(images: np.ndarray) -> list[str]:
    """A name for each image that does not depend on its position, its dataset or the order of anything."""
    return [digest[:NAME_LENGTH] for digest in image_digests(images)]


def canonical(split: Split) -> Split:
    """The same examples ordered by image digest, then label, so that no source's own order reaches a result."""
    digests = np.array(image_digests(split.images), dtype="S64")
    order = np.lexsort((split.labels, digests))
    return Split(split.images[order], split.labels[order])


def dataset_digest(*splits: Split) -> str:
    """SHA-256 over the images and labels of canonical `splits`: equal for equal content."""
    digest = hashlib.sha256()
    for split in splits:
        for portion in portions(split.images):
            digest.update(portion.tobytes())
        digest.update(split.labels.tobytes())
    return digest.hexdigest()


def portions(array: np.ndarray) -> Iterator[np.ndarray]:
    """`array` in pieces of PORTION elements, in order: what is computed of each takes the memory of one."""
    for start in range(0, len(array), PORTION):
        yield array[start : start + PORTION]


def save(folder: Path, **splits: Split) -> None:
    """Write each split to `folder`/<its name>; the folder appears whole or not at all."""
    with staged(folder) as temporary:
        for name, split in splits.items():
            save_part(temporary / name, split, np.arange(len(split.labels)))


def save_part(folder: Path, split: Split, positions: np.ndarray) -> None:
    """Write the examples of `split` at `positions` (n,), in that order, to `folder`, portion by portion."""
    folder.mkdir(parents=True)
    for name, array in split._asdict().items():
        with (folder / f"{name}.npy").open("wb") as file:
            header = np.lib.format.header_data_from_array_1_0(array[:0])
            np.lib.format.write_array_header_1_0(file, {**header, "shape": (len(positions), *array.shape[1:])})
            for chosen in portions(positions):
                file.write(array[chosen].tobytes())


def load(folder: Path) -> Split:
    """Read one split.

    Raises FileNotFoundError where it has not been made, ValueError where a file is not the whole of an array or
    the two do not belong together.
    """
    split = Split(_load_array(folder / "images.npy"), _load_array(folder / "labels.npy"))
    check_form(str(folder), split)
    return split


def _load_array(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path} is not a whole .npy array ({error}); `dvc repro` makes it anew") from error


def check_form(name: str, split: Split) -> None:
    """Raises ValueError unless `split` has the shapes, dtypes and labels that all stages rely on."""
    images, labels = split
    if images.shape[1:] != IMAGE_SHAPE or images.dtype != np.uint8:
        raise ValueError(f"{name}: images are {images.shape} {images.dtype}; expected (n, 28, 28, 1) uint8")
    if labels.shape != images.shape[:1] or labels.dtype != np.uint8:
        raise ValueError(
            f"{name}: labels are {labels.shape} {labels.dtype} for {len(images)} images; "
            f"expected ({len(images)},) uint8"
        )
    if not len(labels):
        raise ValueError(f"{name}: holds no image")
    if labels.max() >= CLASSES:
        wrong = np.flatnonzero(labels >= CLASSES)
        raise ValueError(
            f"{name}: label {labels[wrong[0]]} at position {wrong[0]} ({len(wrong)} such); expected 0 to 9"
        )
