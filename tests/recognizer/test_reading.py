"""The committed recognizer: its card, its predictions, several digits in one picture, and damaged files."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits import config, strokes
from digits.files import UserError
from digits.imaging import mnist_format
from digits.recognizer import Recognizer, reading
from digits.recognizer.reading import CARD, MODEL, RECOGNIZER, read_digits
from photos import printed
from support import ROOT, run

COMMITTED = ROOT / RECOGNIZER
ONE = np.zeros((1, 28, 28), np.uint8)
ONE[0, 4:24, 13:15] = 255


def test_files_card_and_metrics_belong_together():
    facts = json.loads((ROOT / config.EXPORT).read_text())
    card = json.loads((COMMITTED / CARD).read_text())
    assert {key: card[key] for key in facts} == facts
    model = (COMMITTED / MODEL).read_bytes()
    assert (hashlib.sha256(model).hexdigest(), len(model)) == (facts["onnx_sha256"], facts["onnx_bytes"])
    assert len(model) < 1_100_000  # in git
    assert {path.name for path in COMMITTED.iterdir()} == {CARD, MODEL, "README.md"}


def test_nothing_is_left_in_the_home_nor_reported(tmp_path: Path):
    run(["python", "-c", "from digits.recognizer import Recognizer; Recognizer()"], ROOT, HOME=str(tmp_path))
    assert not list(tmp_path.rglob("*"))


def test_prediction_is_sure_if_it_passes_both_thresholds(recognizer: Recognizer, tmp_path: Path):
    (prediction,) = recognizer.read(ONE)
    assert prediction.digit == 1
    assert prediction.confidence == max(prediction.probabilities)
    assert sum(prediction.probabilities) == pytest.approx(1)
    folder = shutil.copytree(COMMITTED, tmp_path / "recognizer")
    for threshold, ood_threshold, in_distribution, sure in (
        (prediction.confidence, 0.0, True, True),
        (prediction.confidence + 1e-6, 0.0, True, False),
        (prediction.confidence, 1.0, False, False),
    ):
        card = {**recognizer.card, "threshold": threshold, "ood_threshold": ood_threshold}
        (folder / CARD).write_text(json.dumps(card))
        (other,) = Recognizer(folder).read(ONE)
        assert (other.in_distribution, other.sure) == (in_distribution, sure)


def test_predictions_do_not_depend_on_the_batch(recognizer: Recognizer):
    images = np.random.default_rng(0).integers(0, 256, (1001, 28, 28), np.uint8)  # more than two batches
    together = recognizer.probabilities(images)
    assert together.shape == (1001, 10)
    for number in (0, 499, 500, 1000):
        assert recognizer.probabilities(images[number : number + 1]) == pytest.approx(together[[number]], abs=1e-5)
    assert recognizer.read(images[:0]) == []


def test_a_picture_is_read_from_any_folder(
    recognizer: Recognizer, seven: Path, note: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(seven.parent)
    printed(" ").save("blank.png")
    (prediction,) = Recognizer().read_picture("seven.png")
    assert prediction == recognizer.read(mnist_format.prepare(np.asarray(Image.open(seven))))[0]
    assert [prediction.digit for prediction in recognizer.read_picture(note, many=True)] == [4, 0, 7, 1, 9, 5]
    assert recognizer.read_picture("blank.png") == recognizer.read_picture("blank.png", many=True) == []
    with pytest.raises(FileNotFoundError):
        recognizer.read_picture("gone.png")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        (CARD, b"{", "model card"),
        (CARD, b"[]", "model card"),
        (CARD, b'{"temperature": 1}', "model card"),
        (MODEL, b"", "ONNX model"),
    ],
)
def test_damaged_or_missing_file_is_named(tmp_path: Path, name: str, content: bytes, problem: str):
    folder = shutil.copytree(COMMITTED, tmp_path / "recognizer")
    (folder / name).write_bytes(content)
    with pytest.raises(UserError, match=f"{name} is not .*{problem}"):
        Recognizer(folder)
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError, match=name):
        Recognizer(folder)


def written(label: int) -> np.ndarray:
    """A drawn digit, three times the size of MNIST's pixels, cropped."""
    image = np.kron(strokes.draw_digit(label, np.random.default_rng(20 + label)), np.ones((3, 3), np.uint8))
    rows, columns = np.nonzero(image > 100)
    return image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def page(*lines: list[int], gap: int = 15) -> np.ndarray:
    """The digits of each line side by side, `gap` pixels apart, dark on light."""
    sheet = np.zeros((60 + 100 * len(lines), 500), np.uint8)
    for number, labels in enumerate(lines):
        left = 30
        for label in labels:
            ink = written(label)
            window = sheet[30 + 100 * number :, left:][: ink.shape[0], : ink.shape[1]]
            np.maximum(window, ink, out=window)
            left += ink.shape[1] + gap
    return 255 - sheet


@pytest.mark.parametrize(("lines", "gap"), [([[3, 1, 4, 2, 5]], 15), ([[2, 7], [8, 0, 5]], 15), ([[2, 8]], -2)])
def test_digits_are_read_line_by_line(recognizer: Recognizer, lines: list[list[int]], gap: int):
    digits = read_digits(recognizer, page(*lines, gap=gap))
    expected = [(label, number) for number, line in enumerate(lines) for label in line]
    assert [(digit.prediction.digit, digit.line) for digit in digits] == expected


@pytest.mark.parametrize("label", range(10))
def test_one_digit_stays_one(recognizer: Recognizer, label: int):
    assert len(read_digits(recognizer, page([label]))) == 1


def test_a_box_is_where_the_digit_lies_in_the_picture(recognizer: Recognizer):
    picture = page([3, 8])
    second = read_digits(recognizer, picture)[1]
    rows, columns = np.nonzero(picture < 128)
    right_half = columns >= 30 + written(3).shape[1] + 8
    expected = rows.min(), columns[right_half].min(), rows[right_half].max() + 1, columns.max() + 1
    assert second.box == pytest.approx(expected, abs=3)
    assert second.image.shape == (28, 28)


def test_the_work_is_bounded_and_later_lines_are_read(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch):
    sizes, outputs = [], recognizer.outputs
    monkeypatch.setattr(recognizer, "outputs", lambda images: sizes.append(len(images)) or outputs(images))
    monkeypatch.setattr(reading, "MAX_PARTS", 20)
    joined_above = page([2, 8, 0, 5], [3, 1, 4], gap=-2)
    joined_above[120:] = page([2], [3, 1, 4])[120:]
    digits = read_digits(recognizer, joined_above)
    assert [digit.prediction.digit for digit in digits if digit.line == 1] == [3, 1, 4]
    assert (len(sizes), max(sizes) <= 20) == (2, True)
