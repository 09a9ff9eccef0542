"""Measure one model on the other people's handwriting that choices may rest on; the reported set plays no part.

Reads models/<run>.keras and data/hands/. Writes metrics/hands_validation/<run>.json.
"""

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

    model = files.load(run.model)
    shares = []
    for name in (it for it in params.load().sets if it in handwriting.FOR_CHOICES):
        pictures, labels = handwriting.stored(name)
        images = np.stack([prepared(picture) for picture in pictures])[..., np.newaxis]
        shares.append((inference.predict(model, images).argmax(axis=1) == labels).mean())
    accuracy = float(np.mean(shares)) if shares else 0.0
    artifacts.write_json(paths.validation_metrics(run), {"validation_handwriting_accuracy": accuracy})
    return f"accuracy on other people's handwriting {accuracy:.2%}"


if __name__ == "__main__":
    run = runs.from_arguments(__doc__)
    cli.execute(f"validate_hands {run}", partial(main, run))
