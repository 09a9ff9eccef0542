from pathlib import Path

import pytest
from conftest import ROOT

from digits import params

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")


def load_changed(tmp_path: Path, before: str, after: str) -> params.Params:
    assert before in TEXT
    path = tmp_path / "params.yaml"
    path.write_text(TEXT.replace(before, after, 1), encoding="utf-8")
    return params.load(path)


def test_the_committed_file_is_valid_and_frozen():
    loaded = params.load(ROOT / "params.yaml")
    assert loaded.recipes.cnn.epochs == 10
    with pytest.raises(ValueError, match="frozen"):
        loaded.recipes.cnn.epochs = 3


def test_numbers_are_read_as_dvc_reads_them(tmp_path: Path):
    assert load_changed(tmp_path, "learning_rate: 0.002", "learning_rate: 2e-3").recipes.mlp.learning_rate == 0.002


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("    epochs: 20", "    epoch: 20", ["recipes.mlp.epochs is missing", "recipes.mlp.epoch is not a known key"]),
        ("    epochs: 20", "    epochs: -20", ["recipes.mlp.epochs is -20", "greater than or equal to 1"]),
        ("    epochs: 20", "    epochs: '20'", ["recipes.mlp.epochs is '20'", "valid integer"]),
        ("    epochs: 20", "    epochs: true", ["recipes.mlp.epochs is True", "valid integer"]),
        ("learning_rate: 0.002", "learning_rate: .nan", ["recipes.mlp.learning_rate is nan", "finite"]),
        ("  recipe: best", "  recipe: sigmoidal", ["export.recipe is 'sigmoidal'"]),
        ("  - best\n", "", ["export.recipe is 'best', which is not among train.models"]),
        ("  seed: 0\n  coverage", "  seed: 1\n  coverage", ["export.seed is 1, which is not among train.seeds"]),
        ("- sigmoid", "- sigmod", ["train.models.1 is 'sigmod'", "'mlp', 'sigmoid', 'cnn', 'fast' or 'best'"]),
        ("  - 0\n", "  - 0\n  - 0\n", ["train.seeds is [0, 0]", "only once"]),
        ("    mlp:\n      accuracy:", "    mpl:\n      accuracy:", ["gate.limits.mpl", "'mlp', 'sigmoid', 'cnn'"]),
        (
            "        least: 0.976",
            "        leased: 0.976",
            ["gate.limits.mlp.accuracy.leased is not a known key", "least"],
        ),
        ("    accuracy: 0.0 ", "    acuracy: 0.0 ", ["gate.allowed_drops", "accuracy must be among them"]),
        ("  - 0\n", "  - -1\n", ["train.seeds.0 is -1", "greater than or equal to 0"]),
        ("dataset: mnist", "dataset: ../mnist", ["fetch.dataset is '../mnist'"]),
        ("fraction: 0.1", "fraction: 1.0", ["preprocess.validation_fraction is 1.0", "less than 1"]),
        ("dropout: 0.5", "dropot: 0.5", ["recipes.cnn.dropot", "allowed here: epochs, batch_size"]),
        ("elastic: 0.0", "elastik: 0.0", ["recipes.best.augmentation.elastik", "allowed here: rotation, shift"]),
        ("evaluate:", "evalute:", ["evaluate is missing", "evalute is not a known key"]),
        ("fetch:\n", "fetch: [\n", ["not valid YAML"]),
        ("    epochs: 20", "    epochs: 20\n    epochs: 30", ["not valid YAML", "duplicate key"]),
    ],
)
def test_a_slip_is_named_in_one_line(tmp_path: Path, before: str, after: str, words: list[str]):
    with pytest.raises(ValueError, match=r"params\.yaml") as caught:
        load_changed(tmp_path, before, after)
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_an_empty_file_is_an_error(tmp_path: Path):
    (tmp_path / "params.yaml").write_text("")
    with pytest.raises(ValueError, match="the file is None"):
        params.load(tmp_path / "params.yaml")
