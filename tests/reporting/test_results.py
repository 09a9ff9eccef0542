from pathlib import Path

import pandas as pd
import pytest

from digits.config import runs
from digits.config.params import Train
from digits.config.runs import Run
from digits.core import artifacts
from digits.figures import tables
from digits.reporting import results

SCORES = {
    "accuracy_low": 0.96,
    "accuracy_high": 0.98,
    "errors": 1234,
    "macro_f1": 0.9712,
    "top2_accuracy": 0.99,
    "nll": 0.1,
    "brier": 0.04,
    "ece": 0.01,
}


@pytest.fixture
def two_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The metrics of a recipe with two seeds and of one with a single seed."""
    monkeypatch.chdir(tmp_path)
    accuracies = {Run("mlp", 0): 0.97, Run("mlp", 1): 0.98, Run("cnn", 0): 0.99}
    for run, accuracy in accuracies.items():
        artifacts.write_json(run.train_metrics, {"parameters": 109_386, "validation_accuracy": 0.975})
        artifacts.write_json(run.test_metrics, {"accuracy": accuracy, **SCORES})
    return list(accuracies)


def test_runs_are_all_recipes_with_all_seeds():
    train = Train(models=["cnn", "mlp"], seeds=[0, 7], strategy="single")
    assert [str(run) for run in runs.all_runs(train)] == ["cnn-0", "cnn-7", "mlp-0", "mlp-7"]


def test_one_row_per_run(two_seeds: list[Run]):
    text = results.as_text(results.collect(two_seeds))
    assert text["model"].tolist() == ["mlp", "mlp", "cnn"]
    assert text.loc[1, ["parameters", "test accuracy", "Wilson interval", "errors"]].tolist() == [
        "109,386",
        "98.00%",
        "96.00% to 98.00%",
        "1,234",
    ]


def test_the_spread_over_seeds_is_the_sample_deviation(two_seeds: list[Run]):
    summary = results.over_seeds(results.collect(two_seeds))
    assert summary["name"].tolist() == ["mlp", "cnn"]
    assert summary["mean"].tolist() == [0.975, 0.99]
    assert summary["std"].iloc[0] == pytest.approx(0.005 * 2**0.5)  # by hand: two values, one degree of freedom
    text = results.over_seeds_as_text(summary)
    assert text.loc[0].tolist() == ["mlp", "109,386", "2", "97.500%", "0.707%", "97.000%", "98.000%"]
    assert text.loc[1, "standard deviation"] == "-"


def test_tables_are_padded_markdown():
    table = pd.DataFrame({"model": ["mlp", "sigmoid"], "errors": ["7", "12345678"]})
    assert tables.markdown(table) == (
        "| model   | errors   |\n|:--------|:---------|\n| mlp     | 7        |\n| sigmoid | 12345678 |\n"
    )


@pytest.mark.parametrize("content", [{"accuracy": 0.97}, {"accuracy": "0.97", **SCORES}])
def test_metrics_that_lack_a_number_are_named(two_seeds: list[Run], content: dict):
    artifacts.write_json(two_seeds[1].test_metrics, content)
    with pytest.raises(ValueError, match=r"metrics/test/mlp-1\.json has no number for .*dvc repro"):
        results.collect(two_seeds)
