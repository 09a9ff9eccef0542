"""Trained Keras models on disk, the same bytes for the same weights, and their predictions.

A `.keras` archive is a zip with the time of writing in its headers and in metadata.json. That is removed: otherwise two
files of one model would differ, and all stages that read them would run again.
"""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np

from digits.data import chunks
from digits.files import UserError, atomic_write

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time in a zip


def save(model: keras.Sequential, path: Path) -> None:
    """Write `model` for inference, without the optimizer's state, to `path` (.keras), atomically."""
    inference = keras.Sequential.from_config(model.get_config())  # a clone would keep the optimizer
    inference.set_weights(model.get_weights())
    with atomic_write(path) as temporary:
        inference.save(temporary)
        _strip_times(temporary)


def _strip_times(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in sorted(archive.namelist())}
    metadata = json.loads(members["metadata.json"])
    del metadata["date_saved"]
    members["metadata.json"] = json.dumps(metadata, sort_keys=True).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content)


def load(path: Path) -> keras.Model:
    """Raises FileNotFoundError if there is no file, UserError if it is not a model."""
    if not path.exists():
        raise FileNotFoundError(2, "no model", str(path))
    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras raises what its parsers raise: zipfile's, h5py's, json's and its own errors
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(f"{path} is not a Keras model ({reason}); `dvc repro` trains it again") from error


BATCH = 1000  # images at a time in evaluation; fixed, since other batch sizes round differently


def predict(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """The output of `model`, (n, …) float32, for `images` (n, 28, 28, 1) uint8; in chunks: Keras copies its input."""
    return np.concatenate([model.predict(chunk, batch_size=BATCH, verbose=0) for chunk in chunks(images)])
