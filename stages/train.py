"""Train one model: a recipe and a seed.

Reads data/processed/train/ and validation/, the normalisation, the recipe's own section of params.yaml and
`train.strategy`. Writes models/<cell>.keras, metrics/train/<cell>.json, plots/history/<cell>.csv and TensorBoard's
files, which nobody tracks.
"""

import shutil
from functools import partial

from digits import artifacts, cells, command, datasets, params, paths
from digits.pinning import pin
from digits.splits import Normalisation


def main(cell: paths.Cell) -> str:
    knobs = params.load()
    recipe, strategy = getattr(knobs.recipes, cell.recipe), knobs.train.strategy
    train, validation = (datasets.load(paths.PROCESSED / name) for name in ("train", "validation"))
    normalisation = Normalisation(**artifacts.read_json(paths.NORMALISATION))
    pin(cell.seed, gpus=strategy == "mirrored")
    from digits import distribution, model_files, models, training  # they import TensorFlow: the pins come first

    shutil.rmtree(cell.tensorboard, ignore_errors=True)
    with distribution.scope(strategy):
        model = models.build(cell.recipe, recipe, normalisation)
        history = training.fit(model, recipe, train, validation, cell.seed, cell.tensorboard)
    last = history.iloc[-1]
    model_files.save(model, cell.model)
    artifacts.write_csv(cell.history, history)
    artifacts.write_json(
        cell.training,
        {
            "parameters": model.count_params(),
            "validation_accuracy": last["val_accuracy"],
            "validation_loss": last["val_loss"],
        },
    )
    return f"{model.count_params():,} parameters, validation accuracy {last['val_accuracy']:.2%}"


if __name__ == "__main__":
    cell = cells.from_arguments(__doc__)
    command.run(f"train {cell}", partial(main, cell))
