"""Everything that would make the same commit give other numbers on another run or machine is pinned here.

Each pin stands beside its reason. Call `pin_tensorflow` before anything imports TensorFlow or Keras.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

THREADS = 2


def pin_tensorflow(seed: int, gpus: bool = False) -> None:
    """Import TensorFlow with everything set that can change a result, and seed all generators; hide GPUs unless `gpus`.

    Raises RuntimeError where TensorFlow was imported before: the environment is read only once.
    """
    if "tensorflow" in sys.modules:
        raise RuntimeError("pin_tensorflow() must run before TensorFlow is imported")
    os.environ |= {
        # oneDNN picks its kernels by instruction set, and AVX-512 rounds differently from AVX2. Nearly every server and
        # desktop of the last ten years has AVX2; holding newer ones to it costs `cnn` under a tenth of its time, `best`
        # about a fifth.
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        # On is the default, but the user's environment could have turned it off.
        "TF_ENABLE_ONEDNN_OPTS": "1",
        # Keras would take its backend from a file in the user's home.
        "KERAS_BACKEND": "tensorflow",
        # A GPU sums in another order than a CPU.
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


@contextmanager
def native_stderr_silenced() -> Iterator[None]:
    """Drop what compiled code writes to standard error; Python's own exceptions pass as ever.

    TensorFlow's native code writes to file descriptor 2 before its log level is read, so no setting reaches it.
    """
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
