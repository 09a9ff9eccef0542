"""What several architectures share."""

from keras import layers


def bn_relu(block: int) -> list[layers.Layer]:
    """Batch normalization (Ioffe and Szegedy 2015) and ReLU.

    The running mean follows over tens of batches, not hundreds, since a short training has no more.
    """
    return [
        layers.BatchNormalization(momentum=0.9, name=f"norm_{block}"),
        layers.ReLU(name=f"relu_{block}"),
    ]
