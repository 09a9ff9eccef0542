"""Augmentation of training images: affine and elastic deformation, and a brightness gradient as background.

The functions have no state: the same images and seed give the same result, in whatever order a parallel map calls them.
"""

import math

import numpy as np
import tensorflow as tf

from digits.config import Augmentation
from digits.data import IMAGE_SHAPE

SIDE = IMAGE_SHAPE[0]
CENTER = (SIDE - 1) / 2
BUMPS = 4  # per side: the elastic field is a sum of 4x4 Gaussian bumps that overlap


def augment(images: tf.Tensor, seed: tf.Tensor, strength: Augmentation) -> tf.Tensor:
    """Each of `images` (n, 28, 28, 1) uint8 changed at random within `strength`; same shape and dtype.

    `seed` is (2,) int64. The parameters of the affine map are uniform, the elastic field is Gaussian.
    """
    affine_seed, elastic_seed = tf.unstack(tf.random.split(seed, 2))
    count = tf.shape(images)[0]
    positions = _affine(count, affine_seed, strength)
    if strength.elastic:
        positions += _elastic(count, elastic_seed, strength.elastic)
    augmented = _resample(images, positions + CENTER)
    if strength.background:
        augmented = _background_gradient(augmented, tf.random.fold_in(seed, 0), strength.background)
    return augmented


def _affine(count: tf.Tensor, seed: tf.Tensor, strength: Augmentation) -> tf.Tensor:
    """The source position of each pixel: (n, 784, 2) float32, row and column from the center."""
    turn, slant, tall, wide, down, right = tf.unstack(tf.random.stateless_uniform((6, count), seed, -1, 1))
    angle = turn * math.radians(strength.rotation)
    sine, cosine = tf.sin(angle), tf.cos(angle)
    row, column = 1 / (1 + tall * strength.zoom), 1 / (1 + wide * strength.zoom)
    slant *= strength.shear
    matrices = tf.stack(  # row by row: zoom, shear, then rotation
        [
            tf.stack([row * (cosine + slant * sine), row * sine], axis=1),
            tf.stack([column * (slant * cosine - sine), column * cosine], axis=1),
        ],
        axis=1,
    )  # (n, 2, 2)
    shifts = tf.stack([down, right], axis=1) * strength.shift  # (n, 2)
    return tf.einsum("pj,nij->npi", _grid(SIDE), matrices) + shifts[:, None]


def _elastic(count: tf.Tensor, seed: tf.Tensor, deviation: float) -> tf.Tensor:
    """A smooth random displacement of each pixel, (n, 784, 2) float32, of the given standard deviation in pixels.

    After Simard, Steinkraus and Platt (2003), who smooth a random field of pixels; a few bumps cost far less.
    """
    distance = SIDE / (BUMPS - 1)
    centers = _grid(BUMPS) * distance
    squares = ((_grid(SIDE)[:, None] - centers) ** 2).sum(axis=-1)
    bumps = tf.exp(
        -squares / (2 * (0.7 * distance) ** 2)
    )  # TensorFlow's: NumPy's exp rounds differently by instruction set
    bumps /= tf.norm(bumps, axis=1, keepdims=True)  # (784, 16): the same deviation everywhere
    heights = tf.random.stateless_normal((count, BUMPS**2, 2), seed, stddev=deviation)
    return tf.einsum("pk,nkj->npj", bumps, heights)


def _background_gradient(images: tf.Tensor, seed: tf.Tensor, background: float) -> tf.Tensor:
    """Add a linear brightness gradient to half of `images`, and make the ink of all of them paler.

    Both go up to the share `background` of full scale.
    """
    count = tf.shape(images)[0]
    pale, level, down, right = tf.unstack(tf.random.stateless_uniform((4, count), seed))
    slopes = tf.stack([down, right], axis=1) * 2 - 1
    level = 4 * level - 3  # half of the gradients are then below 0 everywhere, and clipped away
    gradient = level[:, None] + tf.einsum("pk,nk->np", _grid(SIDE) / CENTER, slopes)
    ink = tf.reshape(tf.cast(images, tf.float32), [-1, SIDE**2]) * (1 - background * pale)[:, None]
    bright = tf.minimum(ink + 255 * background * tf.clip_by_value(gradient, 0.0, 1.0), 255.0)
    return tf.reshape(tf.cast(tf.round(bright), tf.uint8), [-1, *IMAGE_SHAPE])


def _grid(side: int) -> np.ndarray:
    """Row and column of each of side x side points from their center, (side², 2) float32."""
    line = np.arange(side, dtype=np.float32) - (side - 1) / 2
    return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2).astype(np.float32)


def _resample(images: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
    """Bilinear interpolation of `images` at `positions` (n, 784, 2), in pixels; black outside."""
    padded = tf.pad(images[..., 0], [[0, 0], [1, 2], [1, 2]])  # 31x31, so that every neighbor exists
    width = SIDE + 3
    pixels = tf.reshape(padded, [-1, width * width])
    positions = tf.clip_by_value(positions, -1.0, float(SIDE)) + 1
    corner = tf.floor(positions)
    below, beside = tf.unstack(positions - corner, axis=-1)  # (n, 784) each, in [0, 1)
    row, column = tf.unstack(tf.cast(corner, tf.int32), axis=-1)
    first = row * width + column
    top_left, top_right, bottom_left, bottom_right = (
        tf.cast(tf.gather(pixels, first + step, batch_dims=1), tf.float32) for step in (0, 1, width, width + 1)
    )
    top = top_left + beside * (top_right - top_left)
    bottom = bottom_left + beside * (bottom_right - bottom_left)
    moved = tf.cast(tf.round(top + below * (bottom - top)), tf.uint8)
    return tf.reshape(moved, [-1, *IMAGE_SHAPE])
