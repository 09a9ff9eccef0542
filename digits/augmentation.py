"""Augmentation of training images: an affine map, and a brightness gradient as background.

The functions have no state: the same images and seed give the same result, in whatever order a parallel map calls them.
"""

import math

import keras
import numpy as np
import tensorflow as tf

from digits.config import Augmentation
from digits.data import IMAGE_SHAPE

SIDE = IMAGE_SHAPE[0]
CENTER = (SIDE - 1) / 2


def augment(images: tf.Tensor, seed: tf.Tensor, strength: Augmentation) -> tf.Tensor:
    """Each of `images` (n, 28, 28, 1) uint8 changed at random within `strength`; same shape and dtype.

    `seed` is (2,) int64. All parameters are uniform.
    """
    affine_seed, background_seed = tf.unstack(tf.random.split(seed, 2))
    maps = _affine(tf.shape(images)[0], affine_seed, strength)
    moved = keras.ops.image.affine_transform(tf.cast(images, tf.float32), maps)  # bilinear, black outside
    if strength.background:
        moved = _background_gradient(moved, background_seed, strength.background)
    return tf.cast(tf.round(moved), tf.uint8)


def _affine(count: tf.Tensor, seed: tf.Tensor, strength: Augmentation) -> tf.Tensor:
    """Maps from each pixel to its source, (n, 8) float32: column a·x + b·y + c, row d·x + e·y + f, then two zeros."""
    turn, slant, tall, wide, down, right = tf.unstack(tf.random.stateless_uniform((6, count), seed, -1, 1))
    angle = turn * math.radians(strength.rotation)
    sine, cosine = tf.sin(angle), tf.cos(angle)
    height, width = 1 + tall * strength.zoom, 1 + wide * strength.zoom
    slant *= strength.shear
    # Around the center: zoom, shear, then rotation. No `1 / width`: see `pin_tensorflow` for reciprocals.
    a, b = cosine / width, (slant * cosine - sine) / width
    d, e = sine / height, (cosine + slant * sine) / height
    c = CENTER * (1 - a - b) + right * strength.shift
    f = CENTER * (1 - d - e) + down * strength.shift
    return tf.stack([a, b, c, d, e, f, tf.zeros(count), tf.zeros(count)], axis=1)


def _background_gradient(images: tf.Tensor, seed: tf.Tensor, background: float) -> tf.Tensor:
    """Add a linear brightness gradient to half of `images` (n, 28, 28, 1) float32, and make the ink of all paler.

    Both go up to the share `background` of full scale.
    """
    count = tf.shape(images)[0]
    pale, level, down, right = tf.unstack(tf.random.stateless_uniform((4, count, 1, 1, 1), seed))
    level = 4 * level - 3  # half of the gradients are then below 0 everywhere, and clipped away
    line = np.linspace(-1, 1, SIDE, dtype=np.float32)
    rows, columns = level + (2 * down - 1) * line[:, None, None], (2 * right - 1) * line[:, None]
    scale = 255 * background
    light = tf.clip_by_value(scale * rows + scale * columns, 0.0, scale)
    return tf.minimum(images * (1 - background * pale) + light, 255.0)
