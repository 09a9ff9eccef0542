"""params.yaml as the stages read it: each slip is named, in one line."""

from pathlib import Path

import pytest

from digits import config
from digits.config import Params, Train, flatten, load_params
from digits.files import UserError
from support import ROOT

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")


def load_changed(tmp_path: Path, before: str, after: str) -> Params:
    """With `before` replaced: its first occurrence, or that of a recipe: "mlp > epochs: 20"."""
    recipe, _, before = before.rpartition(" > ")
    start = TEXT.index(f"\n  {recipe}:") if recipe else 0
    assert before in TEXT[start:]
    path = tmp_path / "params.yaml"
    path.write_text(TEXT[:start] + TEXT[start:].replace(before, after, 1), encoding="utf-8")
    return load_params(path)


def test_the_committed_file_is_valid_and_frozen():
    loaded = load_params(ROOT / "params.yaml")
    assert loaded.recipes["cnn"].epochs == 10
    with pytest.raises(ValueError, match="frozen"):
        loaded.recipes["cnn"].epochs = 3


def test_numbers_are_read_as_dvc_reads_them(tmp_path: Path):
    assert (
        load_changed(tmp_path, "mlp > learning_rate: 0.002", "learning_rate: 2e-3").recipes["mlp"].learning_rate
        == 0.002
    )


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("mlp >     epochs: 20", "    epochs: -20", ["recipes.mlp.epochs is -20", "greater"]),
        ("mlp >     epochs: 20", "    epochs: true", ["recipes.mlp.epochs is True", "integer"]),
        ("mlp > learning_rate: 0.002", "learning_rate: .nan", ["recipes.mlp.learning_rate is nan", "finite"]),
        (
            "mlp >     epochs: 20",
            "    epochs: 20\n    epoch: 20",
            ["recipes.mlp.epoch is not a known key", "batch_size"],
        ),
        (
            "cnn > dropout: 0.5",
            "dropot: 0.5",
            ["recipes.cnn.dropot is not a known key", "recipes.cnn.dropout is missing"],
        ),
        ("  sigmoid:", "  sigmodi:", ["recipes.sigmodi", "digits/networks/sigmodi.py"]),
        ("best > rotation: 10.0", "rotatoin: 10.0", ["recipes.best.augmentation.rotatoin"]),
        ("  recipe: diverse", "  recipe: sigmoidal", ["export.recipe is 'sigmoidal'"]),
        ("  - diverse\n", "", ["export.recipe is 'diverse'", "train.models"]),
        ("  seed: 0\n  target", "  seed: 1\n  target", ["export.seed is 1", "train.seeds"]),
        ("- sigmoid", "- sigmod", ["train.models names 'sigmod'", "there are "]),
        ("  - 0\n", "  - 0\n  - 0\n", ["train.seeds is [0, 0]", "once"]),
        ("device: cpu", "device: tpu", ["train.device is 'tpu'", "'gpu'"]),
        ("dataset: mnist", "dataset: kmnist", ["recipes.diverse.drawn_digits must be 0", "kmnist"]),
        ("dataset: mnist", "dataset: ../mnist", ["fetch.dataset is '../mnist'"]),
        ("fraction: 0.1", "fraction: 1.0", ["preprocess.validation_fraction is 1.0", "less"]),
        ("evaluate:", "evalute:", ["evaluate is missing", "evalute is not a known key"]),
        ("robustness:", "robustnes:", ["robustnes is not a known key"]),
        ("fetch:\n", "fetch: [\n", ["not valid YAML"]),
        ("mlp >     epochs: 20", "    epochs: 20\n    epochs: 30", ["not valid YAML", "duplicate key"]),
    ],
)
def test_a_slip_is_named_in_one_line(tmp_path: Path, before: str, after: str, words: list[str]):
    with pytest.raises(UserError, match=r"params\.yaml") as caught:
        load_changed(tmp_path, before, after)
    assert "\n" not in str(caught.value)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("change", "lines"),
    [("recipes.mlp.learning_rate=0.1", 1), ("gate.alpha=0.1", 1), ("train.seeds=[7]", 1), ("handwriting.sets=[]", 3)],
)
def test_an_experiment_changes_no_other_line(tmp_path: Path, change: str, lines: int):
    from dvc.utils.hydra import apply_overrides  # what `dvc exp run -S` calls

    (tmp_path / "params.yaml").write_text(TEXT, encoding="utf-8")
    apply_overrides(tmp_path / "params.yaml", [change])
    after = (tmp_path / "params.yaml").read_text(encoding="utf-8").splitlines()
    assert len([line for line in TEXT.splitlines() if line not in after]) == lines
    assert len(after) <= len(TEXT.splitlines())


def test_an_empty_file_is_an_error(tmp_path: Path):
    (tmp_path / "params.yaml").write_text("")
    with pytest.raises(UserError, match="sections"):
        load_params(tmp_path / "params.yaml")


def test_changes_are_checked_as_the_file_is():
    changed = load_params(ROOT / "params.yaml", {"recipes.cnn.epochs": 3, "recipes.cnn.dropout": 0.2})
    assert (changed.recipes["cnn"].epochs, changed.recipes["cnn"].network_arguments) == (3, {"dropout": 0.2})
    with pytest.raises(UserError, match=r"recipes\.cnn\.epocs is not a known key"):
        load_params(ROOT / "params.yaml", {"recipes.cnn.epocs": 3})


def test_parameters_are_flattened_as_dvc_writes_them():
    nested = {"recipes": {"cnn": {"epochs": 10}}, "train": {"seeds": [0, 1]}}
    assert flatten(nested) == {"recipes.cnn.epochs": 10, "train.seeds": [0, 1]}


def test_runs_are_all_recipes_with_all_seeds():
    train = Train(models=["cnn", "mlp"], seeds=[0, 7], device="cpu")
    assert [str(run) for run in config.all_runs(train)] == ["cnn-0", "cnn-7", "mlp-0", "mlp-7"]
