"""784-128-64-10 with ReLU, a feed-forward reference: 109,386 parameters; 97.6 to 98% elsewhere."""

import keras
from keras.layers import Dense, Flatten


def layers() -> list[keras.Layer]:
    return [
        Flatten(name="flatten"),  # 784
        Dense(128, "relu", name="dense_1"),
        Dense(64, "relu", name="dense_2"),
    ]
