"""Four small convolutions, the first with stride 2: about the accuracy of `cnn` in the least time."""

import keras
from keras.layers import Conv2D

from digits.networks import bn_relu, later_convolutions


def layers(channels: list[int]) -> list[keras.Layer]:
    first, second, third, fourth = channels
    return [
        Conv2D(first, 5, strides=2, use_bias=False, name="conv_1"),  # 12x12
        *bn_relu(1),
        *later_convolutions(second, third, fourth),
    ]
