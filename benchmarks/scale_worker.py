"""Time the steps of one training in the present folder and print JSON: see benchmarks/scale.py.

python -m benchmarks.scale_worker cnn 400     the seconds per example of 400 steps, without the first quarter of them
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from digits.config.params import load_params
from digits.core import artifacts, paths
from digits.core.determinism import pin_tensorflow
from digits.data import datasets
from digits.data.splits import Normalization

SEED = 0
EVALUATED = 1000  # validation images: the validation is not what is timed


def main(name: str, steps: int) -> dict[str, float]:
    recipe = load_params().recipes[name].model_copy(update={"epochs": 1})
    train, validation = (datasets.load(paths.PROCESSED / part) for part in ("train", "validation"))
    few = datasets.LabeledImages(validation.images[:EVALUATED], validation.labels[:EVALUATED])
    pin_tensorflow(SEED)
    import keras

    from digits import architectures
    from digits.training import loop

    times: dict[int, float] = {}
    model = architectures.build(name, recipe, Normalization(**artifacts.read_json(paths.NORMALIZATION)))

    def note(batch: int, logs: dict[str, float]) -> None:
        times[batch] = time.perf_counter()
        model.stop_training = batch >= steps

    observer = keras.callbacks.LambdaCallback(on_train_batch_end=note)
    with tempfile.TemporaryDirectory() as logs:
        loop.fit(model, recipe, train, few, SEED, Path(logs), [observer])
    timed = [batch for batch in times if batch >= steps // 4]
    seconds = times[timed[-1]] - times[timed[0]]
    return {"each": seconds / (timed[-1] - timed[0]) / recipe.batch_size}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
