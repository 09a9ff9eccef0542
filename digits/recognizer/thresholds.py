"""Chooses the temperature, and the confidence and the out-of-distribution score from which a prediction is accepted."""

import math
from typing import Any

import numpy as np
from onnxruntime import InferenceSession
from scipy.stats import rankdata

from digits.config.params import NOT_DIGITS, Params
from digits.data import sources
from digits.data.datasets import LabeledImages
from digits.evaluation import calibration
from digits.evaluation.temperature import apply_temperature
from digits.imaging import mnist_format
from digits.recognizer import model_card, recognizer


def calibrated(session: InferenceSession, validation: LabeledImages, params: Params) -> dict[str, Any]:
    """What the card of an exported model holds of its confidence, as the section `export` of params.yaml asks for.

    The temperature is fitted on `validation` images, the thresholds on these and on other people's digits.
    """
    section = params.export
    probabilities, ood_score = recognizer.ask(session, validation.images)
    temperature = calibration.fit_temperature(validation.labels, probabilities)
    after = apply_temperature(probabilities, temperature)
    chosen = choose(after.max(axis=1), ood_score, section.coverage)
    if params.fetch.dataset not in NOT_DIGITS:
        chosen = raised(chosen, *other_hands(session, temperature), section.selective_accuracy)
    accepted = (after.max(axis=1) >= chosen["threshold"]) & (ood_score >= chosen["ood_threshold"])
    scores = model_card.validation_scores(validation.labels, probabilities, after, params.evaluate.calibration_bins)
    found = {"temperature": temperature, **chosen, "coverage": float(accepted.mean()), "detector": section.detector}
    return {**found, **scores}


def other_hands(session: InferenceSession, temperature: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Confidence, score and whether the prediction is correct, (n,) each, for the digits that scikit-learn contains."""
    images, labels = (np.concatenate(both) for both in zip(*sources.fetch(sources.BUNDLED)[:2], strict=True))
    prepared = np.stack([mnist_format.centered(image) for image in images[..., 0]])
    probabilities, ood_score = recognizer.ask(session, prepared[..., np.newaxis])
    after = apply_temperature(probabilities, temperature)
    return after.max(axis=1), ood_score, after.argmax(axis=1) == labels


def choose(confidence: np.ndarray, ood_score: np.ndarray, coverage: float) -> dict[str, float]:
    """Thresholds of `confidence` (n,) and `ood_score` (n,), such that the share `coverage` of the images reaches both.

    Both thresholds are the same quantile of their own values, so that each alone rejects equally many images. Returns
    `coverage`, `threshold` (of the confidence) and `ood_threshold`.
    """
    # An image is accepted by quantiles up to its lower rank: the threshold is a quantile of these lower ranks.
    lower = np.minimum(rankdata(confidence, "ordinal"), rankdata(ood_score, "ordinal"))
    place = int(np.sort(lower)[math.floor((1 - coverage) * len(lower))]) - 1
    return {
        "coverage": coverage,
        "threshold": float(np.sort(confidence)[place]),
        "ood_threshold": float(np.sort(ood_score)[place]),
    }


def raised(
    chosen: dict[str, float], confidence: np.ndarray, ood_score: np.ndarray, correct: np.ndarray, wanted: float
) -> dict[str, float]:
    """`chosen` with a threshold of the confidence at which enough accepted predictions are right on other images, too.

    `confidence`, `ood_score` and the mask `correct` (n,) are of other people's digits. The threshold becomes the
    lowest one, not below the chosen one, at which the share `wanted` of the accepted predictions is correct; if there
    is none, that of the most confident prediction.
    """
    accepted = ood_score >= chosen["ood_threshold"]
    descending = np.argsort(-confidence[accepted], kind="stable")
    levels, right = confidence[accepted][descending], correct[accepted][descending]
    selective_accuracy = np.cumsum(right) / np.arange(1, len(right) + 1)
    enough = levels[selective_accuracy >= wanted]
    lowest = enough.min() if len(enough) else confidence.max()
    return {**chosen, "threshold": max(chosen["threshold"], float(lowest))}
