"""What the recogniser reaches on MNIST's images: as they are, and as they come out of its own preparation.

Knows what is compared and counted; every function gives numbers by name. What it is put to beside is known to `trials`.
"""

import numpy as np
from scipy import ndimage

from digits import images, metrics
from digits.datasets import Split
from digits.params import Evaluate
from digits.picture_files import Picture
from digits.recogniser import Recogniser

ENLARGED = 10
MARGINS = ((30, 270), (50, 350))  # around an enlarged image on its page: above and below, left and right


def agreement(recogniser: Recogniser, test: np.ndarray, wanted: np.ndarray) -> dict[str, float]:
    """How far the exported model's answers on `test` (n, 28, 28) are from `wanted` (n, 10), which Keras gave."""
    found = recogniser.raw(test)
    return {
        "same_answers": float((found.argmax(axis=1) == wanted.argmax(axis=1)).mean()),
        "largest_difference": float(np.abs(found - wanted).max()),
    }


def scores(recogniser: Recogniser, test: Split, section: Evaluate) -> dict[str, float]:
    """Accuracy and calibration on `test`, and the accuracy that is left where it is sure."""
    readings = recogniser.read(test.images[..., 0])
    probabilities = np.array([reading.probabilities for reading in readings])
    found = metrics.scores(test.labels, probabilities, section.confidence_level, section.calibration_bins)
    right = probabilities.argmax(axis=1) == test.labels
    sure = np.array([reading.sure for reading in readings])
    kept = {name: found[name] for name in ("accuracy", "nll", "brier", "ece")}
    return {**kept, "coverage": float(sure.mean()), "accuracy_where_sure": float(right[sure].mean())}


def form(test: np.ndarray) -> dict[str, float]:
    """Whether `test` (n, 28, 28) has the form that the preparation gives: of how many the centre of mass lies within
    half a pixel of the middle, and the longer side of the ink is 20 pixels."""
    centres = np.array([ndimage.center_of_mass(image) for image in test])
    boxes = [ndimage.find_objects((image > 0).astype(np.uint8))[0] for image in test]
    longer = [max(side.stop - side.start for side in box) for box in boxes]
    return {
        "centred": float((np.abs(centres - images.CENTRE) <= 0.5).all(axis=1).mean()),
        "longer_side_20": float(np.mean(np.equal(longer, images.BOX))),
    }


def preparation(recogniser: Recogniser, test: np.ndarray) -> dict[str, float]:
    """Each image of `test` (n, 28, 28) on its own and ten times enlarged in the corner of a page: how far the pixels
    are from it that the preparation gives back, in grey levels, and how often they are read the same."""
    read = recogniser.probabilities(test).argmax(axis=1)
    found = {}
    for name, placed in (("image", lambda image: image), ("page", _on_a_page)):
        again = np.stack([_first(images.prepare(Picture(placed(image), clean=True))) for image in test])
        found[f"{name}_difference"] = float(np.abs(again.astype(np.int16) - test).mean())
        found[f"{name}_exact"] = float((again == test).all(axis=(1, 2)).mean())
        found[f"{name}_read_the_same"] = float((recogniser.probabilities(again).argmax(axis=1) == read).mean())
    return found


def _on_a_page(image: np.ndarray) -> np.ndarray:
    """`image` as dark ink in the upper left of a light page."""
    digit = np.kron(image, np.ones((ENLARGED, ENLARGED), np.uint8))
    return 255 - np.pad(digit, MARGINS)


def _first(prepared: np.ndarray) -> np.ndarray:
    return prepared[0] if len(prepared) else np.zeros((images.FIELD, images.FIELD), np.uint8)
