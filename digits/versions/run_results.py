"""What the models of one version of the project reached, each checked against its misread images and predictions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from digits.config.runs import Run
from digits.core.errors import UserError
from digits.data.datasets import CLASSES
from digits.versions import parsing
from digits.versions.git_tree import WorkingTree

ROUNDING = 1e-6  # of the numbers in metrics


@dataclass(frozen=True)
class Results:
    """What one model reached.

    `measures` by name; `errors`, its misread images (`image`, `actual`, `predicted`); `strip`, a PNG of them, one below
    the other; `confusion` (10, 10), the number of test images by actual and predicted class.
    """

    measures: dict[str, float]
    errors: pd.DataFrame
    strip: bytes
    confusion: np.ndarray


def confusion(errors: pd.DataFrame, class_counts: np.ndarray) -> np.ndarray:
    """The confusion matrix (10, 10), actual by predicted, of `errors` among `class_counts` (10,) images."""
    matrix = np.zeros((CLASSES, CLASSES), int)
    np.add.at(matrix, (errors["actual"].to_numpy(int), errors["predicted"].to_numpy(int)), 1)
    return matrix + np.diag(class_counts - matrix.sum(axis=1))


def recalls(confusion: np.ndarray) -> dict[str, float]:
    """`recall_0` to `recall_9` and `worst_recall`, the least of them; 0 for a class without images."""
    values = np.diag(confusion) / np.maximum(1, confusion.sum(axis=1))
    by_class = {f"recall_{digit}": float(value) for digit, value in enumerate(values)}
    return {**by_class, "worst_recall": min(by_class.values())}


def read(tree: WorkingTree, run: Run, class_counts: np.ndarray, of_studies: dict[str, float]) -> Results:
    """The results of `run`; UserError names what is malformed or does not fit together."""
    train, test = (parsing.numbers(tree.read(it), tree.name(it)) for it in (run.train_metrics, run.test_metrics))
    errors = parsing.table(tree.read(run.errors), tree.name(run.errors), parsing.Error)
    matrix = confusion(errors, class_counts)
    _check(tree, run, test, len(errors), matrix)
    if str(run.model) not in tree.outs:
        raise UserError(f"dvc.lock of {tree.label} has no {run.model}; run `dvc repro` there and commit")
    size = {"model_bytes": tree.outs[str(run.model)]["size"]}
    measures = {**of_studies, **test, **train, **recalls(matrix), **size}
    return Results(measures, errors, tree.read(run.error_images), matrix)


def _check(tree: WorkingTree, run: Run, test: dict[str, float], n_errors: int, matrix: np.ndarray) -> None:
    """Raises UserError if the metrics, the misread images and the predictions of `run` contradict each other."""
    images = int(matrix.sum())
    expected = {"images": images, "errors": n_errors, "accuracy": 1 - n_errors / images}
    for measure, value in expected.items():
        if abs(test.get(measure, np.inf) - value) > ROUNDING:
            raise UserError(
                f"{tree.name(run.test_metrics)} has {measure} {test.get(measure)}, but {run.errors} lists "
                f"{n_errors} misread images of {images}"
            )
    if predictions := tree.data(run.predictions):
        with np.load(predictions) as content:
            labels, predicted = content["labels"], content["probabilities"].argmax(axis=1)
        counted = np.zeros((CLASSES, CLASSES), int)
        np.add.at(counted, (labels, predicted), 1)
        if (counted != matrix).any():
            raise UserError(f"{run.errors} contradicts {run.predictions}; run `dvc repro --force evaluate@{run}`")
