"""The networks in PyTorch give the probabilities of Keras, given its weights. Skipped without PyTorch."""

import numpy as np
import pytest

from digits.config import load_params
from digits.data import LabeledImages, Normalization
from support import ROOT

NORMALIZATION = Normalization(mean=33.3, std=78.6)
RECIPES = load_params(ROOT / "params.yaml").recipes


@pytest.fixture(autouse=True)
def _pinned(pinned: None) -> None:
    """TensorFlow first: the other way around, importing both can crash."""
    pytest.importorskip("torch")


@pytest.mark.parametrize("name", RECIPES)
def test_translated_network_predicts_as_keras(name: str, noise: LabeledImages):
    import torch

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
    import torch

    from benchmarks import pytorch
    from digits import networks

    net = pytorch.translated(networks.build("fast", RECIPES["fast"], NORMALIZATION))
    before = net[0].weight.detach().clone()
    assert pytorch.seconds_per_100_steps(net, RECIPES["fast"], noise, NORMALIZATION, steps=8, threads=1) > 0
    assert not torch.equal(before, net[0].weight)


@pytest.mark.parametrize("name", ["fast", "small"])
def test_muon_steps_as_ours(name: str):
    """One step from the same gradients, through the same translation of weights."""
    import keras

    from benchmarks import pytorch
    from digits import networks, training

    recipe = RECIPES[name].model_copy(update={"optimizer": "muon", "learning_rate": 0.5})
    model = networks.build(name, recipe, NORMALIZATION)
    net, gradients = pytorch.translated(model), networks.build(name, recipe, NORMALIZATION)
    for weight, gradient in zip(net.parameters(), pytorch.translated(gradients).parameters(), strict=True):
        weight.grad = gradient.detach().clone() + 1
    for optimizer in pytorch.make_optimizers(net, recipe):
        optimizer.step()
    constant = [keras.ops.convert_to_tensor(variable) + 1 for variable in gradients.trainable_variables]
    training.Muon(recipe.learning_rate).apply(constant, model.trainable_variables)
    for ours, theirs in zip(pytorch.translated(model).parameters(), net.parameters(), strict=True):
        assert ours.detach().numpy() == pytest.approx(theirs.detach().numpy(), abs=1e-3)
