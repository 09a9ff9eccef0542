"""Layers that several architectures share."""

from keras import layers


def bn_relu(block: int) -> list[layers.Layer]:
    """Batch normalization (Ioffe and Szegedy 2015) and ReLU.

    The momentum is below Keras' 0.99, with which the running mean needs more batches than a short training has.
    """
    return [
        layers.BatchNormalization(momentum=0.9, name=f"norm_{block}"),
        layers.ReLU(name=f"relu_{block}"),
    ]


def later_convolutions(second: int, third: int, fourth: int) -> list[layers.Layer]:
    """Three convolutions with these numbers of channels, from 12x12 to the features."""
    return [
        layers.Conv2D(second, 3, use_bias=False, name="conv_2"),  # 10x10
        layers.MaxPooling2D(name="pool_2"),  # 5x5
        *bn_relu(2),
        layers.Conv2D(third, 3, padding="same", use_bias=False, name="conv_3"),  # 5x5
        *bn_relu(3),
        layers.Conv2D(fourth, 3, use_bias=False, name="conv_4"),  # 3x3
        *bn_relu(4),
        layers.Flatten(name="flatten"),
    ]
