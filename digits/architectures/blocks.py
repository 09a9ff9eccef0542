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
