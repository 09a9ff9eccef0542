"""The report's part on trust: tables by hand, curves with a line for each recipe."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from digits import figures, trust_report


def corrupted(*accuracies: float) -> pd.DataFrame:
    """Of one corruption of two severities, the second of them published, and one of a single severity."""
    return pd.DataFrame(
        {
            "corruption": ["shot_noise", "shot_noise", "fog"],
            "severity": [1, 2, 1],
            "published": [False, True, True],
            "accuracy": accuracies,
        }
    )


def test_corruptions_stand_beside_each_other_with_their_mean_and_relative_error():
    table = trust_report.corruption_table({"mlp": corrupted(0.9, 0.5, 0.8), "best": corrupted(1.0, 0.7, 0.9)})
    assert table.to_dict("list") == {
        "corruption": ["shot noise", "fog", "mean", "error, mlp = 1"],
        "mlp": ["50.0%", "80.0%", "65.0%", "1.00"],
        "best": ["70.0%", "90.0%", "80.0%", "0.50"],
    }
    shades = trust_report.corruption_errors({"mlp": corrupted(0.9, 0.5, 0.8), "best": corrupted(1.0, 0.7, 0.9)})
    assert shades == pytest.approx(np.array([[0.5, 0.3], [0.2, 0.1], [0.35, 0.2]]))
    without = trust_report.corruption_table({"best": corrupted(1.0, 0.7, 0.9)})
    assert without["corruption"].tolist() == ["shot noise", "fog", "mean"]


@pytest.mark.parametrize(
    ("draw", "table", "lines"),
    [
        (figures.draw_attacks, {"attack": ["fgsm", "pgd"], "budget": [0.1, 0.1], "accuracy": [0.5, 0.4]}, 4),
        (figures.draw_coverage, {"coverage": [0.5, 1.0], "accuracy": [1.0, 0.9]}, 2),
    ],
)
def test_each_recipe_has_its_line_and_its_name(draw, table: dict, lines: int):
    axes = Figure().subplots()
    draw(axes, {name: pd.DataFrame(table) for name in ("mlp", "best")})
    assert len(axes.get_lines()) == lines
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["mlp", "best"]


def test_each_change_has_its_axes():
    table = pd.DataFrame(
        {"change": ["rotation", "rotation", "noise"], "amount": [-10, 10, 0.1], "accuracy": [0.9, 0.8, 0.7]}
    )
    grid = Figure().subplots(1, 2)
    figures.draw_by_degrees(grid, {"mlp": table, "best": table})
    assert [axes.get_xlabel() for axes in grid] == ["rotation", "noise"]
    assert [len(axes.get_lines()) for axes in grid] == [2, 2]
    assert list(grid[0].get_lines()[0].get_xdata()) == [-10, 10]
