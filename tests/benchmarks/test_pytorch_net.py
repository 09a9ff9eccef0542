"""The nets in PyTorch give the probabilities of Keras, given its weights. Skipped where PyTorch is not installed."""

import numpy as np
import pytest

from digits.config.params import load_params
from digits.data.datasets import LabeledImages
from digits.data.splits import Normalization
from support import ROOT

torch = pytest.importorskip("torch")
NORMALIZATION = Normalization(mean=33.3, std=78.6)
RECIPES = load_params(ROOT / "params.yaml").recipes


@pytest.fixture(autouse=True)
def _pinned(pinned: None) -> None:
    """These import TensorFlow."""


@pytest.mark.parametrize("name", RECIPES)
def test_a_translated_net_predicts_what_keras_does(name: str, noise: LabeledImages):
    from benchmarks import pytorch_net
    from digits import architectures
    from digits.models import inference

    model = architectures.build(name, RECIPES[name], NORMALIZATION)
    for _ in range(50):  # gives batch normalization statistics with which small differences stay visible
        model(noise.images, training=True)
    net = pytorch_net.translated(model).eval()
    pixels = torch.tensor(noise.images).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        found = torch.softmax(net((pixels - NORMALIZATION.mean) / NORMALIZATION.std), 1)
    expected = inference.predict(model, noise.images)
    assert np.ptp(expected) > 0.01
    assert found.numpy() == pytest.approx(expected, abs=1e-5, rel=0)


def test_steps_are_timed_and_change_the_weights(noise: LabeledImages):
    from benchmarks import pytorch_net
    from digits import architectures

    net = pytorch_net.translated(architectures.build("fast", RECIPES["fast"], NORMALIZATION))
    before = net[0].weight.detach().clone()
    assert pytorch_net.seconds_per_100_steps(net, RECIPES["fast"], noise, NORMALIZATION, steps=8) > 0
    assert not torch.equal(before, net[0].weight)
