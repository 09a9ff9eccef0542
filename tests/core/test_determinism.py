import sys

import pytest

from digits.core import determinism
from support import ROOT, run

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
