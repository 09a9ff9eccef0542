"""The committed recognizer: its card, its predictions, and damaged files."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.core import paths
from digits.core.errors import UserError
from digits.imaging import mnist_format
from digits.recognizer import Recognizer
from digits.recognizer.recognizer import CARD, MODEL, QUANTIZED
from digits.synthetic import fonts
from support import ROOT, run

COMMITTED = ROOT / paths.RECOGNIZER


def stroke() -> np.ndarray:
    """A vertical line, (1, 28, 28) uint8: a 1."""
    ink = np.zeros((1, mnist_format.FIELD, mnist_format.FIELD), np.uint8)
    ink[0, 4:24, 13:15] = 255
    return ink


def test_files_card_and_metrics_belong_together():
    facts = json.loads((ROOT / paths.EXPORT).read_text())
    card = json.loads((COMMITTED / CARD).read_text())
    assert {key: card[key] for key in facts} == facts
    for name, key in ((MODEL, "onnx_sha256"), (QUANTIZED, "int8_sha256")):
        assert hashlib.sha256((COMMITTED / name).read_bytes()).hexdigest() == facts[key]
        assert (COMMITTED / name).stat().st_size < 2**20  # in git


def test_nothing_is_left_in_the_home_nor_reported(tmp_path: Path):
    run(["python", "-c", "from digits.recognizer import Recognizer; Recognizer()"], ROOT, HOME=str(tmp_path))
    assert not list(tmp_path.rglob("*"))


def test_prediction_is_sure_if_it_passes_both_thresholds(tmp_path: Path):
    (prediction,) = Recognizer(COMMITTED).read(stroke())
    assert prediction.digit == 1
    assert prediction.confidence == max(prediction.probabilities)
    assert sum(prediction.probabilities) == pytest.approx(1)
    card = json.loads((COMMITTED / CARD).read_text())
    folder = shutil.copytree(COMMITTED, tmp_path / "recognizer")
    for threshold, ood_threshold, in_distribution, sure in (
        (prediction.confidence, 0.0, True, True),
        (prediction.confidence + 1e-6, 0.0, True, False),
        (prediction.confidence, 1.0, False, False),
    ):
        (folder / CARD).write_text(json.dumps({**card, "threshold": threshold, "ood_threshold": ood_threshold}))
        (found,) = Recognizer(folder).read(stroke())
        assert (found.in_distribution, found.sure) == (in_distribution, sure)


def test_predictions_do_not_depend_on_the_batch():
    images = np.random.default_rng(0).integers(0, 256, (1001, 28, 28), np.uint8)  # more than two batches
    recognizer = Recognizer(COMMITTED)
    together = recognizer.probabilities(images)
    assert together.shape == (1001, 10)
    for number in (0, 499, 500, 1000):
        assert recognizer.probabilities(images[number : number + 1]) == pytest.approx(together[[number]], abs=1e-5)


def test_no_images_give_no_predictions():
    assert Recognizer(COMMITTED).read(stroke()[:0]) == []


def test_a_picture_is_read_by_the_committed_recognizer_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    pages = [fonts.page(digit, fonts.fonts()[0], fonts.GlyphStyle(size=0.4)) for digit in "427"]
    Image.fromarray(pages[0]).save("one.png")
    Image.fromarray(np.concatenate(pages, axis=1)).save("three.png")
    Image.new("L", (50, 50), 255).save("blank.png")
    recognizer = Recognizer()
    (prediction,) = recognizer.read_picture("one.png")
    assert prediction == Recognizer(COMMITTED).read(mnist_format.prepare(pages[0]))[0]
    assert [it.digit for it in recognizer.read_picture(Path("three.png"), many=True)] == [4, 2, 7]
    assert recognizer.read_picture("blank.png") == recognizer.read_picture("blank.png", many=True) == []
    with pytest.raises(FileNotFoundError):
        recognizer.read_picture("gone.png")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (CARD, b"{", "is not a valid model card"),
        (CARD, b"[]", "is not a valid model card"),
        (CARD, b'{"temperature": 1}', "is not a valid model card"),
        (MODEL, b"", "is not an ONNX model"),
        (MODEL, b"damaged", "is not an ONNX model"),
    ],
)
def test_damaged_or_missing_file_is_named(tmp_path: Path, name: str, content: bytes, problem: str):
    folder = shutil.copytree(COMMITTED, tmp_path / "recognizer")
    (folder / name).write_bytes(content)
    with pytest.raises(UserError, match=f"{name} {problem}"):
        Recognizer(folder)
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=name):
        Recognizer(folder)
