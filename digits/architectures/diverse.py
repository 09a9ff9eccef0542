"""The network of `best`, trained also on drawn digits: reads styles of writing that MNIST lacks."""

import keras
from keras.layers import Conv2D, MaxPooling2D

from digits.architectures.blocks import bn_relu, later_convolutions


def layers(channels: list[int]) -> list[keras.Layer]:
    first, second, third, fourth = channels
    return [
        Conv2D(first, 5, use_bias=False, name="conv_1"),  # 24x24
        MaxPooling2D(name="pool_1"),  # 12x12
        *bn_relu(1),
        *later_convolutions(second, third, fourth),
    ]
