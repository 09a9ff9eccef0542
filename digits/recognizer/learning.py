"""Adapt the exported recognizer to your handwriting: to the drawings that you corrected.

    python -m digits.recognizer.learning drawings     drawings/7/….png is a 7, as `make app CORRECTIONS=drawings` stores

Writes models/my-recognizer/, which `digits-read` and the page use in this folder as long as it exists: delete it to
undo. Needs MNIST's images in data/processed/ (`dvc repro preprocess`) and takes a few seconds. It adapts the exported
recognizer each time, never a former result: the same drawings give the same bytes.

Exit code 0: written. 1: refused, since MNIST's validation images would be read worse by more than 0.1 points; the
former recognizer stays. 2: the drawings cannot be used.
"""

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnx
from onnx import numpy_helper
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

from digits import config, data, files
from digits.config import load_params
from digits.data import CLASSES, LabeledImages
from digits.files import UserError
from digits.imaging import mnist_format
from digits.recognizer import corrections, export, reading
from digits.recognizer.export import last_layer
from digits.recognizer.reading import CARD, MODEL, RECOGNIZER, USER_MODEL

# Chosen on the digits that scikit-learn contains: most errors gone, at most 3 of 6,000 validation images lost. They are
# from commit 0332a7b; the script that compared them is gone.
N_TRAIN = 5000  # train images on which the predictions are held where they are
WEIGHT = 0.1  # of the mean loss on the corrections; that of the mean loss on train images is 1
L2 = 0.01  # of half the squared distance to the present weights
SMOOTHING = 0.1  # share of a correction's label spread over all ten classes, as in training
MIN_CORRECTIONS = 5
MAX_LOST = 0.001  # share of the validation images by which more may be misread
PAGE = """# Your recognizer

`models/recognizer` with a last layer fitted to {corrections} corrected drawings by `make learn`, see
docs/handwriting.md. It misreads {validation_errors} of {validation_images:,} validation images; before,
{validation_errors_before}. The command and the page use it as long as this folder exists: delete it to undo.
"""


def last_layer_features(model: bytes, images: np.ndarray) -> np.ndarray:
    """The input of the last layer of `model`, the content of an ONNX file, with a constant 1 behind it: (n, d + 1)
    float64 for `images` (n, 28, 28, 1) uint8."""
    loaded = onnx.load_from_string(model)
    name = last_layer(loaded.graph)[0].input[0]
    loaded.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    features = reading.run_model(reading.session(loaded.SerializeToString()), images)[-1]
    return np.hstack([features.astype(np.float64), np.ones((len(features), 1))])


def weights(model: bytes) -> np.ndarray:
    """The weights of the last layer of `model` with its biases as last row, (d + 1, 10) float64."""
    layer = _constants(onnx.load_from_string(model))
    return np.vstack([numpy_helper.to_array(constant) for constant in layer]).astype(np.float64)


def replaced(model: bytes, weights: np.ndarray) -> bytes:
    """`model` with other `weights` (d + 1, 10) of its last layer; the out-of-distribution score stays as it is."""
    loaded = onnx.load_from_string(model)
    for constant, values in zip(_constants(loaded), (weights[:-1], weights[-1]), strict=True):
        constant.CopyFrom(numpy_helper.from_array(values.astype(np.float32), constant.name))
    return loaded.SerializeToString(deterministic=True)


def _constants(model: onnx.ModelProto) -> list[onnx.TensorProto]:
    """The weights and the biases of the last layer."""
    by_name = {constant.name: constant for constant in model.graph.initializer}
    return [by_name[node.input[1]] for node in last_layer(model.graph)]


def fit_layer(present: np.ndarray, corrected: np.ndarray, labels: np.ndarray, train: np.ndarray) -> np.ndarray:
    """The weights (d + 1, 10) that minimize the cross-entropy of corrections and the change of all other predictions.

    `present` are the weights (d + 1, 10), `corrected` (n, d + 1) the features of the corrections with `labels` (n,),
    `train` (m, d + 1) those of train images, whose targets are the present predictions. The function is convex.
    """
    inputs = np.vstack([train, corrected])
    smooth = np.eye(CLASSES)[labels] * (1 - SMOOTHING) + SMOOTHING / CLASSES
    targets = np.vstack([softmax(train @ present, axis=1), smooth])
    shares = np.repeat([1 / len(train), WEIGHT / len(corrected)], [len(train), len(corrected)])[:, np.newaxis]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        change = flat.reshape(present.shape)
        log_probabilities = log_softmax(inputs @ (present + change), axis=1)
        gradient = inputs.T @ (shares * (np.exp(log_probabilities) - targets)) + L2 * change
        return float(L2 / 2 * (change**2).sum() - (shares * targets * log_probabilities).sum()), gradient.ravel()

    converged = {"maxiter": 500, "ftol": 1e-12, "gtol": 1e-6}  # so far that rounding reaches no prediction
    fitted = minimize(loss, np.zeros(present.size), jac=True, method="L-BFGS-B", options=converged)
    return present + fitted.x.reshape(present.shape)


