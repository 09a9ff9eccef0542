"""Train one model: a recipe and a seed.

Reads data/processed/train/ and validation/, the normalization, the recipe's own section of params.yaml and
`train.device`. Writes models/<run>.keras, metrics/train/<run>.json, plots/history/<run>.csv and TensorBoard's files,
which neither git nor DVC tracks.
"""

import shutil

from digits import config, data, files
from digits.config import Run, load_params
from digits.data import Normalization
from digits.determinism import pin_tensorflow


def main(run: Run) -> None:
    params = load_params()
    recipe = params.recipe(run.recipe)
    train, validation = (data.load(config.PROCESSED / name) for name in ("train", "validation"))
    normalization = Normalization(**files.read_json(config.NORMALIZATION))
    pin_tensorflow(run.seed, params.train.device)
    from digits import models, networks, training  # they import TensorFlow: the pins come first

    shutil.rmtree(run.tensorboard, ignore_errors=True)
    model = networks.build(run.recipe, recipe, normalization)
    history = training.fit(model, recipe, train, validation, run.seed, run.tensorboard)
    last = history.iloc[-1]
    models.save(model, run.model)
    files.write_csv(run.history, history)
    files.write_json(
        run.train_metrics,
        {
            "parameters": model.count_params(),
            "validation_accuracy": last["val_accuracy"],
            "validation_loss": last["val_loss"],
        },
    )
    print(f"{model.count_params():,} parameters, validation accuracy {last['val_accuracy']:.2%}")


if __name__ == "__main__":
    run = config.run_from_arguments(__doc__)
    files.execute(f"train {run}", lambda: main(run))
