"""Adapts the exported recognizer to someone's corrected drawings, and decides whether the result may be used.

It learns from the exported recognizer each time, never from a former result: the same drawings give the same bytes.
"""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from digits.config.params import Params
from digits.core import artifacts, paths
from digits.core.errors import UserError
from digits.data import datasets
from digits.data.datasets import LabeledImages
from digits.imaging import mnist_format
from digits.recognizer import corrections, last_layer, model_card, onnx_export, recognizer, thresholds
from digits.recognizer.recognizer import CARD, MODEL, QUANTIZED, Recognizer

MIN_CORRECTIONS = 5
MAX_LOST = 0.001  # share of the validation images by which more may be misread
DETECTOR = "subspace"
PAGE = """# Your recognizer

`models/recognizer` with a last layer fitted to {corrections} corrected drawings by `make learn`, see docs/learning.md.
It misreads {validation_errors} of {validation_images:,} validation images; before, {validation_errors_before}.
The command and the page use it as long as this folder exists: delete it to undo.
"""


class Learned(NamedTuple):
    """A recognizer's files without card, and what was measured: errors on the corrections and on validation images."""

    model: bytes
    quantized: bytes
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
    pairs = [(mnist_format.prepare(picture), digit) for picture, digit in corrections.load(folder)]
    if len(pairs) < MIN_CORRECTIONS:
        raise UserError(
            f"{folder} holds {len(pairs)} drawings in its folders 0 to 9; at least {MIN_CORRECTIONS} are needed: "
            f"correct some on the page (`make app CORRECTIONS={folder}`)"
        )
    for prepared, digit in pairs:
        if not len(prepared):
            raise UserError(f"a drawing in {folder / str(digit)} has no ink; delete it")
    images = np.stack([prepared[0] for prepared, _ in pairs])[..., np.newaxis]
    return datasets.sort_by_hash(LabeledImages(images, np.array([digit for _, digit in pairs], np.uint8)))


def load_split(name: str) -> LabeledImages:
    """The split `name` of MNIST. Raises UserError if it was not made."""
    folder = paths.PROCESSED / name
    if not folder.exists():
        raise UserError(f"{folder} does not exist: learning needs MNIST's images, `dvc repro preprocess` makes them")
    return datasets.load(folder)


def learn(given: LabeledImages, train: LabeledImages, validation: LabeledImages) -> Learned:
    """The exported recognizer, adapted to `given`. Raises UserError if it has a detector other than DETECTOR."""
    present = Recognizer(paths.RECOGNIZER)
    if present.card["detector"] != DETECTOR:
        raise UserError(f"the exported model has the detector {present.card['detector']}; learning needs {DETECTOR}")
    bare, subspace = onnx_export.unfinished((paths.RECOGNIZER / MODEL).read_bytes())
    fitted = last_layer.learned(bare, given, train)
    model, quantized = onnx_export.finished(fitted, validation.images, DETECTOR, subspace)
    counts = {"corrections": len(given.labels), "validation_images": len(validation.labels)}
    for name, split in (("corrections", given), ("validation", validation)):
        counts[f"{name}_errors_before"] = _errors(present.raw(split.images[..., 0]), split)
        counts[f"{name}_errors"] = _errors(recognizer.ask(recognizer.session(model), split.images)[0], split)
    return Learned(model, quantized, counts)


def _errors(probabilities: np.ndarray, split: LabeledImages) -> int:
    return int((probabilities.argmax(axis=1) != split.labels).sum())


def write(learned: Learned, validation: LabeledImages, params: Params) -> None:
    """Write models/my-recognizer/, with temperature and thresholds as the stage `export` chooses them."""
    facts: dict[str, Any] = {
        **learned.counts,
        **thresholds.calibrated(recognizer.session(learned.model), validation, params),
        **model_card.files("my-recognizer", (paths.RECOGNIZER / MODEL).read_bytes(), learned.model, learned.quantized),
    }
    with artifacts.atomic_write(recognizer.OWN) as folder:
        artifacts.write_json(folder / CARD, facts)
        artifacts.write_text(folder / model_card.PAGE, PAGE.format(**facts))
        (folder / MODEL).write_bytes(learned.model)
        (folder / QUANTIZED).write_bytes(learned.quantized)
