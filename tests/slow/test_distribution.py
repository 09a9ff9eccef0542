"""One training on several devices: two logical processors, since the tests have no GPU."""

import json
import sys

import pytest

from support import ROOT, run

SCRIPT = """
import json, sys, tempfile
from pathlib import Path
import numpy as np
from digits.core.determinism import pin_tensorflow
pin_tensorflow(0, gpus=True)
import tensorflow as tf
(processor,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
from digits import architectures
from digits.config.params import load_params
from digits.data import splits
from digits.training import loop
from digits.data.datasets import LabeledImages
rng = np.random.default_rng(0)
labels = np.tile(np.arange(10), 30).astype(np.uint8)
images = rng.integers(0, 60, (300, 28, 28, 1), np.uint8)
images[np.arange(300), 2 * labels] += 190  # a line at the height of the label
recipe = load_params().recipes["mlp"].model_copy(update={"epochs": 6, "batch_size": 32})
with loop.distribution_scope(sys.argv[1]), tempfile.TemporaryDirectory() as logs:
    model = architectures.build("mlp", recipe, splits.Normalization(60.0, 40.0))
    history = loop.fit(model, recipe, LabeledImages(images, labels), LabeledImages(images, labels), 0, Path(logs))
print(json.dumps(history.to_dict("list")))
"""


def trained(strategy: str) -> dict[str, list[float]]:
    return json.loads(run([sys.executable, "-c", SCRIPT, strategy], ROOT).stdout.splitlines()[-1])


def test_two_devices_learn_as_one_does_and_the_same_every_time():
    single, mirrored = trained("single"), trained("mirrored")
    assert single["val_accuracy"][-1] > 0.9
    assert mirrored["val_accuracy"][-1] > 0.9
    assert mirrored["val_loss"] != single["val_loss"]  # or nothing was spread
    assert trained("mirrored") == mirrored


def test_one_device_is_not_several(pinned: None):
    from digits.training import loop

    with pytest.raises(ValueError, match="takes several GPUs"):
        loop.distribution_scope("mirrored")
