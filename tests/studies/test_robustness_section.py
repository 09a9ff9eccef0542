"""The page's section on robustness: tables by hand, curves with a line for each recipe."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from digits.figures import plots
from studies.report import robustness_section


def corrupted(*accuracies: float) -> pd.DataFrame:
    """Results of a corruption with two severities, the second of them published, and of one with one severity."""
    return pd.DataFrame(
        {
            "corruption": ["shot_noise", "shot_noise", "fog"],
            "severity": [1, 2, 1],
            "published": [False, True, True],
            "accuracy": accuracies,
        }
    )


def test_the_table_has_the_published_severities_their_mean_and_the_relative_error():
    tables = {"one": corrupted(0.9, 0.5, 0.8), "other": corrupted(1.0, 0.7, 0.9)}
    accuracies = robustness_section.corruption_accuracies(tables)
    assert accuracies.to_numpy() == pytest.approx(np.array([[0.5, 0.7], [0.8, 0.9], [0.65, 0.8]]))
    assert robustness_section.corruption_table(accuracies, tables, "one").to_dict("list") == {
        "corruption": ["shot noise", "fog", "mean", "mCE, one = 1"],
        "one": ["50.0%", "80.0%", "65.0%", "1.00"],
        "other": ["70.0%", "90.0%", "80.0%", "0.50"],
    }
    without = robustness_section.corruption_table(accuracies[["other"]], {"other": tables["other"]}, "one")
    assert without["corruption"].tolist() == ["shot noise", "fog", "mean"]


def test_the_table_of_attacks_has_a_column_for_each_recipe():
    table = pd.DataFrame({"attack": ["fgsm", "pgd"], "epsilon": [0.0, 0.1], "accuracy": [0.5, 0.4]})
    found = robustness_section.attack_table({"one": table, "other": table.assign(accuracy=[0.9, 0.8])})
    assert found.to_dict("list") == {
        "attack": ["FGSM, epsilon 0", "PGD, epsilon 0.1"],
        "one": ["50.0%", "40.0%"],
        "other": ["90.0%", "80.0%"],
    }


def test_each_recipe_has_its_line_and_its_name():
    axes = Figure().subplots()
    table = pd.DataFrame({"attack": ["fgsm", "pgd"], "epsilon": [0.1, 0.1], "accuracy": [0.5, 0.4]})
    plots.draw_attacks(axes, dict.fromkeys(("one", "other"), table))
    assert len(axes.get_lines()) == 4
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["one", "other"]


def test_a_transform_has_a_line_for_each_recipe():
    table = pd.DataFrame({"change": ["rotation", "rotation"], "amount": [-10, 10], "accuracy": [0.9, 0.8]})
    axes = Figure().subplots()
    plots.draw_transform(axes, {"one": table, "other": table}, "rotation (degrees)")
    assert axes.get_xlabel() == "rotation (degrees)"
    assert [list(line.get_xdata()) for line in axes.get_lines()] == [[-10, 10], [-10, 10]]
