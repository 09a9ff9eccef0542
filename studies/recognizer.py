"""Study: the exported recognizer on test images, printed digits and pages without a digit, and what it can learn."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import ndimage

from digits import data, files, metrics
from digits.config import PROCESSED, Evaluate, Run, load_params, load_section
from digits.data import CLASSES, LabeledImages
from digits.imaging import mnist_format
from digits.recognizer.learning import N_TRAIN, fit_layer, last_layer_features, weights
from digits.recognizer.reading import MODEL, RECOGNIZER, Recognizer
from digits.synthetic import fonts, pages
from digits.synthetic.fonts import GlyphStyle
from studies import run_stage
from studies.handwriting import METRICS, outcome, prepared, selective_accuracy, stored
from studies.params import Handwriting

LEARNED_SET = "semeion"
DRAWS = 10  # of so many corrections
LEARNING = ["way", "drawn_from", "corrections", "errors_gone"]  # columns of a table without rows


def evaluate() -> None:
    """Measure the recognizer on the test set, printed digits and pages without a digit, and what it learns.

    Writes metrics/handwriting/recognizer.json, printed.csv, rejection.csv and learning.csv: a row per kind of draw and
    number of corrections, none if Semeion is not among the sets.
    """
    params, sets = load_params(), load_section("handwriting", Handwriting).sets
    test = data.load(PROCESSED / "test")
    pixels = test.images[..., 0]
    expected = np.load(Run(params.export.recipe, params.export.seed).predictions)["probabilities"]
    recognizer = Recognizer(RECOGNIZER)
    on_pages, on_print = rejection(recognizer), printed(recognizer)
    facts = {
        **scores(recognizer, test, expected, params.evaluate),
        **form(pixels),
        **preparation(recognizer, pixels),
        **{f"reject_rate_{kind}": rate for kind, rate in zip(on_pages["kind"], on_pages["rejected"], strict=True)},
        "printed_accuracy": float(on_print["accuracy"].iloc[-1]),
    }
    files.write_json(METRICS / "recognizer.json", facts)
    files.write_csv(METRICS / "printed.csv", on_print)
    files.write_csv(METRICS / "rejection.csv", on_pages)
    files.write_csv(METRICS / "learning.csv", learning() if LEARNED_SET in sets else pd.DataFrame(columns=LEARNING))
    print(
        f"accepts {facts['coverage']:.2%} of the test images, {facts['selective_accuracy']:.2%} of those correctly; "
        f"{facts['page_consistency']:.2%} predicted the same on a page"
    )


def scores(recognizer: Recognizer, test: LabeledImages, expected: np.ndarray, section: Evaluate) -> dict[str, float]:
    """Accuracy and calibration on `test`, the share of predictions that are accepted and the accuracy of those.

    `agreement` is the share of predictions equal to those of Keras, whose probabilities are `expected` (n, 10), and
    `largest_difference` that of a probability.
    """
    raw, predictions = recognizer.raw(test.images[..., 0]), recognizer.read(test.images[..., 0])
    probabilities = np.array([prediction.probabilities for prediction in predictions])
    measures = metrics.scores(test.labels, probabilities, section.confidence_level, section.calibration_bins)
    correct, accepted = outcome(predictions, test.labels)
    return {
        "agreement": float((raw.argmax(axis=1) == expected.argmax(axis=1)).mean()),
        "largest_difference": float(np.abs(raw - expected).max()),
        **{name: measures[name] for name in ("accuracy", "nll", "brier", "ece")},
        "coverage": float(accepted.mean()),
        "selective_accuracy": selective_accuracy(correct, accepted),
    }


def form(test: np.ndarray) -> dict[str, float]:
    """Whether `test` (n, 28, 28) has the format that the preparation produces, as shares of its images.

    `centered`: the center of mass is within half a pixel of the middle. `longer_side_20`: that of the ink's box.
    """
    centers = np.array([ndimage.center_of_mass(image) for image in test])
    boxes = [ndimage.find_objects((image > 0).astype(np.uint8))[0] for image in test]
    longer = [max(side.stop - side.start for side in box) for box in boxes]
    return {
        "centered": float((np.abs(centers - mnist_format.FIELD / 2) <= 0.5).all(axis=1).mean()),
        "longer_side_20": float(np.mean(np.equal(longer, mnist_format.BOX))),
    }


def preparation(recognizer: Recognizer, test: np.ndarray) -> dict[str, float]:
    """Whether the preparation gives back images `test` (n, 28, 28), alone (image_…) and enlarged on a page (page_…).

    `…_difference`: mean absolute difference of a pixel, in gray levels. `…_exact`: share of images given back exactly.
    `…_consistency`: share of images with the same prediction.
    """
    predicted = recognizer.probabilities(test).argmax(axis=1)
    measures = {}
    for name, pictures in (("image", test), ("page", map(_on_page, test))):
        again = np.stack([prepared(picture) for picture in pictures])
        measures[f"{name}_difference"] = float(np.abs(again.astype(np.int16) - test).mean())
        measures[f"{name}_exact"] = float((again == test).all(axis=(1, 2)).mean())
        measures[f"{name}_consistency"] = float((recognizer.probabilities(again).argmax(axis=1) == predicted).mean())
    return measures


def _on_page(image: np.ndarray) -> np.ndarray:
    """`image` enlarged ten times, as dark ink in the upper left of a light page."""
    return 255 - np.pad(np.kron(image, np.ones((10, 10), np.uint8)), ((30, 270), (50, 350)))


def conditions() -> Iterator[tuple[str, str, list[GlyphStyle]]]:
    """The conditions of printed digits: name, value and styles. All but the last vary one thing at a time."""
    yield "as printed", "", [GlyphStyle()]
    yield from (("rotated by", f"{angle:+d}°", [GlyphStyle(angle=angle)]) for angle in (-15, -10, -5, 5, 10, 15))
    yield from (("stroke width", f"{pen:g} times", [GlyphStyle(pen=pen)]) for pen in (0.9, 1.25, 1.5, 1.75, 2.0))
    yield "polarity", "light on dark", [GlyphStyle(dark_on_light=False)]
    corners = {"top left": (0.0, 0.0), "top right": (1.0, 0.0), "bottom left": (0.0, 1.0), "bottom right": (1.0, 1.0)}
    yield from (("position", name, [GlyphStyle(place=place)]) for name, place in corners.items())
    yield from (
        ("height", f"{size * fonts.PAGE:.0f} pixels", [GlyphStyle(size=size)]) for size in (0.03, 0.05, 0.1, 0.25, 1.0)
    )
    rng = np.random.default_rng(0)
    yield "all together", "random", [_random_style(rng) for _ in range(10)]


def _random_style(rng: np.random.Generator) -> GlyphStyle:
    place = float(rng.uniform()), float(rng.uniform())
    size, pen = float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.9, 2.0))
    return GlyphStyle(float(rng.uniform(-15, 15)), pen, size, place, bool(rng.integers(2)))


def printed(recognizer: Recognizer) -> pd.DataFrame:
    """Results on the digits of all fonts, a row per condition: `condition`, `value` and those of `read`."""
    rows = []
    for condition, value, styles in conditions():
        combinations = product(fonts.fonts(), range(CLASSES), styles)
        pictures = ((fonts.page(str(digit), face, style), digit) for face, digit, style in combinations)
        rows.append({"condition": condition, "value": value, **read(recognizer, pictures)})
    return pd.DataFrame(rows)


def read(recognizer: Recognizer, pictures: Iterable[tuple[np.ndarray, int]]) -> dict[str, float | int]:
    """Results on `pictures` of one digit each, paired with the digit. If no digit is found, that counts as an error."""
    answers = [(recognizer.read(mnist_format.prepare(picture)), digit) for picture, digit in pictures]
    correct = np.array([bool(predictions) and predictions[0].digit == digit for predictions, digit in answers])
    accepted = np.array([bool(predictions) and predictions[0].sure for predictions, _ in answers])
    return {
        "pictures": len(answers),
        "accuracy": float(correct.mean()),
        "accepted": float(accepted.mean()),
        "selective_accuracy": selective_accuracy(correct, accepted),
    }


def rejection(recognizer: Recognizer) -> pd.DataFrame:
    """Results on TEST_PAGES, which show no digit and on which no threshold was chosen, a row per `kind`.

    The shares of pages on which no ink was found (`empty`), the prediction was not accepted (`unsure`), and their sum.
    """
    rows = []
    for kind, pictures in pages.kinds(pages.TEST_PAGES).items():
        answers = [recognizer.read(mnist_format.prepare(picture)) for picture in pictures()]
        empty = sum(not predictions for predictions in answers) / len(answers)
        unsure = sum(bool(predictions) and not predictions[0].sure for predictions in answers) / len(answers)
        rows.append({"kind": kind, "pages": len(answers), "empty": empty, "unsure": unsure, "rejected": empty + unsure})
    return pd.DataFrame(rows)


class Digits(NamedTuple):
    """Features (n, d + 1) float64, as `last_layer_features` gives them, and labels (n,)."""

    features: np.ndarray
    labels: np.ndarray

    def at(self, indices: np.ndarray) -> "Digits":
        return Digits(self.features[indices], self.labels[indices])

    def accuracy(self, weights: np.ndarray) -> float:
        """With a last layer of these `weights` (d + 1, 10)."""
        return float(((self.features @ weights).argmax(axis=1) == self.labels).mean())


def learning() -> pd.DataFrame:
    """What the recognizer learns from 5 to 50 corrections of Semeion, a row per kind of draw and their number.

    Drawn from all digits, or from those that are misread or not sure, which people correct.
    """
    model = (RECOGNIZER / MODEL).read_bytes()
    train, validation = (data.load(PROCESSED / name) for name in ("train", "validation"))
    pictures, labels = stored(LEARNED_SET)
    images = np.stack([prepared(picture) for picture in pictures])[..., np.newaxis]
    digits = Digits(last_layer_features(model, images), labels)
    held_out = Digits(last_layer_features(model, validation.images), np.asarray(validation.labels))
    present, held = weights(model), last_layer_features(model, train.images[:N_TRAIN])
    correct, accepted = outcome(Recognizer(RECOGNIZER).read(images[..., 0]), labels)
    pools = {"all": np.arange(len(labels)), "misread or not sure": np.flatnonzero(~(correct & accepted))}
    rows = []
    for pool, count in product(pools, (5, 10, 20, 50)):
        gain = measure(present, partial(fit_layer, present, train=held), digits, held_out, pools[pool], count)
        rows.append({"way": "last layer", "drawn_from": pool, "corrections": count, **gain})
    return pd.DataFrame(rows)


def measure(
    present: np.ndarray,
    learn: Callable[[np.ndarray, np.ndarray], np.ndarray],
    digits: Digits,
    validation: Digits,
    pool: np.ndarray,
    count: int,
) -> dict[str, float]:
    """Means over DRAWS draws of `count` corrections from `pool`, indices of `digits`, which `learn` turns into weights.

    `accuracy_before` and `accuracy` are of the digits that were not drawn, `accuracy_std` is the standard deviation of
    the latter over the draws, `errors_gone` the share of their errors; `validation_lowest` is of the worst draw.
    """
    accuracies = []
    for seed in range(DRAWS):
        drawn = np.random.default_rng([seed, count]).choice(pool, count, replace=False)
        rest = digits.at(np.setdiff1d(np.arange(len(digits.labels)), drawn))
        learned = learn(*digits.at(drawn))
        accuracies.append([rest.accuracy(present), rest.accuracy(learned), validation.accuracy(learned)])
    before, after, on_validation = np.transpose(accuracies)
    return {
        "accuracy_before": before.mean(),
        "accuracy": after.mean(),
        "accuracy_std": after.std(ddof=1),
        "errors_gone": 1 - (1 - after).mean() / (1 - before).mean(),
        "validation_before": validation.accuracy(present),
        "validation": on_validation.mean(),
        "validation_lowest": on_validation.min(),
    }


if __name__ == "__main__":
    run_stage(__doc__, evaluate)
