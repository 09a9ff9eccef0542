import importlib
from pathlib import Path

import pytest

from digits.config.params import Params, flatten, load_params
from digits.core.errors import UserError
from support import ROOT

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")


def load_changed(tmp_path: Path, before: str, after: str) -> Params:
    assert before in TEXT
    for study in ("robustness", "ood", "labels", "hands"):
        (tmp_path / "studies" / study).mkdir(parents=True)
    path = tmp_path / "params.yaml"
    path.write_text(TEXT.replace(before, after, 1), encoding="utf-8")
    return load_params(path)


def test_the_committed_file_is_valid_and_frozen():
    loaded = load_params(ROOT / "params.yaml")
    assert loaded.recipes["cnn"].epochs == 10
    with pytest.raises(ValueError, match="frozen"):
        loaded.recipes["cnn"].epochs = 3


def test_numbers_are_read_as_dvc_reads_them(tmp_path: Path):
    assert load_changed(tmp_path, "learning_rate: 0.002", "learning_rate: 2e-3").recipes["mlp"].learning_rate == 0.002


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("    epochs: 20", "    epoch: 20", ["recipes.mlp.epochs is missing"]),
        ("    epochs: 20", "    epochs: -20", ["recipes.mlp.epochs is -20", "greater than or equal to 1"]),
        ("    epochs: 20", "    epochs: '20'", ["recipes.mlp.epochs is '20'", "valid integer"]),
        ("    epochs: 20", "    epochs: true", ["recipes.mlp.epochs is True", "valid integer"]),
        ("learning_rate: 0.002", "learning_rate: .nan", ["recipes.mlp.learning_rate is nan", "finite"]),
        (
            "    epochs: 20",
            "    epochs: 20\n    epoch: 20",
            ["recipes.mlp.epoch is not a known key", "epochs, batch_size"],
        ),
        ("dropout: 0.5", "dropot: 0.5", ["recipes.cnn.dropot is not a known key", "recipes.cnn.dropout is missing"]),
        ("  sigmoid:", "  sigmodi:", ["recipes.sigmodi needs its network in digits/architectures/sigmodi.py"]),
        ("elastic: 0.0", "elastik: 0.0", ["recipes.best.augmentation.elastik", "allowed here: rotation, shift"]),
        ("  recipe: diverse", "  recipe: sigmoidal", ["export.recipe is 'sigmoidal'"]),
        ("  - diverse\n", "", ["export.recipe is 'diverse', which is not among train.models"]),
        ("  seed: 0\n  coverage", "  seed: 1\n  coverage", ["export.seed is 1, which is not among train.seeds"]),
        ("- sigmoid", "- sigmod", ["train.models names 'sigmod'", "there are mlp, sigmoid, cnn, fast, best, diverse"]),
        ("  - 0\n", "  - 0\n  - 0\n", ["train.seeds is [0, 0]", "only once"]),
        ("  - 0\n", "  - -1\n", ["train.seeds.0 is -1", "greater than or equal to 0"]),
        (
            "dataset: mnist",
            "dataset: kmnist",
            ["recipes.diverse.drawn_digits must be 0, since kmnist is no set of digits"],
        ),
        ("dataset: mnist", "dataset: ../mnist", ["fetch.dataset is '../mnist'"]),
        (
            "dataset: mnist",
            "dataset: MNIST",
            ["fetch.dataset is 'MNIST'; no dataset has such a name; the nearest: mnist"],
        ),
        ("fraction: 0.1", "fraction: 1.0", ["preprocess.validation_fraction is 1.0", "less than 1"]),
        ("detector: subspace", "detector: subspaces", ["export.detector is 'subspaces'", "'energy'"]),
        ("evaluate:", "evalute:", ["evaluate is missing", "evalute is not a known key"]),
        ("robustness:", "robustnes:", ["robustnes is not a known key", "hands"]),
        ("fetch:\n", "fetch: [\n", ["not valid YAML"]),
        ("    epochs: 20", "    epochs: 20\n    epochs: 30", ["not valid YAML", "duplicate key"]),
    ],
)
def test_a_slip_is_named_in_one_line(tmp_path: Path, before: str, after: str, words: list[str]):
    with pytest.raises(UserError, match=r"params\.yaml") as caught:
        load_changed(tmp_path, before, after)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_smoothed_labels_need_one_hot_labels(tmp_path: Path):
    before = "    loss: sparse_categorical_crossentropy"
    with pytest.raises(UserError, match=r"recipes\.mlp: label_smoothing needs the loss categorical_crossentropy"):
        load_changed(tmp_path, before, f"{before}\n    label_smoothing: 0.1 #")


def test_changes_are_checked_as_if_they_stood_in_the_file():
    changed = load_params(ROOT / "params.yaml", {"recipes.cnn.epochs": 3, "recipes.cnn.dropout": 0.2})
    assert (changed.recipes["cnn"].epochs, changed.recipes["cnn"].architecture) == (3, {"dropout": 0.2})
    with pytest.raises(UserError, match=r"recipes\.cnn\.epocs is not a known key"):
        load_params(ROOT / "params.yaml", {"recipes.cnn.epocs": 3})


def test_the_sections_of_all_studies_are_valid(in_root: None):
    modules = sorted(ROOT.glob("studies/*/params.py"))
    assert len(modules) >= 4
    for module in modules:
        importlib.import_module(f"studies.{module.parent.name}.params").load()


def test_parameters_are_flattened_as_dvc_writes_them():
    nested = {"recipes": {"cnn": {"epochs": 10}}, "train": {"seeds": [0, 1]}}
    assert flatten(nested) == {"recipes.cnn.epochs": 10, "train.seeds": [0, 1]}


def test_an_empty_file_is_an_error(tmp_path: Path):
    (tmp_path / "params.yaml").write_text("")
    with pytest.raises(ValueError, match="the file is None"):
        load_params(tmp_path / "params.yaml")
