"""Four convolutions, most of their parameters on small feature maps, where they cost little time: the highest accuracy.

Pooling comes before batch normalization and ReLU, which then process a quarter of the values.
"""

import keras
from keras.layers import Conv2D, Flatten, MaxPooling2D

from digits.architectures.blocks import bn_relu


def layers(channels: list[int]) -> list[keras.Layer]:
    first, second, third, fourth = channels
    return [
        Conv2D(first, 5, use_bias=False, name="conv_1"),  # 24x24
        MaxPooling2D(name="pool_1"),  # 12x12
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
