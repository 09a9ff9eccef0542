"""The recognizer's numbers on MNIST's test images: as they are, and after its own preparation of pictures."""

import numpy as np
from scipy import ndimage

from digits.config.params import Evaluate
from digits.data.datasets import LabeledImages
from digits.evaluation import metrics
from digits.imaging import mnist_format
from digits.recognizer.recognizer import Recognizer

ENLARGED = 10  # width of one of MNIST's pixels on a page, in pixels
MARGINS = ((30, 270), (50, 350))  # of a page, around the enlarged image: above and below, left and right, in pixels


def agreement(recognizer: Recognizer, test: np.ndarray, expected: np.ndarray) -> dict[str, float]:
    """How well the exported model reproduces Keras's probabilities `expected` (n, 10) on images `test` (n, 28, 28).

    `agreement`: share of equal predictions. `largest_difference`: of a probability.
    """
    found = recognizer.raw(test)
    return {
        "agreement": float((found.argmax(axis=1) == expected.argmax(axis=1)).mean()),
        "largest_difference": float(np.abs(found - expected).max()),
    }


def scores(recognizer: Recognizer, test: LabeledImages, section: Evaluate) -> dict[str, float]:
    """Accuracy and calibration on `test`, the share of predictions that are accepted and the accuracy of those."""
    predictions = recognizer.read(test.images[..., 0])
    probabilities = np.array([prediction.probabilities for prediction in predictions])
    found = metrics.scores(test.labels, probabilities, section.confidence_level, section.calibration_bins)
    correct = probabilities.argmax(axis=1) == test.labels
    accepted = np.array([prediction.sure for prediction in predictions])
    kept = {name: found[name] for name in ("accuracy", "nll", "brier", "ece")}
    return {**kept, "coverage": float(accepted.mean()), "selective_accuracy": selective_accuracy(correct, accepted)}


def selective_accuracy(correct: np.ndarray, accepted: np.ndarray) -> float:
    """The share of correct predictions among the accepted ones, given two masks (n,); 0 if none is accepted."""
    return float(correct[accepted].mean()) if accepted.any() else 0.0


def form(test: np.ndarray) -> dict[str, float]:
    """Whether `test` (n, 28, 28) has the format that the preparation produces, as shares of its images.

    `centered`: the center of mass lies within half a pixel of the middle. `longer_side_20`: the longer side of the
    ink's bounding box has 20 pixels.
    """
    centers = np.array([ndimage.center_of_mass(image) for image in test])
    boxes = [ndimage.find_objects((image > 0).astype(np.uint8))[0] for image in test]
    longer = [max(side.stop - side.start for side in box) for box in boxes]
    return {
        "centered": float((np.abs(centers - mnist_format.CENTER) <= 0.5).all(axis=1).mean()),
        "longer_side_20": float(np.mean(np.equal(longer, mnist_format.BOX))),
    }


def preparation(recognizer: Recognizer, test: np.ndarray) -> dict[str, float]:
    """Whether the preparation gives back images `test` (n, 28, 28), alone (image_…) and enlarged on a page (page_…).

    `…_difference`: mean absolute difference of a pixel, in gray levels. `…_exact`: share of images given back exactly.
    `…_consistency`: share of images with the same prediction.
    """
    predicted = recognizer.probabilities(test).argmax(axis=1)
    found = {}
    for name, placed in (("image", lambda image: image), ("page", _on_page)):
        again = np.stack([_first(mnist_format.prepare(placed(image))) for image in test])
        found[f"{name}_difference"] = float(np.abs(again.astype(np.int16) - test).mean())
        found[f"{name}_exact"] = float((again == test).all(axis=(1, 2)).mean())
        found[f"{name}_consistency"] = float((recognizer.probabilities(again).argmax(axis=1) == predicted).mean())
    return found


def _on_page(image: np.ndarray) -> np.ndarray:
    """`image` enlarged, as dark ink in the upper left of a light page."""
    digit = np.kron(image, np.ones((ENLARGED, ENLARGED), np.uint8))
    return 255 - np.pad(digit, MARGINS)


def _first(prepared: np.ndarray) -> np.ndarray:
    """The first image of `prepared` (n, 28, 28); a blank one if there is none."""
    return prepared[0] if len(prepared) else np.zeros((mnist_format.FIELD, mnist_format.FIELD), np.uint8)
