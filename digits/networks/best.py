"""Four convolutions, most of their parameters on small feature maps, where they cost little time.

Pooling comes before batch normalization and ReLU, which then process a quarter of the values.
"""

import keras
from keras.layers import Conv2D, MaxPooling2D

from digits.networks import bn_relu, later_convolutions


def layers(channels: list[int]) -> list[keras.Layer]:
    first, second, third, fourth = channels
    return [
        Conv2D(first, 5, use_bias=False, name="conv_1"),  # 24x24
        MaxPooling2D(name="pool_1"),  # 12x12
        *bn_relu(1),
        *later_convolutions(second, third, fourth),
    ]
