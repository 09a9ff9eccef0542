"""The exported model: the same answers as Keras, calibrated, the same bytes; and what happens where it is damaged."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from scipy.special import softmax

from digits import images, paths
from digits.datasets import IMAGE_SHAPE, Split
from digits.recogniser import CARD, MODEL, QUANTISED, Recogniser, ask, session, soften

COMMITTED = ROOT / paths.RECOGNISER


@pytest.fixture
def exported(pinned: None) -> tuple:
    """An untrained net of the flagship's form, and it as ONNX."""
    from digits import exporting, models, params, splits

    recipe = params.load(ROOT / "params.yaml").recipes.fast
    model = models.build("fast", recipe, splits.Normalisation(33.3, 78.6))
    return model, exporting.to_onnx(model)


def test_onnx_gives_what_keras_gives_for_any_number_of_images(exported: tuple, noise: Split):
    from digits import inference

    model, onnx = exported
    for count in (1, 40):
        wanted = inference.predict(model, noise.images[:count])
        assert np.abs(ask(session(onnx), noise.images[:count])[0] - wanted).max() < 1e-6


def test_the_same_weights_are_the_same_bytes(exported: tuple, noise: Split):
    from digits import exporting

    model, onnx = exported
    assert exporting.to_onnx(model) == onnx
    quantised = exporting.quantise(onnx, noise.images)
    assert exporting.quantise(onnx, noise.images) == quantised
    assert len(quantised) < len(onnx) / 3
    assert np.abs(ask(session(quantised), noise.images)[0] - ask(session(onnx), noise.images)[0]).max() < 0.1


def test_as_many_are_above_both_thresholds_as_were_asked_for():
    from digits import exporting

    confidence, familiarity = np.random.default_rng(0).uniform(size=(2, 5000))
    for coverage in (0.5, 0.9, 1.0):
        found = exporting.choose_thresholds(confidence, familiarity, coverage)
        sure, familiar = confidence >= found["threshold"], familiarity >= found["familiar_from"]
        assert (sure & familiar).mean() == pytest.approx(coverage, abs=1e-3)
        assert sure.mean() == familiar.mean()


def test_softening_is_a_softmax_of_logits_over_the_temperature():
    logits = np.random.default_rng(0).normal(0, 5, (50, 10))
    for temperature in (0.3, 1.0, 4.0):
        assert np.allclose(soften(softmax(logits, axis=1), temperature), softmax(logits / temperature, axis=1))
    certain = np.eye(10, dtype=np.float32)[:1]
    assert soften(certain, 0.3)[0, 0] == 1


def test_the_committed_recogniser_is_the_one_that_its_metrics_tell_of():
    facts = json.loads((ROOT / paths.EXPORT).read_text())
    card = json.loads((COMMITTED / CARD).read_text())
    assert {key: card[key] for key in facts} == facts
    for name, key in ((MODEL, "onnx_sha256"), (QUANTISED, "int8_sha256")):
        assert hashlib.sha256((COMMITTED / name).read_bytes()).hexdigest() == facts[key]


def test_a_reading_is_sure_where_it_is_familiar_and_from_the_threshold_on(tmp_path: Path):
    ink = np.zeros((1, images.FIELD, images.FIELD), np.uint8)
    ink[0, 4:24, 13:15] = 255
    (reading,) = Recogniser(COMMITTED).read(ink)
    assert reading.digit == 1
    assert sum(reading.probabilities) == pytest.approx(1)
    card = json.loads((COMMITTED / CARD).read_text())
    folder = shutil.copytree(COMMITTED, tmp_path / "recogniser")
    for change, familiar, sure in (
        ({"threshold": reading.confidence, "familiar_from": 0.0}, True, True),
        ({"threshold": reading.confidence + 1e-6, "familiar_from": 0.0}, True, False),
        ({"threshold": reading.confidence, "familiar_from": 1.0}, False, False),
    ):
        (folder / CARD).write_text(json.dumps({**card, **change}))
        (found,) = Recogniser(folder).read(ink)
        assert (found.familiar, found.sure) == (familiar, sure)


def test_no_images_are_no_readings():
    assert Recogniser(COMMITTED).read(np.zeros((0, *IMAGE_SHAPE[:2]), np.uint8)) == []


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (CARD, b"{", "is not a model's card"),
        (CARD, b"[]", "is not a model's card"),
        (CARD, b'{"temperature": 1}', "is not a model's card"),
        (MODEL, b"", "is not an ONNX model"),
        (MODEL, b"damaged", "is not an ONNX model"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: bytes, says: str):
    folder = shutil.copytree(COMMITTED, tmp_path / "recogniser")
    (folder / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name} {says}"):
        Recogniser(folder)
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError):
        Recogniser(folder)
