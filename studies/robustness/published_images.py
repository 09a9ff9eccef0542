"""Measure all trained models on the published images of MNIST-C, so that the numbers compare with papers'.

    python -m studies.robustness.published_images

Downloads `mnist_corrupted` through TensorFlow Datasets, or takes its archive from the folder that DIGITS_ARCHIVES
names. No stage, since `make studies` is to need no such download. Reads models/; writes docs/mnist-c.csv: one row per
model and corruption.
"""

import os
from pathlib import Path

import pandas as pd

from digits.config import runs
from digits.config.params import load_params
from digits.core import artifacts, cli
from digits.core.determinism import pin_tensorflow
from digits.data import tfds_source
from studies.robustness.corruptions import CORRUPTIONS

TABLE = Path("docs/mnist-c.csv")


def main() -> str:
    trained = runs.all_runs(load_params().train)
    pin_tensorflow(seed=0)
    from digits.models import files, inference  # imports TensorFlow: the pins come first

    archives = os.environ.get("DIGITS_ARCHIVES")
    models = {str(run): files.load(run.model) for run in trained}
    rows = []
    for name in ("identity", *CORRUPTIONS):
        _, test = tfds_source.fetch(f"mnist_corrupted/{name}", Path(archives) if archives else None)
        for model, loaded in models.items():
            predicted = inference.predict(loaded, test.images).argmax(axis=1)
            rows.append({"model": model, "corruption": name, "accuracy": (predicted == test.labels).mean()})
    table = pd.DataFrame(rows)
    artifacts.write_csv(TABLE, table)
    print(table.pivot(index="corruption", columns="model", values="accuracy").map("{:.2%}".format).to_string())
    means = table[table["corruption"] != "identity"].groupby("model")["accuracy"].mean()
    return ", ".join(f"{model} {accuracy:.2%}" for model, accuracy in means.items())


if __name__ == "__main__":
    cli.execute("published_images", main)
