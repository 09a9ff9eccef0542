"""The one place that pins what would make the same commit give other numbers on another run or machine.

Knows why each pin is there. Call `pin` before anything imports TensorFlow or Keras.
"""

import os
import sys

from digits.quiet import native_stderr_silenced

THREADS = 2


def pin(seed: int, gpus: bool = False) -> None:
    """Import TensorFlow with everything fixed that can change a result, and seed all generators; with `gpus`, those are
    used.

    Raises RuntimeError where TensorFlow was imported before: the environment is read only once.
    """
    if "tensorflow" in sys.modules:
        raise RuntimeError("pin() must run before TensorFlow is imported")
    os.environ |= {
        # oneDNN picks its kernels by instruction set and AVX-512 rounds otherwise than AVX2. Every x86-64 server
        # and desktop of the last ten years has AVX2; holding newer ones to it costs the textbook net under a tenth of
        # its time, the flagship about a fifth.
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        # On is the default, but only where this variable does not say otherwise.
        "TF_ENABLE_ONEDNN_OPTS": "1",
        # Keras would take its backend from a file in the user's home.
        "KERAS_BACKEND": "tensorflow",
        # A GPU sums in another order than a processor.
        **({} if gpus else {"CUDA_VISIBLE_DEVICES": "-1"}),
        # Not for the numbers: without it TensorFlow reports the missing GPU as an error.
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    with native_stderr_silenced():
        import keras
        import tensorflow as tf

    # A sum split over more threads is rounded in another order, and the default is the number of cores.
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    # Without it some operations add up in the order in which their threads finish.
    tf.config.experimental.enable_op_determinism()
    # The user's Keras file could hold another precision or layout as well.
    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
    keras.utils.set_random_seed(seed)
