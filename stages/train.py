"""Train one model: a recipe and a seed.

Reads data/processed/train/ and validation/, the normalization, the recipe's own section of params.yaml and
`train.strategy`. Writes models/<run>.keras, metrics/train/<run>.json, plots/history/<run>.csv and TensorBoard's files,
which neither git nor DVC tracks.
"""

import shutil
from functools import partial

from digits.config import runs
from digits.config.params import load_params
from digits.config.runs import Run
from digits.core import artifacts, cli, paths
from digits.core.determinism import pin_tensorflow
from digits.data import datasets
from digits.data.splits import Normalization


def main(run: Run) -> str:
    params = load_params()
    recipe, strategy = params.recipes[run.recipe], params.train.strategy
    train, validation = (datasets.load(paths.PROCESSED / name) for name in ("train", "validation"))
    normalization = Normalization(**artifacts.read_json(paths.NORMALIZATION))
    pin_tensorflow(run.seed, gpus=strategy == "mirrored")
    from digits import architectures  # imports TensorFlow: the pins come first
    from digits.models import files
    from digits.training import loop

    shutil.rmtree(run.tensorboard, ignore_errors=True)
    with loop.distribution_scope(strategy):
        model = architectures.build(run.recipe, recipe, normalization)
        history = loop.fit(model, recipe, train, validation, run.seed, run.tensorboard)
    last = history.iloc[-1]
    files.save(model, run.model)
    artifacts.write_csv(run.history, history)
    artifacts.write_json(
        run.train_metrics,
        {
            "parameters": model.count_params(),
            "validation_accuracy": last["val_accuracy"],
            "validation_loss": last["val_loss"],
        },
    )
    return f"{model.count_params():,} parameters, validation accuracy {last['val_accuracy']:.2%}"


if __name__ == "__main__":
    run = runs.from_arguments(__doc__)
    cli.execute(f"train {run}", partial(main, run))
