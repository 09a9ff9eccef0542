"""Time the steps of one training in the folder that this is started in, and print them as JSON: see `apps/scale.py`.

python -m apps.scale_worker cnn 400     the seconds an example, from the first quarter of 400 steps on
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from digits import artifacts, datasets, params, paths
from digits.pinning import pin
from digits.splits import Normalisation

SEED = 0
EVALUATED = 1000  # validation images: how long all of them take is not asked here


def main(name: str, steps: int) -> dict[str, float]:
    recipe = getattr(params.load().recipes, name).model_copy(update={"epochs": 1})
    train, validation = (datasets.load(paths.PROCESSED / part) for part in ("train", "validation"))
    few = datasets.Split(validation.images[:EVALUATED], validation.labels[:EVALUATED])
    pin(SEED)
    import keras

    from digits import models, training

    times: dict[int, float] = {}
    model = models.build(name, recipe, Normalisation(**artifacts.read_json(paths.NORMALISATION)))

    def note(batch: int, logs: dict[str, float]) -> None:
        times[batch] = time.perf_counter()
        model.stop_training = batch >= steps

    observer = keras.callbacks.LambdaCallback(on_train_batch_end=note)
    with tempfile.TemporaryDirectory() as logs:
        training.fit(model, recipe, train, few, SEED, Path(logs), [observer])
    timed = [batch for batch in times if batch >= steps // 4]
    seconds = times[timed[-1]] - times[timed[0]]
    return {"each": seconds / (timed[-1] - timed[0]) / recipe.batch_size}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))
