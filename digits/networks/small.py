"""Depthwise separable convolutions (Howard et al. 2017): more accurate than `cnn` with 8,206 parameters.

After the first one, each convolution looks at every channel by itself, then mixes them pixel by pixel: 3x3 weights per
channel instead of 3x3 per pair of channels. A last one weighs the 6x6 positions before they are averaged, so that the
output layer has one weight per channel.
"""

import keras
from keras.layers import Conv2D, DepthwiseConv2D, GlobalAveragePooling2D, MaxPooling2D

from digits.networks import bn_relu


def layers(channels: list[int]) -> list[keras.Layer]:
    first, *others = channels
    hidden = [Conv2D(first, 3, use_bias=False, name="conv_1"), MaxPooling2D(name="pool_1"), *bn_relu(1)]  # 13x13
    for block, count in enumerate(others, start=2):
        hidden += [
            DepthwiseConv2D(3, padding="same", use_bias=False, name=f"depthwise_{block}"),
            Conv2D(count, 1, use_bias=False, name=f"conv_{block}"),
            *bn_relu(block),
        ]
        if block == 3:
            hidden.append(MaxPooling2D(name="pool_2"))  # 6x6
    return [*hidden, DepthwiseConv2D(3, use_bias=False, name="weights"), GlobalAveragePooling2D(name="average")]
