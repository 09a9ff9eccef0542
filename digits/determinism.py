"""Everything that would make the same commit give other numbers on another run or machine is pinned here.

Each pin stands beside its reason. The packages that are run, such as `stages`, call `pin_environment` when they are
imported, since native libraries read the environment once, when NumPy loads them. The pins hold for x86-64 with AVX2.
"""

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import tensorflow as tf

THREADS = 1  # of TensorFlow: two trainings side by side use two processors better than one training does

# Variables of these libraries that the user has set are removed: each library has some that change its rounding.
PREFIXES = ("OPENBLAS_", "GOTO_", "OMP_", "MKL_", "NPY_", "ONEDNN_", "DNNL_", "TF_SET_ONEDNN_", "TF_XLA_")
ENVIRONMENT = {
    # OpenBLAS picks its kernels by processor, and they round differently. These need AVX, as TensorFlow does.
    **({"OPENBLAS_CORETYPE": "Sandybridge"} if platform.machine() in ("x86_64", "AMD64") else {}),
    # The block sizes of some kernels follow from the size of the cache, and with them the order of sums.
    "OPENBLAS_L2_SIZE": "512",
    # A product split over threads is rounded in another order, and no more than the machine's cores can be asked for.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    # NumPy's own kernels: exp, log and sums round differently by instruction set. Only what every x86-64 has remains.
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    # oneDNN picks its kernels by instruction set, and AVX-512 rounds differently from AVX2. Nearly every server and
    # desktop of the last ten years has AVX2; holding newer ones to it costs `cnn` under a tenth of its time, `best`
    # about a fifth.
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    # On is the default, but the user's environment could have turned it off.
    "TF_ENABLE_ONEDNN_OPTS": "1",
    # The compiler fuses operations, which rounds differently, if its flags ask for it.
    "XLA_FLAGS": "",
    # Keras would take its backend from a file in the user's home.
    "KERAS_BACKEND": "tensorflow",
    # Not for the numbers: without it TensorFlow reports a missing GPU as an error.
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


def pin_environment() -> None:
    """Set the environment of this process and of those that it starts to ENVIRONMENT.

    Raises RuntimeError if NumPy was imported before with another environment.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIXES)}
    pinned = kept | ENVIRONMENT
    if dict(os.environ) == pinned:
        return
    if "numpy" in sys.modules:
        raise RuntimeError("pin_environment() must run before NumPy is imported")
    for name in os.environ.keys() - pinned.keys():
        del os.environ[name]
    os.environ.update(ENVIRONMENT)


def pin_tensorflow(seed: int, device: Literal["cpu", "gpu"] = "cpu") -> None:
    """Import TensorFlow with everything set that can change a result, and seed all generators.

    With device "cpu", GPUs are hidden: they sum in another order. Raises UserError if `device` is "gpu" and TensorFlow
    sees none, RuntimeError if TensorFlow was imported before: the environment is read only once.
    """
    if "tensorflow" in sys.modules:
        raise RuntimeError("pin_tensorflow() must run before TensorFlow is imported")
    pin_environment()
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    with native_stderr_silenced():
        import keras
        import tensorflow as tf

    if device == "gpu" and not tf.config.list_physical_devices("GPU"):
        from digits.files import UserError  # here, since it imports NumPy and the pins come first

        raise UserError("train.device is gpu, and TensorFlow sees none; set it to cpu")
    # A sum split over more threads is rounded in another order, and the default is the number of cores.
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    # Without it some operations add up in the order in which their threads finish.
    tf.config.experimental.enable_op_determinism()
    # Reciprocals, of roots as well, start from an approximation that each processor has of its own. TensorFlow makes
    # them of quotients such as x / sqrt(y), and its batch normalization of 1 / sqrt(y).
    tf.config.optimizer.set_experimental_options({"arithmetic_optimization": False})
    tf.nn.batch_normalization = batch_normalization
    # The user's Keras file could hold another precision or layout as well.
    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
    keras.utils.set_random_seed(seed)


def batch_normalization(
    x: "tf.Tensor",
    mean: "tf.Tensor",
    variance: "tf.Tensor",
    offset: "tf.Tensor",
    scale: "tf.Tensor",
    variance_epsilon: float,
) -> "tf.Tensor":
    """As tf.nn.batch_normalization, which Keras calls, by a quotient instead of a reciprocal."""
    import tensorflow as tf

    factor = scale / tf.sqrt(variance + variance_epsilon)
    return x * factor + (offset - mean * factor)


@contextmanager
def native_stderr_silenced() -> Iterator[None]:
    """Drop what compiled code writes to standard error; Python's own exceptions are unaffected.

    TensorFlow's native code writes to file descriptor 2 before its log level is read, so no setting reaches it.
    """
    original = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(original, 2)
        os.close(original)
