"""Means, intervals and paired tests against SciPy's and numbers by hand; ensembles by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from digits.experiments import comparison, seeds

BASE, OTHER = pd.Series([23.0, 29, 23, 31]), pd.Series([27.0, 30, 22, 40])


def test_an_interval_is_student_s():
    shown = comparison.interval(pd.Series([23, 29, 23]), "{:.4g}".format)
    assert shown == "25 (16.39 to 33.61)"  # 25 -/+ 4.303 * 3.464 / sqrt(3)
    assert comparison.interval(pd.Series([23]), "{:.4g}".format) == "23"


def test_p_is_of_the_paired_test_and_one_sided():
    expected = stats.ttest_rel(OTHER, BASE, alternative="greater").pvalue
    assert comparison.p_more(OTHER - BASE) == f"{expected:.3f}"
    assert comparison.p_more(BASE - BASE) == ""


def test_folds_count_for_less_than_as_many_seeds():
    """After Nadeau and Bengio (2003): with 4 folds, a third as many images are judged as trained on."""
    differences = OTHER - BASE
    t = differences.mean() / (differences.std() * (1 / 4 + 1 / 3) ** 0.5)
    assert comparison.p_more(differences, folds=4) == f"{stats.t.sf(t, 3):.3f}"
    assert comparison.p_more(differences, folds=4) > comparison.p_more(differences)


def rows(variant: str, errors: list[int], **others: object) -> pd.DataFrame:
    table = pd.DataFrame({"variant": variant, "validation_errors": errors, "seed": 0, "parameters": 1000})
    table["fold"] = [f"{number}/{len(errors)}" for number in range(1, len(errors) + 1)]
    return table.assign(validation_accuracy=0.9, validation_loss=0.1, **others)


def test_folds_are_counted_together_and_paired_with_the_first_variant():
    table = pd.concat([rows("base", [10, 20]), rows("better", [8, 16])])
    shown = comparison.side_by_side(table[::-1].sort_values("variant", kind="stable"), folds=2).set_index("variant")
    assert list(shown.index) == ["better", "base"]
    assert shown.loc["base", "errors"].startswith("30 (")
    assert shown.loc["better", "difference to the first"].startswith("-6 (")  # 2 x (-2 - 4) / 2
    assert shown.loc["base", "difference to the first"] == ""


def test_the_best_by_its_judge_comes_first_then_by_errors_and_loss():
    table = pd.concat([rows("few", [1]), rows("equal", [1]).assign(validation_loss=0.05), rows("many", [9])])
    assert comparison.ranked(table) == ["equal", "few", "many"]
    table["validation_handwriting_accuracy"] = [0.5, 0.6, 0.9]
    assert comparison.ranked(table) == ["many", "equal", "few"]


def test_two_models_with_different_errors_are_both_corrected_by_their_mean():
    labels = np.array([0, 1])
    sure, unsure = [0.9, 0.1], [0.55, 0.45]
    members = np.zeros((2, 2, 10))
    members[0, :, :2] = [sure, unsure]  # misreads the second image, narrowly
    members[1, :, :2] = [unsure[::-1], sure[::-1]]  # misreads the first, narrowly
    table = seeds.ensembles(labels, members, level=0.95, bins=15)
    assert table[["members", "ensembles", "mean", "min", "max"]].to_numpy().tolist() == [
        [1, 2, 0.5, 0.5, 0.5],
        [2, 1, 1.0, 1.0, 1.0],
    ]
    means = [(0.9 + 0.45) / 2, (0.45 + 0.9) / 2]  # of the true class, by hand
    assert table["nll"].iloc[1] == pytest.approx(-np.log(means).mean())


def test_every_choice_of_members_is_counted(noise):
    members = np.random.default_rng(0).dirichlet(np.ones(10), size=(5, len(noise.labels)))
    assert seeds.ensembles(noise.labels, members, 0.95, 15)["ensembles"].tolist() == [5, 10, 10, 5, 1]
