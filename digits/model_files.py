"""A model as a file: the same bytes for the same weights, and a clear word for a file that is no model.

A `.keras` archive is a zip whose members carry the time of writing, in their headers and in metadata.json; without
that, two archives of one model would differ and everything computed from them would run again.
"""

import json
import zipfile
from pathlib import Path

import keras

from digits.artifacts import staged

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


def save(model: keras.Sequential, path: Path) -> None:
    """Write `model` for inference, without the optimizer's state, to `path` (.keras)."""
    inference = keras.Sequential.from_config(model.get_config())  # a clone would keep the optimizer
    inference.set_weights(model.get_weights())
    with staged(path) as temporary:
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
    """Raises FileNotFoundError where there is no model, ValueError where the file is not one."""
    if not path.exists():
        raise FileNotFoundError(2, "no model", str(path))
    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras raises what its parsers raise: zipfile's, h5py's, json's and its own errors
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{path} is not a Keras model ({reason}); `dvc repro` trains it anew") from error
