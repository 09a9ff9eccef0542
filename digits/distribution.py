"""One training over the GPUs of one machine.

Knows TensorFlow's strategies. Several machines train independent seeds and recipes instead, see `sweeps`: Keras 3 on
TensorFlow does not run MultiWorkerMirroredStrategy.
"""

from contextlib import AbstractContextManager, nullcontext

import tensorflow as tf

from digits.params import Strategy


def scope(strategy: Strategy) -> AbstractContextManager:
    """Where a model is built and trained: with "mirrored" each GPU has a copy of it and a part of every batch.

    Batch normalisation then takes the statistics of its part, and sums are rounded in another order: another number of
    GPUs gives other numbers. Raises ValueError where there are not several devices.
    """
    if strategy == "single":
        return nullcontext()
    devices = [it.name for it in tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")]
    if len(devices) < 2:
        raise ValueError("train.strategy is mirrored, which takes several GPUs; TensorFlow sees none or one")
    # The reductions that TensorFlow would choose fail with Keras 3.15: gradients of one replica are concatenated.
    return tf.distribute.MirroredStrategy(devices, cross_device_ops=tf.distribute.ReductionToOneDevice()).scope()
