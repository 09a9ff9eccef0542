"""The networks in PyTorch give the probabilities of Keras, given its weights. Skipped without PyTorch."""

import numpy as np
import pytest

from digits.config import load_params
from digits.data import LabeledImages, Normalization
from support import ROOT

torch = pytest.importorskip("torch")
NORMALIZATION = Normalization(mean=33.3, std=78.6)
RECIPES = load_params(ROOT / "params.yaml").recipes


@pytest.fixture(autouse=True)
def _pinned(pinned: None) -> None:
    """These import TensorFlow."""


@pytest.mark.parametrize("name", RECIPES)
def test_translated_network_predicts_as_keras(name: str, noise: LabeledImages):
    from benchmarks import pytorch
    from digits import models, networks

    model = networks.build(name, RECIPES[name], NORMALIZATION)
    for _ in range(50):  # gives batch normalization statistics with which small differences stay visible
        model(noise.images, training=True)
    net = pytorch.translated(model).eval()
    pixels = torch.tensor(noise.images).permute(0, 3, 1, 2).float()
    with torch.no_grad():
        probabilities = torch.softmax(net((pixels - NORMALIZATION.mean) / NORMALIZATION.std), 1)
    expected = models.predict(model, noise.images)
    assert np.ptp(expected) > 0.01
    assert probabilities.numpy() == pytest.approx(expected, abs=1e-5, rel=0)


def test_steps_are_timed_and_change_the_weights(noise: LabeledImages):
    from benchmarks import pytorch
    from digits import networks

    net = pytorch.translated(networks.build("fast", RECIPES["fast"], NORMALIZATION))
    before = net[0].weight.detach().clone()
    assert pytorch.seconds_per_100_steps(net, RECIPES["fast"], noise, NORMALIZATION, steps=8) > 0
    assert not torch.equal(before, net[0].weight)
