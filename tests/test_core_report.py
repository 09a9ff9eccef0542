"""The table of results and what it is written as."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from digits import files, rendering, report
from digits.config import Run

SCORES = {
    **{"accuracy_low": 0.96, "accuracy_high": 0.98, "errors": 1234, "macro_f1": 0.9712, "top2_accuracy": 0.99},
    **{"nll": 0.1, "brier": 0.04, "ece": 0.01, "calibrated_nll": 0.09, "calibrated_ece": 0.005},
}


@pytest.fixture
def two_seeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The metrics of a recipe with two seeds and of one with a single seed."""
    monkeypatch.chdir(tmp_path)
    accuracies = {Run("mlp", 0): 0.97, Run("mlp", 1): 0.98, Run("cnn", 0): 0.99}
    for run, accuracy in accuracies.items():
        files.write_json(run.train_metrics, {"parameters": 109_386, "validation_accuracy": 0.975})
        files.write_json(run.test_metrics, {"accuracy": accuracy, **SCORES})
    return list(accuracies)


def test_one_row_per_run(two_seeds: list[Run]):
    text = report.as_text(report.collect(two_seeds))
    assert text["model"].tolist() == ["mlp", "mlp", "cnn"]
    columns = ["parameters", "test accuracy", "Wilson interval", "errors"]
    assert text.loc[1, columns].tolist() == ["109,386", "98.00%", "96.00% to 98.00%", "1,234"]


def test_the_spread_over_seeds_is_the_sample_deviation(two_seeds: list[Run]):
    summary = report.over_seeds(report.collect(two_seeds))
    assert summary["name"].tolist() == ["mlp", "cnn"]
    assert summary["mean"].tolist() == [0.975, 0.99]
    assert summary["std"].iloc[0] == pytest.approx(0.005 * 2**0.5)  # by hand: two values, one degree of freedom
    text = report.over_seeds_as_text(summary)
    assert text.loc[0].tolist() == ["mlp", "109,386", "2", "97.500%", "0.707%", "97.000%", "98.000%"]
    assert text.loc[1, "standard deviation"] == "-"


@pytest.mark.parametrize("content", [{"accuracy": 0.97}, {"accuracy": "0.97", **SCORES}])
def test_metrics_that_lack_a_number_are_named(two_seeds: list[Run], content: dict):
    files.write_json(two_seeds[1].test_metrics, content)
    with pytest.raises(ValueError, match=r"metrics/test/mlp-1\.json"):
        report.collect(two_seeds)


def test_numbers_in_tables_have_their_formats():
    numbers = {"mean": [0.99237, 1.0], "nll": [0.0229, 0.1], "std": [0.001, np.nan]}
    table = pd.DataFrame({"kind": ["two_words", None], "misread_by_all": [1234, 5], **numbers})
    assert rendering.as_text(table, decimals=2).to_dict("list") == {
        "kind": ["two words", ""],
        "misread by all": ["1,234", "5"],
        "mean": ["99.24%", "100.00%"],
        "nll": ["0.0229", "0.1000"],
        "std": ["0.10%", "-"],
    }
