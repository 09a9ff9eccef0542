"""What seeds have in common, against a count by hand over all images."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from studies.seeds import seed_variance


def as_errors(labels: np.ndarray, answers: np.ndarray) -> pd.DataFrame:
    wrong = np.flatnonzero(labels != answers)
    names = [f"{position:012x}" for position in wrong]
    return pd.DataFrame({"image": names, "actual": labels[wrong], "predicted": answers[wrong]})


def test_every_number_is_that_of_a_count_over_all_images():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 300)
    answers = np.stack([np.where(rng.random(300) < 0.2, rng.integers(0, 4, 300), labels) for _ in range(5)])
    answers[:, :9] = (labels[:9] + 1) % 10  # misread by all, alike
    found = seed_variance.over_seeds([as_errors(labels, it) for it in answers], len(labels))
    wrong = (answers != labels).sum(axis=0)
    assert found["misread_by_all"] == (wrong == 5).sum() >= 9
    assert found["misread_by_most"] == (wrong >= 3).sum()
    assert found["misread_by_some"] == (wrong >= 1).sum()
    assert found["error"] == pytest.approx((answers != labels).mean())
    usual = []
    for label, column in zip(labels, answers.T, strict=True):
        counts = np.bincount(column, minlength=10)
        usual.append(label if counts[label] == counts.max() else counts.argmax())  # a tie goes to the label
    assert found["bias"] == pytest.approx((usual != labels).mean())
    assert found["variance"] == pytest.approx(np.mean([(it != usual) for it in answers]))
    pairs = [(one == other).mean() for one, other in combinations(answers, 2)]
    assert found["agreement"] == pytest.approx(np.mean(pairs))