class Learned(NamedTuple):
    """An adapted model, and what was measured: errors on the corrections and on validation images."""

    model: bytes
    counts: dict[str, int]

    @property
    def allowed(self) -> bool:
        """Whether at most the share MAX_LOST more of the validation images is misread than before."""
        lost = self.counts["validation_errors"] - self.counts["validation_errors_before"]
        return lost <= MAX_LOST * self.counts["validation_images"]


def load_corrections(folder: Path) -> LabeledImages:
    """The drawings in `folder` in the format of the model, in an order that depends on their content alone.

    Raises UserError if there are fewer than MIN_CORRECTIONS, or if one cannot be read or is blank.
    """
    images, labels = [], []
    for picture, digit in corrections.load(folder):
        prepared = mnist_format.prepare(picture)
        if not len(prepared):
            raise UserError(f"a drawing in {folder / str(digit)} has no ink; delete it")
        images.append(prepared[0])
        labels.append(digit)
    if len(images) < MIN_CORRECTIONS:
        needed = f"at least {MIN_CORRECTIONS} are needed: correct some on the page (`make app CORRECTIONS={folder}`)"
        raise UserError(f"{folder} holds {len(images)} drawings in its folders 0 to 9; {needed}")
    return data.sort_by_hash(LabeledImages(np.stack(images)[..., np.newaxis], np.array(labels, np.uint8)))


def adapt_and_save(folder: Path) -> Learned:
    """The exported model with a last layer that also reads the drawings in `folder`, and train images as before.

    If it is allowed, written to models/my-recognizer/, with temperature and thresholds as the stage `export` sets them.
    Raises UserError if the drawings cannot be used, or if MNIST was not preprocessed.
    """
    corrected = load_corrections(folder)
    if not config.PROCESSED.exists():
        needed = "learning needs MNIST's images, `dvc repro preprocess` makes them"
        raise UserError(f"{config.PROCESSED} does not exist: {needed}")
    train, validation = (data.load(config.PROCESSED / name) for name in ("train", "validation"))
    present = (RECOGNIZER / MODEL).read_bytes()
    features, held = (last_layer_features(present, images) for images in (corrected.images, train.images[:N_TRAIN]))
    model = replaced(present, fit_layer(weights(present), features, corrected.labels, held))
    counts = {"corrections": len(corrected.labels), "validation_images": len(validation.labels)}
    for name, split in (("corrections", corrected), ("validation", validation)):
        for when, content in (("_before", present), ("", model)):
            predicted = reading.run_model(reading.session(content), split.images)[0].argmax(axis=1)
            counts[f"{name}_errors{when}"] = int((predicted != split.labels).sum())
    learned = Learned(model, counts)
    if learned.allowed:
        facts = counts | export.calibrate(reading.session(model), validation, load_params())
        facts |= export.model_facts(USER_MODEL.name, present, model)
        with files.atomic_write(USER_MODEL) as written:
            files.write_json(written / CARD, facts)
            files.write_text(written / "README.md", PAGE.format(**facts))
            (written / MODEL).write_bytes(model)
    return learned


def outcome(learned: Learned) -> str:
    """What was measured, and whether the result is used, in one sentence."""
    measured = (
        "misreads {corrections_errors} of your {corrections} drawings (before {corrections_errors_before}) and "
        "{validation_errors} of {validation_images:,} validation images (before {validation_errors_before})"
    ).format(**learned.counts)
    if learned.allowed:
        return f"{USER_MODEL} {measured}; delete the folder to undo"
    limit = f"more than {100 * MAX_LOST:g} points worse"
    return f"refused, nothing was changed: it {measured}, {limit}; are the labels right?"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path, help="the drawings, in folders 0 to 9")
    learned = adapt_and_save(parser.parse_args().folder)
    if not learned.allowed:
        print(f"learn: {outcome(learned)}", file=sys.stderr)
        sys.exit(1)
    print(outcome(learned))


if __name__ == "__main__":
    files.execute("learn", main)
