"""The gate's false-alarm rate and power, over trainings that differ in their seed.

`benchmarks/gate_rates.py` makes the trainings.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from digits.config.params import Evaluate
from digits.data.datasets import CLASSES
from digits.evaluation import metrics
from digits.gate import comparison, run_results, statistics, verdict
from digits.gate.rules import Rules
from digits.gate.run_results import Results, Snapshot

GROUP = 5  # seeds on each side, where several are compared
LOSSES = [0.001, 0.002, 0.003, 0.005, 0.01, 0.02]  # as shares of all images


def measure(labels: np.ndarray, names: list[str], probabilities: np.ndarray, section: Evaluate) -> Results:
    """What `evaluate` would have tracked of a model's `probabilities` (n, 10) for images with `labels` (n,)."""
    scores = metrics.scores(labels, probabilities, section.confidence_level, section.calibration_bins)
    errors = metrics.errors(names, labels, probabilities)
    matrix = run_results.confusion(errors, np.bincount(labels, minlength=CLASSES))
    size = {"parameters": 0, "model_bytes": 0}
    return Results({**scores, **size, **run_results.recalls(matrix)}, errors, b"", matrix)


def fails(before: list[Results], after: list[Results], rules: Rules) -> tuple[bool, bool]:
    """Whether the gate fails, and whether its test of accuracy does."""
    first, second = (Snapshot("", {"digest": ""}, {}, {}, {"any": dict(enumerate(it))}) for it in (before, after))
    (compared,) = comparison.compare(first, second, rules)
    return bool(verdict.judge(compared, rules).failures), compared.p_loss <= rules.alpha


def false_alarms(measured: list[Results], rules: Rules) -> pd.DataFrame:
    """Alarms among trainings that differ in their seed alone, each of which is then a false one.

    One row for each way to compare them: `compared`, in words, and `alarms`, a boolean for each comparison.
    """
    whole, tested = np.transpose([fails([old], [new], rules) for old, new in neighbors(measured)])
    rng = np.random.default_rng(0)
    drawn = [rng.choice(len(measured), 2 * GROUP, replace=False) for _ in measured]
    groups = [[measured[seed] for seed in seeds] for seeds in drawn]
    several = [fails(group[:GROUP], group[GROUP:], rules) for group in groups]
    whole_of_several, tested_of_several = np.transpose(several)
    flips = [both for pair in _flips(measured) for both in (pair, pair[::-1])]
    corrected = [statistics.mcnemar(*it, rules.seed_overdispersion) <= rules.alpha for it in flips]
    uncorrected = [statistics.mcnemar(*it) <= rules.alpha for it in flips]
    return pd.DataFrame(
        [
            ("one seed against the next: the test of accuracy", tested),
            ("one seed against the next: the whole gate", whole),
            ("every seed against every other, both ways: the test of accuracy", np.array(corrected)),
            ("every seed against every other, both ways: McNemar's test uncorrected", np.array(uncorrected)),
            (f"{GROUP} seeds drawn at random against {GROUP} others: Welch's t", tested_of_several),
            (f"{GROUP} seeds drawn at random against {GROUP} others: the whole gate", whole_of_several),
        ],
        columns=["compared", "alarms"],
    )


def overdispersion(measured: list[Results]) -> float:
    """The `seed_overdispersion` that these trainings show, all pairs of them together."""
    return statistics.seed_overdispersion(*np.array(_flips(measured)).T)


def _flips(measured: list[Results]) -> list[tuple[int, int]]:
    """The numbers of negative and positive flips of each pair of trainings."""
    misread = [set(it.errors["image"]) for it in measured]
    return [(len(new - old), len(old - new)) for old, new in combinations(misread, 2)]


def power(
    labels: np.ndarray, names: list[str], seeds: list[np.ndarray], rules: Rules, evaluate: Evaluate
) -> pd.DataFrame:
    """How often accuracy is found worse: one row a `loss`, the share of alarms where nothing else changed, `same`, and
    where the seed did as well, `other`. `seeds` are the probabilities (n, 10) of each training."""
    rng = np.random.default_rng(0)
    whole = [measure(labels, names, it, evaluate) for it in seeds]
    rows = []
    for loss in LOSSES:
        damaged = [measure(labels, names, inject_errors(it, labels, loss, rng), evaluate) for it in seeds]
        pairs = list(zip(whole, damaged, strict=True))
        same = np.mean([fails([it], [worse], rules)[1] for it, worse in pairs])
        other = np.mean([fails([old[0]], [new[1]], rules)[1] for old, new in neighbors(pairs)])
        rows.append((loss, same, other))
    return pd.DataFrame(rows, columns=["loss", "same", "other"])


def neighbors(items: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each with the next, the last with the first."""
    return zip(items, [*items[1:], items[0]], strict=True)


def inject_errors(probabilities: np.ndarray, labels: np.ndarray, loss: float, rng: np.random.Generator) -> np.ndarray:
    """`probabilities` with a share `loss` of all images predicted wrongly that were predicted correctly."""
    right = np.flatnonzero(probabilities.argmax(axis=1) == labels)
    chosen = rng.choice(right, round(loss * len(labels)), replace=False)
    damaged = probabilities.copy()
    damaged[chosen] = np.roll(damaged[chosen], 1, axis=1)
    return damaged
