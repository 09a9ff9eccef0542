"""Every pin holds against what the user has set."""

import platform
import sys
from pathlib import Path

import numpy as np
import pytest

from digits import determinism
from support import ROOT, run

REPORT_PINS = """
import os
os.environ.update(KERAS_BACKEND="jax", TF_ENABLE_ONEDNN_OPTS="0", ONEDNN_MAX_CPU_ISA="SSE41")
from digits.determinism import pin_tensorflow
pin_tensorflow(5)
import keras, numpy as np, random, tensorflow as tf
from tensorflow.python.framework.config import is_op_determinism_enabled
print(os.environ["ONEDNN_MAX_CPU_ISA"], os.environ["TF_ENABLE_ONEDNN_OPTS"], keras.backend.backend(),
      tf.config.threading.get_intra_op_parallelism_threads(), tf.config.threading.get_inter_op_parallelism_threads(),
      is_op_determinism_enabled(), keras.config.floatx(), keras.config.image_data_format(),
      random.random(), np.random.random(), float(tf.random.uniform([])))
"""
REPORT_KERNELS = """
import os
os.environ.update({USER})
from digits.determinism import pin_environment
pin_environment()
import numpy as np
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from threadpoolctl import threadpool_info
blas = [library for library in threadpool_info() if library["internal_api"] == "openblas"]
print([library["architecture"] for library in blas], [library["num_threads"] for library in blas],
      [name for name in __cpu_dispatch__ if __cpu_features__[name]],
      sorted(name for name in os.environ if name.startswith(("OPENBLAS_", "ONEDNN_", "NPY_"))))
"""


def printed(code: str, **environment: str) -> str:
    return run([sys.executable, "-c", code], ROOT, **environment).stdout.strip()


def test_tensorflow_is_pinned_against_the_user(tmp_path: Path):
    (tmp_path / "keras.json").write_text('{"floatx": "float16", "image_data_format": "channels_first"}')
    first, second = (printed(REPORT_PINS, KERAS_HOME=str(tmp_path)).split() for _ in range(2))
    assert first == second
    assert first[:8] == ["AVX2", "1", "tensorflow", "1", "1", "True", "float32", "channels_last"]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the kernels of x86-64 are pinned")
@pytest.mark.parametrize(
    "user",
    [
        {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "", "OMP_NUM_THREADS": "4"},
        {"OPENBLAS_CORETYPE": "SkylakeX", "NPY_ENABLE_CPU_FEATURES": "X86_V3", "ONEDNN_DEFAULT_FPMATH_MODE": "ANY"},
    ],
)
def test_numpy_is_pinned_against_the_user(user: dict[str, str]):
    pinned = [name for name in determinism.ENVIRONMENT if name.startswith(("OPENBLAS_", "ONEDNN_", "NPY_"))]
    assert printed(REPORT_KERNELS.replace("{USER}", str(user))) == f"['Sandybridge'] [1] [] {sorted(pinned)}"


def test_pinning_too_late_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "tensorflow", sys)
    with pytest.raises(RuntimeError, match="TensorFlow"):
        determinism.pin_tensorflow(0)
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Zen")
    with pytest.raises(RuntimeError, match="NumPy"):
        determinism.pin_environment()


@pytest.mark.parametrize("package", ["stages", "studies", "benchmarks"])
def test_what_is_run_is_pinned_before_numpy(package: str):
    code = f"import {package}, os, sys; print(os.environ.get('OPENBLAS_CORETYPE'), 'numpy' in sys.modules)"
    core, numpy_is_loaded = printed(code, OPENBLAS_CORETYPE="Zen").split()
    assert core != "Zen"
    assert numpy_is_loaded == "False"


def test_a_gpu_that_is_not_there_is_one_error():
    code = "from digits.determinism import pin_tensorflow; pin_tensorflow(0, 'gpu')"
    done = run([sys.executable, "-c", code], ROOT, check=False, CUDA_VISIBLE_DEVICES="-1")
    assert done.stderr.splitlines()[-1].startswith("digits.files.UserError: train.device is gpu")


def test_no_reciprocal_is_approximated(pinned: None):
    """Intel's and AMD's processors approximate reciprocals differently; quotients and roots are exact everywhere."""
    import keras
    import tensorflow as tf

    values = np.linspace(0.001, 50, 8_000, dtype=np.float32).reshape(1, 8_000)
    layer = keras.layers.BatchNormalization()
    layer.build((None, 8_000))
    layer.moving_variance.assign(values[0])
    ours = tf.function(lambda x: layer(x, training=False))(tf.constant(values)).numpy()
    factor = np.float32(1) / np.sqrt(values + np.float32(layer.epsilon))
    assert np.array_equal(ours, values * factor)
    quotients = tf.function(lambda x, y: x / tf.sqrt(y))(tf.constant(values), tf.constant(values + 1)).numpy()
    assert np.array_equal(quotients, values / np.sqrt(values + np.float32(1)))
