"""How often the gate alarms for nothing, and how often it sees a loss, over many trainings that differ in their seed.

Knows how to make pairs, losses and counts. Where the trainings come from is known to `apps/gate_rates.py`, what an
alarm is to `gate`.
"""

from collections.abc import Iterator
from itertools import combinations, permutations
from typing import Any

import numpy as np
import pandas as pd

from digits import comparison, gate, metrics, params, significance
from digits.gate_params import Gate
from digits.snapshot import Results, Snapshot

GROUP = 5  # seeds on each side, where several are compared
LOSSES = [0.001, 0.002, 0.003, 0.005, 0.01, 0.02]  # as shares of all images


def measure(labels: np.ndarray, names: list[str], probabilities: np.ndarray, section: params.Evaluate) -> Results:
    """What `evaluate` would have tracked."""
    scores = metrics.scores(labels, probabilities, section.confidence_level, section.calibration_bins)
    recall = metrics.per_class(labels, probabilities.argmax(axis=1))["recall"].min()
    same = {"parameters": 0, "model_bytes": 0, "worst_recall": recall}
    return Results({**scores, **same}, metrics.errors(names, labels, probabilities), b"", pd.DataFrame())


def fails(before: list[Results], after: list[Results], section: Gate) -> tuple[bool, bool]:
    """Whether the gate fails, and whether its test of accuracy does."""
    first, second = (Snapshot("", {"digest": ""}, {}, {}, {"any": dict(enumerate(it))}) for it in (before, after))
    (compared,) = comparison.compare(first, second, section)
    return bool(gate.judge(compared, section).failures), compared.p_loss <= section.level


def false_alarms(measured: list[Results], section: Gate) -> pd.DataFrame:
    """Alarms among trainings that differ in their seed alone, each of which is then a false one.

    One row for each way to compare them: `compared`, in words, and `alarms`, a boolean for each comparison.
    """
    rows = [fails([old], [new], section) for old, new in neighbours(measured)]
    rng = np.random.default_rng(0)
    drawn = [rng.choice(len(measured), 2 * GROUP, replace=False) for _ in measured]
    groups = [[measured[seed] for seed in seeds] for seeds in drawn]
    several = [fails(group[:GROUP], group[GROUP:], section) for group in groups]
    misread = [set(it.errors["image"]) for it in measured]
    counts = [(len(new - old), len(old - new)) for old, new in permutations(misread, 2)]
    uncorrected = [significance.mcnemar(broken, fixed) <= section.level for broken, fixed in counts]
    corrected = [significance.mcnemar(*it, section.seed_asymmetry) <= section.level for it in counts]
    whole, tested = np.transpose(rows)
    whole_of_several, tested_of_several = np.transpose(several)
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


def asymmetry(measured: list[Results]) -> float:
    """The `seed_asymmetry` that these trainings show, all pairs of them together."""
    misread = [set(it.errors["image"]) for it in measured]
    counts = np.array([(len(new - old), len(old - new)) for old, new in combinations(misread, 2)])
    return significance.seed_asymmetry(*counts.T)


def power(
    labels: np.ndarray,
    names: list[str],
    seeds: list[np.ndarray],
    section: Gate,
    evaluate: params.Evaluate,
) -> pd.DataFrame:
    """How often accuracy is found worse: one row a `loss`, the share of alarms where nothing else changed, `same`, and
    where the seed did as well, `other`. `seeds` are what each training gives for the images, (n, 10)."""
    rng = np.random.default_rng(0)
    whole = [measure(labels, names, it, evaluate) for it in seeds]
    rows = []
    for loss in LOSSES:
        damaged = [measure(labels, names, misreading(it, labels, loss, rng), evaluate) for it in seeds]
        pairs = list(zip(whole, damaged, strict=True))
        same = np.mean([fails([it], [worse], section)[1] for it, worse in pairs])
        other = np.mean([fails([old[0]], [new[1]], section)[1] for old, new in neighbours(pairs)])
        rows.append((loss, same, other))
    return pd.DataFrame(rows, columns=["loss", "same", "other"])


def neighbours(items: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each with the next, the last with the first."""
    return zip(items, [*items[1:], items[0]], strict=True)


def misreading(probabilities: np.ndarray, labels: np.ndarray, loss: float, rng: np.random.Generator) -> np.ndarray:
    """`probabilities` with a share `loss` of all images, read rightly before, read wrongly."""
    right = np.flatnonzero(probabilities.argmax(axis=1) == labels)
    chosen = rng.choice(right, round(loss * len(labels)), replace=False)
    damaged = probabilities.copy()
    damaged[chosen] = np.roll(damaged[chosen], 1, axis=1)
    return damaged
