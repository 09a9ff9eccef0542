"""Reads one digit or several in a picture with the exported ONNX model, and says which answers are not reliable.

Several digits: of all ways to cut a line into parts, the one with the highest sum of scores is taken, by dynamic
programming over the cuts that `digits.imaging.cutting` proposes (as Matan et al. 1992 and Casey and Lecolinet 1996
describe it). Imports nothing slow: `digits-read` starts in a third of a second.
"""

import json
import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import onnxruntime

from digits.files import UserError
from digits.imaging import cutting, mnist_format, pictures, segmentation
from digits.imaging.cutting import Cuts, Line, Part
from digits.temperature import apply_temperature

INSTALLED = Path(__file__).with_name("model")  # in the wheel, see pyproject.toml
RECOGNIZER = Path("models/recognizer")  # relative to the project, exported by the stage `export`
EXPORTED = Path(__file__).parents[2] / RECOGNIZER
USER_MODEL = Path("models/my-recognizer")  # adapted to its user by `make learn`
MODEL, CARD = "model.onnx", "card.json"
BATCH = 500  # images at a time: each needs a tenth of a megabyte inside the model


def default_folder() -> Path:
    """The recognizer that the command and the page use: the one that DIGITS_RECOGNIZER names; if unset that of the
    wheel, or in the project the user's model if there is one, else the exported one."""
    if named := os.environ.get("DIGITS_RECOGNIZER"):
        return Path(named)
    if INSTALLED.exists():
        return INSTALLED
    return USER_MODEL if USER_MODEL.exists() else EXPORTED


@dataclass(frozen=True)
class Prediction:
    """The prediction for one image: the ten calibrated probabilities, the most probable digit and its confidence.

    `in_distribution`: the image resembles the training digits. `sure`: the confidence reaches the threshold, too.
    """

    digit: int
    confidence: float
    in_distribution: bool
    sure: bool
    probabilities: list[float]


class Recognizer:
    """A loaded model with its temperature and thresholds. Safe to use from several threads."""

    def __init__(self, folder: Path | None = None) -> None:
        """Load the model and its card from `folder`, by default that of `default_folder`.

        Raises FileNotFoundError if nothing was exported, UserError if a file is damaged.
        """
        folder = folder or default_folder()
        card, content = (folder / CARD).read_bytes(), (folder / MODEL).read_bytes()
        try:
            self.card = json.loads(card)
            self.card |= {key: float(self.card[key]) for key in ("temperature", "threshold", "ood_threshold")}
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(f"{folder / CARD} is not a valid model card ({error!r}); run `dvc repro export`") from error
        try:
            self._session = session(content)
        except Exception as error:  # ONNX Runtime's errors have no base class of their own
            raise UserError(f"{folder / MODEL} is not an ONNX model; run `dvc repro export`") from error

    def read_picture(self, file: str | Path | BinaryIO, many: bool = False) -> list[Prediction]:
        """The prediction for the digit in a picture, or for `many` digits, line by line; an empty list if it has none.

        Raises what `pictures.read` raises: OSError if the file cannot be opened, ValueError if it is no picture.
        """
        read = read_digits if many else read_one
        return [digit.prediction for digit in read(self, pictures.read(file))]

    def raw(self, images: np.ndarray) -> np.ndarray:
        """The probabilities before temperature scaling: (n, 10) float32 for (n, 28, 28) uint8."""
        return self.outputs(images)[0]

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Calibrated probabilities (n, 10) float64 of `images` (n, 28, 28) uint8, ink 255."""
        return apply_temperature(self.raw(images), self.card["temperature"])

    def outputs(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `raw`, and the out-of-distribution scores (n,) float32, for at least one image."""
        probabilities, ood_scores = run_model(self._session, images[..., np.newaxis])
        return probabilities, ood_scores

    def read(self, images: np.ndarray) -> list[Prediction]:
        """The predictions for `images` (n, 28, 28) uint8, background 0, ink 255."""
        return self.predictions(*self.outputs(images)) if len(images) else []

    def predictions(self, raw: np.ndarray, ood_scores: np.ndarray) -> list[Prediction]:
        """The predictions that `outputs` give."""
        calibrated = apply_temperature(raw, self.card["temperature"])
        predictions = []
        for probabilities, ood_score in zip(calibrated.tolist(), ood_scores.tolist(), strict=True):
            confidence = max(probabilities)
            known = ood_score >= self.card["ood_threshold"]
            sure = known and confidence >= self.card["threshold"]
            predictions.append(Prediction(probabilities.index(confidence), confidence, known, sure, probabilities))
        return predictions


