"""The networks, their training and the model files, on few images and with the real functions."""

import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from digits import data
from digits.config import Recipe, load_params
from digits.data import LabeledImages
from support import NORMALIZATION, ROOT


class Trainer:
    """Trains recipes of params.yaml, changed, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        from digits import models, networks, training  # these import TensorFlow, which is pinned by then

        self.models, self.networks, self.training, self.folder = models, networks, training, folder
        self.recipes = load_params(ROOT / "params.yaml").recipes

    def recipe(self, name: str, **changes: Any) -> Recipe:
        return self.recipes[name].model_copy(update={"epochs": 2, "batch_size": 3, **changes})

    def build(self, name: str, **changes: Any) -> Any:
        return self.networks.build(name, self.recipe(name, **changes), NORMALIZATION)

    def train(self, name: str, split: LabeledImages, **changes: Any) -> tuple[Any, pd.DataFrame]:
        import keras

        keras.utils.set_random_seed(3)
        model, recipe = self.build(name, **changes), self.recipe(name, **changes)
        return model, self.training.fit(model, recipe, split, split, seed=3, logs=self.folder / "logs")

    def predict(self, model: Any, split: LabeledImages) -> np.ndarray:
        return self.models.predict(model, split.images)

    def batches(self, recipe: Recipe, split: LabeledImages, seed: int | None) -> list[list[tuple]]:
        """Images and one-hot labels of each batch, for two epochs."""
        batches = self.training.make_batches(split, recipe, seed)
        return [[(images.numpy(), labels.numpy()) for images, labels in batches] for _ in range(2)]


@pytest.fixture
def trainer(pinned: None, tmp_path: Path) -> Trainer:
    return Trainer(tmp_path)


@pytest.mark.parametrize(("name", "parameters"), [("mlp", 109_386), ("sigmoid", 468_874), ("cnn", 225_034)])
def test_networks_have_the_published_size(trainer: Trainer, name: str, parameters: int):
    model = trainer.build(name)
    assert model.count_params() == parameters
    assert model.inputs[0].dtype == "uint8"


def test_cnn_has_the_layers_of_the_tutorials(trainer: Trainer):
    model = trainer.build("cnn")
    shapes = [layer.output.shape[1:] for layer in model.layers[1:]]
    assert shapes == [(26, 26, 32), (13, 13, 32), (11, 11, 64), (5, 5, 64), (1600,), (128,), (128,), (10,)]
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == [320, 18_496, 204_928, 1_290]


@pytest.mark.parametrize(("changes", "parameters"), [({}, 8_206), ({"channels": [8, 16, 20, 20]}, 1_962)])
def test_small_has_the_size_of_its_layers(trainer: Trainer, changes: dict, parameters: int):
    recipe = trainer.recipe("small", **changes)
    model = trainer.build("small", **changes)
    first, *others = recipe.network_arguments["channels"]
    blocks = sum(9 * before + before * after + 4 * after for before, after in pairwise([first, *others]))
    by_hand = 9 * first + 4 * first + blocks + 9 * others[-1] + 10 * others[-1] + 10
    assert model.count_params() == by_hand == parameters
    shapes = {layer.name: layer.output.shape[1:3] for layer in model.layers if len(layer.output.shape) == 4}
    assert (shapes["pool_1"], shapes["pool_2"], shapes["weights"]) == ((13, 13), (6, 6), (4, 4))


def test_the_model_normalizes_raw_pixels_itself(trainer: Trainer, eight: LabeledImages):
    model = trainer.build("mlp")
    expected = (eight.images.astype(float) - NORMALIZATION.mean) / NORMALIZATION.std
    assert np.asarray(model.layers[0](eight.images)) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("name", ["mlp", "sigmoid", "cnn", "fast"])
def test_training_learns_and_its_history_is_whole(name: str, trainer: Trainer, eight: LabeledImages):
    model, history = trainer.train(name, eight, epochs=30, optimizer="adam", learning_rate=0.005, label_smoothing=0.0)
    assert history.columns.tolist() == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    assert history["epoch"].tolist() == list(range(1, 31))
    assert history["val_loss"].iloc[-1] < history["val_loss"].iloc[0] / 2
    probabilities = trainer.predict(model, eight)
    loss = log_loss(eight.labels, probabilities.astype(float), labels=range(10))
    assert loss == pytest.approx(history["val_loss"].iloc[-1], rel=1e-3)
    assert np.mean(probabilities.argmax(axis=1) == eight.labels) == history["val_accuracy"].iloc[-1]
    assert list((trainer.folder / "logs/train").glob("events*"))


def test_the_same_seed_gives_the_same_file(trainer: Trainer, eight: LabeledImages, tmp_path: Path):
    paths = [tmp_path / attempt / "model.keras" for attempt in ("one", "two")]
    for path in paths:
        model, _ = trainer.train("cnn", eight)
        trainer.models.save(model, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert np.array_equal(trainer.predict(trainer.models.load(path), eight), trainer.predict(model, eight))
    with zipfile.ZipFile(path) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"date" not in archive.read("metadata.json")
    assert path.stat().st_size < 4 * 225_034 + 100_000  # weights alone, no optimizer


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_a_file_that_is_no_model_is_named(trainer: Trainer, content: bytes):
    path = trainer.folder / "mlp-0.keras"
    with pytest.raises(FileNotFoundError):
        trainer.models.load(path)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"mlp-0\.keras"):
        trainer.models.load(path)


def test_predictions_do_not_depend_on_the_chunks(
    trainer: Trainer, noise: LabeledImages, monkeypatch: pytest.MonkeyPatch
):
    model = trainer.build("mlp")
    whole = trainer.predict(model, noise)
    monkeypatch.setattr(data, "CHUNK", 7)
    np.testing.assert_allclose(trainer.predict(model, noise), whole, rtol=1e-5)


def test_a_training_that_diverges_says_so(trainer: Trainer, eight: LabeledImages):
    with pytest.raises(ValueError, match=r"diverged in epoch \d"):
        trainer.train("cnn", eight, learning_rate=1e38, epochs=5)


def test_every_choice_of_the_optimizer_has_an_effect(trainer: Trainer, eight: LabeledImages):
    choices = ({}, {"optimizer": "sgd"}, {"optimizer": "adam"}, {"learning_rate": 0.001})
    first_weights = [trainer.train("fast", eight, **changes)[0].get_weights()[0] for changes in choices]
    assert not any(np.allclose(first_weights[0], other) for other in first_weights[1:])


def test_images_in_memory_or_in_their_file_train_alike(
    trainer: Trainer, noise: LabeledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    data.save(tmp_path / "data", train=noise)
    mapped = data.load(tmp_path / "data/train")
    trained = []
    for limit in (trainer.training.IN_MEMORY, 0):
        monkeypatch.setattr(trainer.training, "IN_MEMORY", limit)
        model, history = trainer.train("fast", mapped)
        trained.append((history.to_csv(), [weights.tobytes() for weights in model.get_weights()]))
    assert trained[0] == trained[1]


def test_a_model_does_not_depend_on_those_before_it(trainer: Trainer, eight: LabeledImages):
    first, second = (LabeledImages(eight.images[part], eight.labels[part]) for part in (slice(0, 4), slice(4, 8)))

    def predicted(train: LabeledImages) -> list:
        recipe = trainer.recipe("mlp", epochs=1)
        model = trainer.training.trained("mlp", recipe, NORMALIZATION, train, eight, seed=3)
        return trainer.predict(model, eight).tolist()

    one_way = [predicted(split) for split in (first, second)]
    other_way = [predicted(split) for split in (second, first)]
    assert one_way == other_way[::-1]


def test_every_example_is_seen_in_a_new_seeded_order(trainer: Trainer, eight: LabeledImages):
    def orders(seed: int) -> list[list[int]]:
        epochs = trainer.batches(trainer.recipe("mlp"), eight, seed)
        return [[int(label.argmax()) for _, labels in batches for label in labels] for batches in epochs]

    first, second = orders(1)
    assert sorted(first) == sorted(second) == sorted(eight.labels)
    assert first != second
    assert orders(1) == [first, second]
    assert orders(2) != [first, second]


def test_batches_are_augmented_anew_and_by_seed(trainer: Trainer, noise: LabeledImages):
    def pixels(seed: int | None) -> list[bytes]:
        epochs = trainer.batches(trainer.recipe("best", batch_size=16), noise, seed)
        return [b"".join(images.tobytes() for images, _ in batches) for batches in epochs]

    first, second = pixels(1)
    assert first != second
    assert pixels(1) == [first, second]
    assert pixels(2) != [first, second]
    assert pixels(None) == [noise.images.tobytes()] * 2  # validation


def test_the_loss_has_smoothed_labels(trainer: Trainer, eight: LabeledImages):
    model, history = trainer.train("fast", eight, label_smoothing=0.2)
    smoothed = 0.8 * np.eye(10)[eight.labels] + 0.02
    by_hand = -(smoothed * np.log(trainer.predict(model, eight))).sum(axis=1).mean()
    assert history["val_loss"].iloc[-1] == pytest.approx(by_hand, rel=1e-4)


@pytest.mark.parametrize(
    ("schedule", "epochs", "batch_size", "examples", "expected"),
    [
        ("cosine", 4, 3, 8, {0: 1, 6: 0.5, 12: 0}),  # 3 steps an epoch, the last of 2 examples
        ("one_cycle", 5, 1, 20, {0: 0.1, 10: 0.55, 20: 1, 60: 0.5, 100: 0}),  # 20 steps up, 80 down
    ],
)
def test_the_learning_rate_follows_its_schedule(
    trainer: Trainer, schedule: str, epochs: int, batch_size: int, examples: int, expected: dict[int, float]
):
    recipe = trainer.recipe("mlp", schedule=schedule, epochs=epochs, batch_size=batch_size, learning_rate=1.0)
    rate = trainer.training.learning_rate(recipe, examples)
    assert [float(rate(step)) for step in expected] == pytest.approx(list(expected.values()), abs=1e-6)


def test_muon_steps_are_orthogonal_between_first_and_last_layer(trainer: Trainer):
    import keras

    variables, optimizer = trainer.build("fast").trainable_variables, trainer.training.Muon(1.0)
    before = [np.array(variable) for variable in variables]
    optimizer.apply([keras.random.normal(variable.shape, seed=1) for variable in variables], variables)
    for variable, old in zip(variables, before, strict=True):
        step = np.array(variable) - old
        if variable.path.split("/")[-2] in ("conv_2", "conv_3", "conv_4"):
            lengths = np.linalg.svd(step.reshape(-1, step.shape[-1]), compute_uv=False)
            assert ((lengths > 0.6) & (lengths < 1.3)).all()  # five iterations come no closer to 1
        else:
            assert np.abs(step) == pytest.approx(0.06, rel=0.01)  # the first step of Adam
