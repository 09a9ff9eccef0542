"""Write a dataset repeated many times with small changes, chunk by chunk: only to measure what its size costs."""

from pathlib import Path

import numpy as np

from digits.data.datasets import LabeledImages, chunks

MAX_SHIFT = 2  # pixels by which a repeat is moved
NOISE = 16  # gray levels by which each pixel of ink changes at most, so that no two images are the same


def write(folder: Path, split: LabeledImages, factor: int, seed: int) -> None:
    """Write `split` to `folder`, followed by `factor` - 1 perturbed repeats of it."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    with (folder / "images.npy").open("wb") as file:
        header = np.lib.format.header_data_from_array_1_0(split.images[:0])
        shape = (factor * len(split.labels), *split.images.shape[1:])
        np.lib.format.write_array_header_1_0(file, {**header, "shape": shape})
        for repeat in range(factor):
            for chunk in chunks(split.images):
                file.write((perturbed(chunk, rng) if repeat else chunk).tobytes())
    np.save(folder / "labels.npy", np.tile(split.labels, factor))


def perturbed(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`images` (n, 28, 28, 1) uint8, all moved by the same few pixels, with random noise on the ink."""
    down, right = rng.integers(-MAX_SHIFT, MAX_SHIFT + 1, 2)
    moved = np.roll(images, (down, right), axis=(1, 2)).astype(np.int16)
    changed = np.clip(moved + rng.integers(-NOISE, NOISE + 1, moved.shape, np.int16), 1, 255)
    return np.where(moved > 0, changed, 0).astype(np.uint8)