def session(model: bytes) -> onnxruntime.InferenceSession:
    """An inference session of `model`, the content of an ONNX file. One thread: single images do not gain from more."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # fatal: its errors arrive as exceptions
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def run_model(session: onnxruntime.InferenceSession, images: np.ndarray) -> list[np.ndarray]:
    """All outputs of a model for `images` (n, 28, 28, 1) uint8, n > 0: of an exported one the probabilities (n, 10)
    float32 and the out-of-distribution score (n,) float32."""
    name = session.get_inputs()[0].name
    batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    answers = [session.run(None, {name: batch}) for batch in batches]
    return [np.concatenate(output) for output in zip(*answers, strict=True)]


MAX_PARTS = 3000  # that are read in one picture: bounds the time for a picture full of strokes
LOW = 0.35  # height of a part, as a share of the size, below which it may be left out: dots, dashes and dirt
LARGEST_SCORE = 0.999  # out-of-distribution scores above it count as it: its logarithm stays finite
# The score of a part is linear in five measures. The weights are those of a conditional random field: they maximize the
# likelihood of the right readings of train images that lie apart, overlap or touch (`synthetic.multi_digit`, seed 17).
# The script that fitted them is gone; they are from commit 951d11b, DOUBTFUL from ca0d5fb.
EVERY_PART = -7.8  # score of a part whose measures are all 0
CUT = -2.2  # per ink that the worse of its two cuts goes through, as a share of the size of a digit
ATYPICAL = -2.75  # per logarithm of 1 minus its out-of-distribution score
DOUBT = -1.85  # per entropy of its ten probabilities, before temperature scaling, in nats
WIDTH = -6.2  # per square of its width, as a share of the size
OFF_SIZE = -5.8  # per absolute logarithm of its height, as a share of the size
SKIPPED = -6.0  # score of a part that is left out
DOUBTFUL = -10.0  # score of what lies between two gaps, below which it is cut: it may be several digits


class Digit(NamedTuple):
    """One digit of a picture: the input of the model (28, 28) uint8, where it lies, its line from 0, what it is.

    `box` is the top, left, bottom and right of its ink in the picture, in pixels.
    """

    image: np.ndarray
    box: tuple[int, ...]
    line: int
    prediction: Prediction

    def sides(self, shape: tuple[int, ...]) -> dict[str, float]:
        """Where the sides of its ink lie, as shares of the width and height of the picture: its `shape` is (h, w).

        Pixels would be those of a picture that was scaled down.
        """
        top, left, bottom, right = (min(1.0, side / length) for side, length in zip(self.box, shape * 2, strict=True))
        return {"left": left, "top": top, "right": right, "bottom": bottom}


class _Parts(NamedTuple):
    """Parts with the number of their line, their inputs of the model (n, 28, 28), its outputs, their scores (n,)."""

    places: list[tuple[int, Part]]
    images: np.ndarray
    raw: np.ndarray
    ood_scores: np.ndarray
    scores: np.ndarray


def read_one(recognizer: Recognizer, gray: np.ndarray) -> list[Digit]:
    """The whole of `gray` (h, w) uint8 as one digit; an empty list if it has no ink."""
    images = mnist_format.prepare(gray)
    predictions = recognizer.read(images)
    return [Digit(image, (0, 0, *gray.shape), 0, read) for image, read in zip(images, predictions, strict=True)]


def are_several(recognizer: Recognizer, gray: np.ndarray, digits: list[Digit]) -> bool:
    """Whether `read_digits` is sure of several digits in `gray`, where `read_one`, which gave `digits`, is not sure."""
    several = [] if all(digit.prediction.sure for digit in digits) else read_digits(recognizer, gray)
    return len(several) > 1 and all(digit.prediction.sure for digit in several)


def read_digits(recognizer: Recognizer, gray: np.ndarray) -> list[Digit]:
    """The digits in `gray` (h, w) uint8, line by line from top to bottom, each from left to right.

    First the parts between gaps are read. Most are digits; only those that are not are cut, and read again.
    """
    ink = segmentation.find_ink(gray)
    if ink is None:
        return []
    lines = cutting.find_lines(ink)
    cuts = [cutting.find_gaps(line) for line in lines]
    _cut_doubtful(lines, cuts, _read_parts(recognizer, lines, cuts))
    parts = _read_parts(recognizer, lines, cuts)
    best = [index for number, line in enumerate(lines) for index in _best_parts(parts, number, line)]
    zoom = max(gray.shape) / max(ink.shape)  # large photos are scaled down
    digits = []
    for index, prediction in zip(best, recognizer.predictions(parts.raw[best], parts.ood_scores[best]), strict=True):
        number, part = parts.places[index]
        line, (height, width) = lines[number], part.ink.shape
        sides = zip((line.top, line.left) * 2, (part.top, part.left, part.top + height, part.left + width), strict=True)
        box = tuple(round(zoom * (start + line.scale * side)) for start, side in sides)
        digits.append(Digit(parts.images[index], box, number, prediction))
    return digits


def _read_parts(recognizer: Recognizer, lines: list[Line], cuts: list[Cuts]) -> _Parts:
    """The parts between `cuts`, at most MAX_PARTS, all read at once."""
    every_part = ((number, part) for number, line in enumerate(lines) for part in cutting.parts(line, cuts[number]))
    places = list(islice(every_part, MAX_PARTS))
    images = np.stack([mnist_format.centered(part.ink) for _, part in places])
    raw, ood_scores = recognizer.outputs(images)
    measures = []
    for number, part in places:
        height, width = np.divide(part.ink.shape, lines[number].size)
        measures.append((cuts[number].costs[[part.start, part.stop]].max(), width**2, abs(np.log(height))))
    cost, width, height = np.array(measures).T
    atypical = np.log(1 - np.minimum(ood_scores, LARGEST_SCORE))
    entropy = -(raw * np.log(np.maximum(raw, 1e-7))).sum(axis=1)
    scores = EVERY_PART + CUT * cost + ATYPICAL * atypical + DOUBT * entropy + WIDTH * width + OFF_SIZE * height
    return _Parts(places, images, raw, ood_scores, scores)


def _cut_doubtful(lines: list[Line], cuts: list[Cuts], whole: _Parts) -> None:
    """Add more `cuts` where the parts between them are doubtful, in lines for which MAX_PARTS leaves room."""
    room = MAX_PARTS - len(whole.places)
    for number, line in enumerate(lines):
        doubtful = [
            part.start
            for (line_of_part, part), score in zip(whole.places, whole.scores, strict=True)
            if line_of_part == number and part.stop == part.start + 1 and score < DOUBTFUL
        ]
        more = cutting.with_more(line, cuts[number], doubtful)
        room -= sum(1 for _ in islice(cutting.parts(line, more), max(0, room) + 1))
        if room < 0:
            break
        cuts[number] = more


def _best_parts(parts: _Parts, number: int, line: Line) -> list[int]:
    """Which parts of the line `number` have the highest sum of scores, of those that follow one another."""
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}  # by cut: the best way to come to it from the left
    for index, (line_of_part, part) in enumerate(parts.places):
        if line_of_part == number:
            score, digit = float(parts.scores[index]), [index]
            if part.ink.shape[0] < LOW * line.size and score < SKIPPED:
                score, digit = SKIPPED, []
            total, before = best.get(part.start, (-np.inf, []))  # no part may end where crossing cuts leave no ink
            if part.stop not in best or total + score > best[part.stop][0]:
                best[part.stop] = total + score, before + digit
    return best[max(best)][1]
