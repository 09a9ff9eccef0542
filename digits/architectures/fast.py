"""Four small convolutions, the first with stride 2: about the accuracy of `cnn` in the least time."""

import keras
from keras.layers import Conv2D, Flatten, MaxPooling2D

from digits.architectures.blocks import bn_relu


def layers(channels: list[int]) -> list[keras.Layer]:
    first, second, third, fourth = channels
    return [
        Conv2D(first, 5, strides=2, use_bias=False, name="conv_1"),  # 12x12
        *bn_relu(1),
        Conv2D(second, 3, use_bias=False, name="conv_2"),  # 10x10
        MaxPooling2D(name="pool_2"),  # 5x5
        *bn_relu(2),
        Conv2D(third, 3, padding="same", use_bias=False, name="conv_3"),  # 5x5
        *bn_relu(3),
        Conv2D(fourth, 3, use_bias=False, name="conv_4"),  # 3x3
        *bn_relu(4),
        Flatten(name="flatten"),
    ]
