"""The recogniser: an exported model that reads digits without TensorFlow, and says where it is not sure.

Knows the folder that the stage `export` leaves: models as ONNX and their card. How a picture becomes the pixels that
are read is known to `images`. Imports nothing that takes long: the command answers in half a second.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

MODEL, QUANTISED, CARD = "model.onnx", "model.int8.onnx", "card.json"
AT_ONCE = 500  # images, each of which takes a tenth of a megabyte on its way through the model
NUMBERS = ("temperature", "threshold", "familiar_from")  # that a card must have
SILENT = 4  # ONNX Runtime's level of logging at which only its crashes are told


@dataclass(frozen=True)
class Reading:
    """What was read in one image: the ten calibrated `probabilities`, the likeliest `digit`, its `confidence`, whether
    the image is `familiar`, as digits are, and whether the answer is `sure` enough to be relied on."""

    digit: int
    confidence: float
    familiar: bool
    sure: bool
    probabilities: list[float]


class Recogniser:
    """A loaded model. It may be asked from several threads at once."""

    def __init__(self, folder: Path, model: str = MODEL) -> None:
        """Raises FileNotFoundError where nothing was exported, ValueError where the files are damaged."""
        self.card = _read_card(folder / CARD)
        try:
            self._session = session((folder / model).read_bytes())
        except FileNotFoundError:
            raise
        except Exception as error:  # ONNX Runtime's errors share no base but this
            raise ValueError(f"{folder / model} is not an ONNX model; `dvc repro export` makes it anew") from error

    def raw(self, images: np.ndarray) -> np.ndarray:
        """What the model itself gives for `images` (n, 28, 28) uint8: (n, 10) float32, before calibration."""
        return ask(self._session, images[..., np.newaxis])[0]

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Calibrated probabilities (n, 10) float64 of `images` (n, 28, 28) uint8, ink 255."""
        return soften(self.raw(images), self.card["temperature"])

    def read(self, images: np.ndarray) -> list[Reading]:
        """What is read in each of `images` (n, 28, 28) uint8, ink 255."""
        if not len(images):
            return []
        raw, familiarity = ask(self._session, images[..., np.newaxis])
        rows = soften(raw, self.card["temperature"])
        return [self._reading(row, score) for row, score in zip(rows, familiarity.tolist(), strict=True)]

    def _reading(self, row: np.ndarray, familiarity: float) -> Reading:
        digit = int(row.argmax())
        confidence = float(row[digit])
        familiar = familiarity >= self.card["familiar_from"]
        return Reading(digit, confidence, familiar, familiar and confidence >= self.card["threshold"], row.tolist())


def session(model: bytes) -> onnxruntime.InferenceSession:
    """`model`, an ONNX file's content, ready to be asked, on one thread: one image is too little to share."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = SILENT
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def ask(session: onnxruntime.InferenceSession, images: np.ndarray) -> list[np.ndarray]:
    """What the model gives for `images` (n, 28, 28, 1) uint8, as it gives it: the probabilities (n, 10) float32 and,
    if it was exported with that, how familiar they are (n,) float32."""
    name = session.get_inputs()[0].name
    parts = [images[start : start + AT_ONCE] for start in range(0, len(images), AT_ONCE)]
    answers = [session.run(None, {name: part}) for part in parts]
    return [np.concatenate(output) for output in zip(*answers, strict=True)]


def soften(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """`probabilities` (n, 10) as the softmax of their logits over `temperature` would be (Guo et al. 2017)."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), np.finfo(np.float32).tiny)) / temperature
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _read_card(path: Path) -> dict[str, Any]:
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        return {**card, **{key: float(card[key]) for key in NUMBERS}}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is not a model's card ({error}); `dvc repro export` makes it anew") from error
