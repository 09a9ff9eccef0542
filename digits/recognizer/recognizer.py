"""Reads digits with the exported ONNX model, and says which predictions are not reliable.

Imports nothing slow: the command line app starts in a third of a second.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import onnxruntime

from digits.core import paths
from digits.core.errors import UserError
from digits.evaluation.temperature import apply_temperature
from digits.imaging import image_io, mnist_format

INSTALLED = Path(__file__).with_name("model")  # in the wheel, see pyproject.toml
EXPORTED = Path(__file__).parents[2] / paths.RECOGNIZER
OWN = Path("models/my-recognizer")  # adapted to its user by `make learn`
MODEL, QUANTIZED, CARD = "model.onnx", "model.int8.onnx", "card.json"
BATCH = 500  # images at a time: each needs a tenth of a megabyte inside the model
REQUIRED = ("temperature", "threshold", "ood_threshold")  # numbers in card.json
FATAL = 4  # ONNX Runtime's log level; its errors arrive as exceptions


def default_folder() -> Path:
    """The recognizer that the command and the page use.

    The one that DIGITS_RECOGNIZER names; if unset that of the wheel, or in the project the user's own one if there is
    one, else the exported one.
    """
    if named := os.environ.get("DIGITS_RECOGNIZER"):
        return Path(named)
    if INSTALLED.exists():
        return INSTALLED
    return OWN if OWN.exists() else EXPORTED


@dataclass(frozen=True)
class Prediction:
    """The prediction for one image.

    `probabilities` are the ten calibrated probabilities, `digit` is the most probable digit and `confidence` its
    probability. `in_distribution`: the image resembles the training digits, by its out-of-distribution score.
    `sure`: it is in distribution and the confidence reaches the threshold.
    """

    digit: int
    confidence: float
    in_distribution: bool
    sure: bool
    probabilities: list[float]


class Recognizer:
    """A loaded model with its temperature and thresholds. Safe to use from several threads."""

    def __init__(self, folder: Path | None = None, model: str = MODEL) -> None:
        """Load `model` and its card from `folder`, by default that of `default_folder`.

        Raises FileNotFoundError if nothing was exported, UserError if a file is damaged.
        """
        folder = folder or default_folder()
        self.card = _read_card(folder / CARD)
        try:
            self._session = session((folder / model).read_bytes())
        except FileNotFoundError:
            raise
        except Exception as error:  # ONNX Runtime's errors have no base class of their own
            raise UserError(f"{folder / model} is not an ONNX model; run `dvc repro export`") from error

    def read_picture(self, file: str | Path | BinaryIO, many: bool = False) -> list[Prediction]:
        """The prediction for the digit in a picture, or for `many` digits, line by line; an empty list if it has none.

        Raises what `image_io.read` raises: OSError if the file cannot be opened, ValueError if it is no picture.
        """
        from digits.recognizer import rows  # which imports this module

        picture = image_io.read(file)
        if many:
            return [it.prediction for it in rows.read(self, picture)]
        return self.read(mnist_format.prepare(picture))

    def raw(self, images: np.ndarray) -> np.ndarray:
        """The model's own probabilities, before temperature scaling: (n, 10) float32 for (n, 28, 28) uint8."""
        return ask(self._session, images[..., np.newaxis])[0]

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Calibrated probabilities (n, 10) float64 of `images` (n, 28, 28) uint8, ink 255."""
        return apply_temperature(self.raw(images), self.card["temperature"])

    def outputs(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `raw`, and the out-of-distribution scores (n,) float32, for at least one image."""
        probabilities, ood_scores = ask(self._session, images[..., np.newaxis])
        return probabilities, ood_scores

    def read(self, images: np.ndarray) -> list[Prediction]:
        """The predictions for `images` (n, 28, 28) uint8, background 0, ink 255."""
        return self.predictions(*self.outputs(images)) if len(images) else []

    def predictions(self, raw: np.ndarray, ood_scores: np.ndarray) -> list[Prediction]:
        """The predictions that `outputs` give."""
        rows = apply_temperature(raw, self.card["temperature"])
        return [self._prediction(row, score) for row, score in zip(rows, ood_scores.tolist(), strict=True)]

    def _prediction(self, probabilities: np.ndarray, ood_score: float) -> Prediction:
        digit = int(probabilities.argmax())
        confidence = float(probabilities[digit])
        in_distribution = ood_score >= self.card["ood_threshold"]
        sure = in_distribution and confidence >= self.card["threshold"]
        return Prediction(digit, confidence, in_distribution, sure, probabilities.tolist())


def session(model: bytes) -> onnxruntime.InferenceSession:
    """An inference session of `model`, the content of an ONNX file. One thread: single images do not gain from more."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = FATAL
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def ask(session: onnxruntime.InferenceSession, images: np.ndarray) -> list[np.ndarray]:
    """All outputs of a model for `images` (n, 28, 28, 1) uint8, n > 0.

    Those of an exported model are the probabilities (n, 10) float32 and the out-of-distribution score (n,) float32.
    """
    name = session.get_inputs()[0].name
    batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    answers = [session.run(None, {name: batch}) for batch in batches]
    return [np.concatenate(output) for output in zip(*answers, strict=True)]


def _read_card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        return {**card, **{key: float(card[key]) for key in REQUIRED}}
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is not a valid model card ({error!r}); run `dvc repro export`") from error
