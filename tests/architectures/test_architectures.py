"""The networks: their layers, their sizes and their normalization."""

import numpy as np
import pytest

from digits.config.params import load_params
from digits.data.datasets import LabeledImages
from digits.data.splits import Normalization
from support import ROOT

NORMALIZATION = Normalization(mean=33.3, std=78.6)
RECIPES = load_params(ROOT / "params.yaml").recipes


@pytest.fixture(autouse=True)
def _pinned(pinned: None) -> None:
    """All of these import TensorFlow."""


@pytest.mark.parametrize(("name", "parameters"), [("mlp", 109_386), ("sigmoid", 468_874), ("cnn", 225_034)])
def test_architectures_have_the_published_size(name: str, parameters: int):
    from digits import architectures

    model = architectures.build(name, RECIPES[name], NORMALIZATION)
    assert model.count_params() == parameters
    assert model.inputs[0].dtype == "uint8"


def test_cnn_has_the_layers_of_the_tutorials():
    from digits import architectures

    model = architectures.build("cnn", RECIPES["cnn"], NORMALIZATION)
    shapes = [layer.output.shape[1:] for layer in model.layers if not layer.name.startswith("normalisation")]
    conv = [(26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64)]
    assert shapes == [*conv, (1600,), (128,), (128,), (10,)]
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [320, 18_496, 204_928, 1_290]


@pytest.mark.parametrize(("channels", "parameters"), [(None, 8_206), ([8, 16, 20, 20], 1_962)])
def test_small_has_the_size_that_its_layers_add_up_to(channels: list[int] | None, parameters: int):
    from digits import architectures

    recipe = RECIPES["small"].model_copy(update={"channels": channels} if channels else {})
    model = architectures.build("small", recipe, NORMALIZATION)
    first, *others = recipe.architecture["channels"]
    pairs = zip([first, *others], others, strict=False)
    blocks = sum(9 * before + before * after + 4 * after for before, after in pairs)
    by_hand = 9 * first + 4 * first + blocks + 9 * others[-1] + 10 * others[-1] + 10
    assert model.count_params() == by_hand == parameters


def test_small_averages_weighted_positions_for_each_channel():
    from digits import architectures

    model = architectures.build("small", RECIPES["small"], NORMALIZATION)
    shapes = {layer.name: layer.output.shape[1:] for layer in model.layers}
    assert (shapes["pool_1"], shapes["pool_2"]) == ((13, 13, 12), (6, 6, 36))
    assert (shapes["weights"], shapes["average"]) == ((4, 4, 32), (32,))


def test_the_model_normalizes_raw_pixels_itself(eight: LabeledImages):
    from digits import architectures

    model = architectures.build("mlp", RECIPES["mlp"], NORMALIZATION)
    inside = np.asarray(model.get_layer("normalisation")(eight.images))
    assert inside == pytest.approx((eight.images.astype(float) - 33.3) / 78.6, abs=1e-5)
