"""Fetch a dataset and store its official train and test sets.

Reads the `fetch` section of params.yaml; takes archives from the folder that DIGITS_ARCHIVES names, if any.
Writes data/raw/ and metrics/dataset.json.
"""

import os
from pathlib import Path

from digits.config.params import load_params
from digits.core import artifacts, cli, paths
from digits.data import datasets, sources


def main() -> str:
    dataset = load_params().fetch.dataset
    archives = os.environ.get("DIGITS_ARCHIVES")
    fetched = sources.fetch(dataset, Path(archives).expanduser() if archives else None)
    datasets.save(paths.RAW, train=fetched.train, test=fetched.test)
    sizes = {"train": len(fetched.train.labels), "test": len(fetched.test.labels)}
    artifacts.write_json(
        paths.DATASET, {"dataset": dataset, "digest": fetched.digest[: datasets.DIGEST_LENGTH], **sizes}
    )
    return f"{dataset}, {sizes['train']:,} train images and {sizes['test']:,} test images"


if __name__ == "__main__":
    cli.execute("fetch", main)
