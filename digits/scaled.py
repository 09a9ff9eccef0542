"""A dataset many times its size, made of perturbed repeats: to measure what size costs, and nothing else.

Knows how a repeat differs from its original. It is written portion by portion and never held whole.
"""

from pathlib import Path

import numpy as np

from digits.datasets import Split, portions

FARTHEST = 2  # pixels by which a repeat is moved
NOISE = 16  # grey levels by which each pixel of its ink is lighter or darker, so that no two images are the same


def write(folder: Path, split: Split, factor: int, seed: int) -> None:
    """Write `split` to `folder`, followed by `factor` - 1 perturbed repeats of it."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(seed)
    with (folder / "images.npy").open("wb") as file:
        header = np.lib.format.header_data_from_array_1_0(split.images[:0])
        shape = (factor * len(split.labels), *split.images.shape[1:])
        np.lib.format.write_array_header_1_0(file, {**header, "shape": shape})
        for repeat in range(factor):
            for portion in portions(split.images):
                file.write((perturbed(portion, rng) if repeat else portion).tobytes())
    np.save(folder / "labels.npy", np.tile(split.labels, factor))


def perturbed(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """`images` (n, 28, 28, 1) uint8 moved together by a few pixels, the grey of each pixel of ink changed by chance."""
    down, right = rng.integers(-FARTHEST, FARTHEST + 1, 2)
    moved = np.roll(images, (down, right), axis=(1, 2)).astype(np.int16)
    changed = np.clip(moved + rng.integers(-NOISE, NOISE + 1, moved.shape, np.int16), 1, 255)
    return np.where(moved > 0, changed, 0).astype(np.uint8)
