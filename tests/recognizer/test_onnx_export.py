"""ONNX models: the same probabilities as Keras, the out-of-distribution score, reproducible bytes."""

from typing import Any

import numpy as np
import pytest

from digits.config.params import load_params
from digits.data.datasets import LabeledImages
from digits.data.splits import Normalization
from digits.ood.scores import Subspace, ood_score
from digits.recognizer.recognizer import ask, session
from support import ROOT


@pytest.fixture(scope="module", params=["mlp", "fast"])
def model(request: pytest.FixtureRequest, pinned: None) -> Any:
    """An untrained Keras model."""
    from digits import architectures

    recipe = load_params(ROOT / "params.yaml").recipes[request.param]
    return architectures.build(request.param, recipe, Normalization(33.3, 78.6))


@pytest.fixture(scope="module")
def exported(model: Any) -> bytes:
    from digits.recognizer import onnx_export

    return onnx_export.to_onnx(model)


@pytest.mark.parametrize("count", [1, 40])
def test_onnx_gives_the_probabilities_of_keras(model: Any, exported: bytes, noise: LabeledImages, count: int):
    from digits.models import inference

    wanted = inference.predict(model, noise.images[:count])
    (probabilities,) = ask(session(exported), noise.images[:count])
    assert np.abs(probabilities - wanted).max() < 1e-6


def test_bytes_are_reproducible_and_int8_is_small_and_close(model: Any, exported: bytes, noise: LabeledImages):
    from digits.recognizer import onnx_export

    assert onnx_export.to_onnx(model) == exported
    quantized = onnx_export.quantize(exported, noise.images)
    assert onnx_export.quantize(exported, noise.images) == quantized
    assert len(quantized) < len(exported) / 3
    assert np.abs(ask(session(quantized), noise.images)[0] - ask(session(exported), noise.images)[0]).max() < 0.1


def test_export_adds_the_ood_score_and_keeps_the_probabilities(model: Any, exported: bytes, noise: LabeledImages):
    """Every detector's score is compared with NumPy's in tests/ood."""
    from digits.ood import features
    from digits.recognizer import onnx_export

    last, logits = features.extractor(model)(noise.images)
    subspace = Subspace.fitted(last, 0.9)
    wanted = ood_score("subspace", last, logits, subspace)
    float32, int8 = (session(it) for it in onnx_export.export(model, noise.images, "subspace", subspace))
    assert [output.name for output in float32.get_outputs()] == ["probabilities", "ood_score"]
    assert [output.name for output in int8.get_outputs()] == ["probabilities", "ood_score"]
    probabilities, score = ask(float32, noise.images)
    assert np.array_equal(probabilities, ask(session(exported), noise.images)[0])
    assert np.abs(score - wanted).max() < 1e-5
    assert np.abs(ask(int8, noise.images)[1] - wanted).max() < 0.02
