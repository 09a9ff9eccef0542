"""Measure one model on the other people's handwriting that choices may rest on; the reported set plays no part.

Reads models/<run>.keras and data/hands/. Writes metrics/hands_validation/<run>.json.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from digits.config import runs
from digits.config.runs import Run
from digits.core import artifacts, cli
from digits.core.determinism import pin_tensorflow
from studies.hands import handwriting, params, paths
from studies.hands.ways import prepared


def main(run: Run) -> str:
    pin_tensorflow(run.seed)
    from digits.models import files, inference  # imports TensorFlow: the pins come first

    found = accuracy(partial(inference.predict, files.load(run.model)), params.load().sets)
    artifacts.write_json(paths.validation_metrics(run), {"validation_handwriting_accuracy": found})
    return f"accuracy on other people's handwriting {found:.2%}"


def accuracy(predict: Callable[[np.ndarray], np.ndarray], sets: Sequence[str]) -> float:
    """The mean accuracy over those of `sets` that choices may rest on; 0 if there are none.

    `predict` maps images (n, 28, 28, 1) uint8 to probabilities (n, 10).
    """
    shares = []
    for name in (it for it in sets if it in handwriting.FOR_CHOICES):
        pictures, labels = handwriting.stored(name)
        images = np.stack([prepared(picture) for picture in pictures])[..., np.newaxis]
        shares.append((predict(images).argmax(axis=1) == labels).mean())
    return float(np.mean(shares)) if shares else 0.0


if __name__ == "__main__":
    run = runs.from_arguments(__doc__)
    cli.execute(f"validate_hands {run}", partial(main, run))
