import platform
import sys

import pytest

from digits.core import determinism
from support import ROOT, run

PINNED_OPENBLAS = [name for name in determinism.ENVIRONMENT if name.startswith("OPENBLAS_")]
REPORT_PINS = """
import os
os.environ.update(KERAS_BACKEND="jax", TF_ENABLE_ONEDNN_OPTS="0", ONEDNN_MAX_CPU_ISA="SSE41")
from digits.core.determinism import pin_tensorflow
pin_tensorflow(5)
import keras, numpy as np, random, tensorflow as tf
from tensorflow.python.framework.config import is_op_determinism_enabled
print(os.environ["ONEDNN_MAX_CPU_ISA"], os.environ["TF_ENABLE_ONEDNN_OPTS"], keras.backend.backend(),
      tf.config.threading.get_intra_op_parallelism_threads(), tf.config.threading.get_inter_op_parallelism_threads(),
      is_op_determinism_enabled(), keras.config.floatx(), keras.config.image_data_format(),
      random.random(), np.random.random(), float(tf.random.uniform([])))
"""


def test_every_pin_holds_against_the_users_own_settings(tmp_path):
    (tmp_path / "keras.json").write_text('{"floatx": "float16", "image_data_format": "channels_first"}')
    printed = [
        run([sys.executable, "-c", REPORT_PINS], ROOT, KERAS_HOME=str(tmp_path)).stdout.split() for _ in range(2)
    ]
    assert printed[0] == printed[1]
    assert printed[0][:8] == ["AVX2", "1", "tensorflow", "2", "2", "True", "float32", "channels_last"]


def test_pinning_too_late_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "tensorflow", sys)
    with pytest.raises(RuntimeError, match="before TensorFlow"):
        determinism.pin_tensorflow(0)


REPORT_KERNELS = """
import os
os.environ.update({USER})
from digits.core.determinism import pin_environment
pin_environment()
import numpy as np
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__
from threadpoolctl import threadpool_info
blas = [it for it in threadpool_info() if it["internal_api"] == "openblas"]
print([it["architecture"] for it in blas], [it["num_threads"] for it in blas],
      [name for name in __cpu_dispatch__ if __cpu_features__[name]],
      sorted(name for name in os.environ if name.startswith(("OPENBLAS_", "ONEDNN_", "NPY_"))))
"""


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the kernels of x86-64 are pinned")
def test_the_kernels_of_numpy_are_pinned_against_the_users_own_settings():
    users = (
        {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": "", "OMP_NUM_THREADS": "4"},
        {"OPENBLAS_CORETYPE": "SkylakeX", "NPY_ENABLE_CPU_FEATURES": "X86_V3", "ONEDNN_DEFAULT_FPMATH_MODE": "ANY"},
    )
    for user in users:
        printed = run([sys.executable, "-c", REPORT_KERNELS.replace("{USER}", str(user))], ROOT).stdout.strip()
        pinned = ["NPY_DISABLE_CPU_FEATURES", "ONEDNN_MAX_CPU_ISA", *PINNED_OPENBLAS]
        assert printed == f"['Sandybridge'] [1] [] {sorted(pinned)}"


def test_pinning_after_numpy_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Zen")
    with pytest.raises(RuntimeError, match="before NumPy"):
        determinism.pin_environment()


@pytest.mark.parametrize("package", ["stages", "studies", "apps", "benchmarks"])
def test_what_is_run_is_pinned_before_it_imports_anything(package: str):
    code = f"import {package}, os, sys; print(os.environ.get('OPENBLAS_CORETYPE'), 'numpy' in sys.modules)"
    assert run([sys.executable, "-c", code], ROOT, OPENBLAS_CORETYPE="Zen").stdout.split()[1] == "False"
    assert "Zen" not in run([sys.executable, "-c", code], ROOT, OPENBLAS_CORETYPE="Zen").stdout
