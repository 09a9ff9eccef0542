"""Fetch a dataset and store its official train and test sets.

Reads the `fetch` section of params.yaml; takes archives from the folder that DIGITS_ARCHIVES names, if any.
Writes data/raw/ and metrics/dataset.json.
"""

import os
from pathlib import Path

from digits import config, data, files, sources
from digits.config import load_params


def main() -> None:
    dataset = load_params().fetch.dataset
    archives = os.environ.get("DIGITS_ARCHIVES")
    fetched = sources.fetch(dataset, Path(archives).expanduser() if archives else None)
    data.save(config.RAW, train=fetched.train, test=fetched.test)
    sizes = {"train": len(fetched.train.labels), "test": len(fetched.test.labels)}
    files.write_json(config.DATASET, {"dataset": dataset, "digest": fetched.digest[: data.DIGEST_LENGTH], **sizes})
    print(f"{dataset}, {sizes['train']:,} train images and {sizes['test']:,} test images")


if __name__ == "__main__":
    files.execute("fetch", main)
