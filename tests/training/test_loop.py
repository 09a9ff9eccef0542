"""Training and model files together, on eight images and the real functions."""

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from digits.config.params import load_params
from digits.data.datasets import LabeledImages
from digits.data.splits import Normalization
from support import ROOT

NORMALIZATION = Normalization(mean=33.3, std=78.6)
RECIPES = load_params(ROOT / "params.yaml").recipes


@pytest.fixture(autouse=True)
def _pinned(pinned: None) -> None:
    """All of these import TensorFlow."""


def train(name: str, split: LabeledImages, folder: Path, **changes: object) -> tuple[object, pd.DataFrame]:
    import keras

    from digits import architectures
    from digits.training import loop

    keras.utils.set_random_seed(3)
    recipe = RECIPES[name].model_copy(update={"epochs": 2, "batch_size": 3, **changes})
    model = architectures.build(name, recipe, NORMALIZATION)
    return model, loop.fit(model, recipe, split, split, seed=3, logs=folder / "logs")


@pytest.mark.parametrize("name", ["mlp", "sigmoid", "cnn", "fast"])
def test_training_learns_and_its_history_is_whole(name: str, eight: LabeledImages, tmp_path: Path):
    from digits.models import inference

    model, history = train(name, eight, tmp_path, epochs=30, learning_rate=0.005)
    assert history.columns.tolist() == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    assert history["epoch"].tolist() == list(range(1, 31))
    assert history["val_loss"].iloc[-1] < history["val_loss"].iloc[0] / 2
    probabilities = inference.predict(model, eight.images)
    loss = log_loss(eight.labels, probabilities.astype(float), labels=range(10))
    assert loss == pytest.approx(history["val_loss"].iloc[-1], rel=1e-3)
    assert np.mean(probabilities.argmax(axis=1) == eight.labels) == history["val_accuracy"].iloc[-1]
    assert list((tmp_path / "logs/train").glob("events*"))


def test_the_same_seed_gives_the_same_weights_and_the_same_file(eight: LabeledImages, tmp_path: Path):
    from digits.models import files

    digests = set()
    for attempt in ("one", "two"):
        model, _ = train("cnn", eight, tmp_path)
        files.save(model, tmp_path / attempt / "model.keras")
        digests.add(hashlib.sha256((tmp_path / attempt / "model.keras").read_bytes()).hexdigest())
    assert len(digests) == 1


def test_a_saved_model_predicts_the_same_and_holds_no_time(eight: LabeledImages, tmp_path: Path):
    from digits.models import files, inference

    model, _ = train("cnn", eight, tmp_path)
    path = tmp_path / "models/cnn-0.keras"
    files.save(model, path)
    assert np.array_equal(inference.predict(files.load(path), eight.images), inference.predict(model, eight.images))
    with zipfile.ZipFile(path) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"date" not in archive.read("metadata.json")
    assert path.stat().st_size < 4 * 225_034 + 100_000  # weights alone, no optimizer


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_a_file_that_is_no_model_is_named(tmp_path: Path, content: bytes):
    from digits.models import files

    (tmp_path / "mlp-0.keras").write_bytes(content)
    with pytest.raises(ValueError, match=r"mlp-0\.keras is not a Keras model .*dvc repro"):
        files.load(tmp_path / "mlp-0.keras")


def test_a_model_that_is_not_there_is_named(tmp_path: Path):
    from digits.models import files

    with pytest.raises(FileNotFoundError):
        files.load(tmp_path / "mlp-0.keras")


def test_targets_are_what_the_loss_wants(eight: LabeledImages):
    from digits.models import inference

    one_hot = inference.targets(eight.labels, "categorical_crossentropy")
    assert np.array_equal(one_hot, np.eye(10)[eight.labels])
    assert inference.targets(eight.labels, "sparse_categorical_crossentropy") is eight.labels


def test_the_saved_weights_are_the_averaged_ones_that_were_validated(eight: LabeledImages, tmp_path: Path):
    from digits.models import inference

    model, history = train("fast", eight, tmp_path, ema_decay=0.9, epochs=3)
    loss = log_loss(eight.labels, inference.predict(model, eight.images).astype(float), labels=range(10))
    assert loss == pytest.approx(history["val_loss"].iloc[-1], rel=1e-3)
    plain, _ = train("fast", eight, tmp_path, epochs=3)
    assert not np.allclose(inference.predict(model, eight.images), inference.predict(plain, eight.images))


@pytest.mark.parametrize("changes", [{"optimizer": "sgd"}, {"weight_decay": 0.1}, {"learning_rate": 0.001}])
def test_every_choice_of_the_optimizer_reaches_the_weights(changes: dict, eight: LabeledImages, tmp_path: Path):
    model, _ = train("fast", eight, tmp_path, **changes)
    plain, _ = train("fast", eight, tmp_path)
    assert not np.allclose(model.get_weights()[0], plain.get_weights()[0])


def test_a_training_that_diverges_says_so(eight: LabeledImages, tmp_path: Path):
    with pytest.raises(ValueError, match=r"diverged in epoch \d: the loss is not finite; lower the learning rate"):
        train("cnn", eight, tmp_path, learning_rate=1e38, epochs=5)


def test_images_that_stay_in_their_file_train_the_same_model(
    noise: LabeledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from digits.data import datasets
    from digits.training import batches

    datasets.save(tmp_path / "data", train=noise)
    mapped = datasets.load(tmp_path / "data/train")
    trained = []
    for limit in (batches.IN_MEMORY, 0):
        monkeypatch.setattr(batches, "IN_MEMORY", limit)
        model, history = train("fast", mapped, tmp_path)
        trained.append((history.to_csv(), [weights.tobytes() for weights in model.get_weights()]))
    assert trained[0] == trained[1]


def test_a_model_does_not_depend_on_what_was_trained_before_it(eight: LabeledImages):
    from digits.models import inference
    from digits.training import loop

    recipe = RECIPES["mlp"].model_copy(update={"epochs": 1, "batch_size": 3})
    first, second = (LabeledImages(eight.images[part], eight.labels[part]) for part in (slice(0, 4), slice(4, 8)))

    def predicted(train: LabeledImages) -> np.ndarray:
        return inference.predict(loop.trained("mlp", recipe, NORMALIZATION, train, eight, seed=3), eight.images)

    one_way, other_way = [predicted(it) for it in (first, second)], [predicted(it) for it in (second, first)]
    assert (one_way[0] == other_way[1]).all()
    assert (one_way[1] == other_way[0]).all()
