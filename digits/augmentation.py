"""Deformed copies of digits, as if other people had written them: turned, moved, scaled, slanted and warped, on ground
that is lit otherwise.

Knows how a picture is drawn anew from a map of its pixels. Which strength helps a recipe stands in params.yaml. There
is no state: one seed and the same images give the same copies, in whatever order a parallel map calls for them.
"""

import math

import numpy as np
import tensorflow as tf

from digits.datasets import IMAGE_SHAPE
from digits.recipes import Augmentation

SIDE = IMAGE_SHAPE[0]
CENTRE = (SIDE - 1) / 2
BUMPS = 4  # a side: the elastic field is a sum of 4x4 Gaussian bumps, as wide as their distance lets them blend


def deform(images: tf.Tensor, seed: tf.Tensor, strength: Augmentation) -> tf.Tensor:
    """Each of `images` (n, 28, 28, 1) uint8 under its own random map, in the same shape and dtype.

    `seed` is (2,) int64. Affine maps are drawn uniformly within `strength`; the elastic field is Gaussian.
    """
    affine_seed, elastic_seed = tf.unstack(tf.random.split(seed, 2))
    count = tf.shape(images)[0]
    positions = _affine(count, affine_seed, strength)
    if strength.elastic:
        positions += _elastic(count, elastic_seed, strength.elastic)
    copies = _resample(images, positions + CENTRE)
    return _relit(copies, tf.random.fold_in(seed, 0), strength.light) if strength.light else copies


def _affine(count: tf.Tensor, seed: tf.Tensor, strength: Augmentation) -> tf.Tensor:
    """Where each new pixel's colour comes from: (n, 784, 2) float32, row and column from the centre."""
    turn, slant, tall, wide, down, right = tf.unstack(tf.random.stateless_uniform((6, count), seed, -1, 1))
    angle = turn * math.radians(strength.rotation)
    sine, cosine = tf.sin(angle), tf.cos(angle)
    row, column = 1 / (1 + tall * strength.zoom), 1 / (1 + wide * strength.zoom)
    slant *= strength.shear
    matrices = tf.stack(  # row by row: scaled, slanted, then turned
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

    After Simard, Steinkraus and Platt (2003), who smooth a random field of pixels; few bumps cost far less.
    """
    distance = SIDE / (BUMPS - 1)
    centres = _grid(BUMPS) * distance
    squares = ((_grid(SIDE)[:, None] - centres) ** 2).sum(axis=-1)
    bumps = tf.exp(-squares / (2 * (0.7 * distance) ** 2))  # not NumPy's, which rounds by instruction set
    bumps /= tf.norm(bumps, axis=1, keepdims=True)  # (784, 16): the same deviation everywhere
    heights = tf.random.stateless_normal((count, BUMPS**2, 2), seed, stddev=deviation)
    return tf.einsum("pk,nkj->npj", bumps, heights)


def _relit(images: tf.Tensor, seed: tf.Tensor, light: float) -> tf.Tensor:
    """Half of `images` on ground that is lit, more on one side than on the other, by up to the share `light` of full
    scale, and all with ink that is paler by up to as much."""
    count = tf.shape(images)[0]
    pale, level, down, right = tf.unstack(tf.random.stateless_uniform((4, count), seed))
    slopes = tf.stack([down, right], axis=1) * 2 - 1
    level = 4 * level - 3  # half of the grounds are then below 0 all over
    ground = level[:, None] + tf.einsum("pk,nk->np", _grid(SIDE) / CENTRE, slopes)
    ink = tf.reshape(tf.cast(images, tf.float32), [-1, SIDE**2]) * (1 - light * pale)[:, None]
    lit = tf.minimum(ink + 255 * light * tf.clip_by_value(ground, 0.0, 1.0), 255.0)
    return tf.reshape(tf.cast(tf.round(lit), tf.uint8), [-1, *IMAGE_SHAPE])


def _grid(side: int) -> np.ndarray:
    """Row and column of each of side x side points from their centre, (side², 2) float32."""
    line = np.arange(side, dtype=np.float32) - (side - 1) / 2
    return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2).astype(np.float32)


def _resample(images: tf.Tensor, positions: tf.Tensor) -> tf.Tensor:
    """Bilinear interpolation of `images` at `positions` (n, 784, 2), in pixels; black outside."""
    padded = tf.pad(images[..., 0], [[0, 0], [1, 2], [1, 2]])  # 31x31, so that every neighbour exists
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
    deformed = tf.cast(tf.round(top + below * (bottom - top)), tf.uint8)
    return tf.reshape(deformed, [-1, *IMAGE_SHAPE])
