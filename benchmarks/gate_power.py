"""The gate's false-alarm rate and power, over trainings that differ in their seed alone."""

from functools import cache
from itertools import permutations

import numpy as np
import pandas as pd

from digits.config.params import Evaluate
from digits.data.datasets import CLASSES
from digits.evaluation import metrics
from digits.gate import comparison, statistics, verdict
from digits.gate.rules import Rules
from digits.versions import run_results, snapshots
from digits.versions.git_tree import WorkingTree
from digits.versions.run_results import Results
from digits.versions.snapshots import Snapshot

RECIPE = "mlp"
GROUP = 5  # seeds on each side, if several are compared
LOSSES = [0.001, 0.002, 0.003, 0.005, 0.01, 0.02]  # as shares of all images


def measure(labels: np.ndarray, names: list[str], probabilities: np.ndarray, section: Evaluate) -> Results:
    """What `evaluate` would have tracked of a model's `probabilities` (n, 10) for images with `labels` (n,)."""
    scores = metrics.scores(labels, probabilities, section.confidence_level, section.calibration_bins)
    errors = metrics.errors(names, labels, probabilities)
    matrix = run_results.confusion(errors, np.bincount(labels, minlength=CLASSES))
    return Results({**scores, **run_results.recalls(matrix)}, errors, b"", matrix)


def fails(before: list[Results], after: list[Results], rules: Rules) -> tuple[bool, bool]:
    """Whether the test of accuracy fails, and whether the gate does."""
    dataset = {"dataset": rules.dataset, "digest": ""}
    first, second = (
        Snapshot("", dataset, {}, {}, {RECIPE: dict(enumerate(it))}, higher_is_better=_directions())
        for it in (before, after)
    )
    (compared,) = comparison.compare(first, second, rules)
    return compared.p_loss <= rules.alpha, bool(verdict.judge(compared, rules).failures)


@cache
def _directions() -> dict[str, bool]:
    return snapshots.higher_is_better(WorkingTree())


def false_alarms(measured: list[Results], rules: Rules) -> pd.DataFrame:
    """Alarms among trainings that differ in their seed alone, each of which is then a false one.

    One row per way to compare them: `compared`, in words, the numbers of `comparisons` and `alarms`, and the `rate`.
    """
    of_next = [*measured[1:], measured[0]]
    one = np.array([fails([old], [new], rules) for old, new in zip(measured, of_next, strict=True)])
    rng = np.random.default_rng(0)
    groups = [[measured[seed] for seed in rng.choice(len(measured), 2 * GROUP, replace=False)] for _ in measured]
    several = np.array([fails(group[:GROUP], group[GROUP:], rules) for group in groups])
    pairs = flips([it.errors for it in measured]).tolist()
    spread = rules.overdispersion(RECIPE)
    corrected, plain = (np.array([statistics.mcnemar(*it, by) <= rules.alpha for it in pairs]) for by in (spread, 0.0))
    drawn = f"{GROUP} seeds drawn at random against {GROUP} others"
    found = {
        "one seed against the next: the test of accuracy": one[:, 0],
        "one seed against the next: accuracy and tolerances": one[:, 1],
        "every seed against every other, both ways: the test of accuracy": corrected,
        "every seed against every other, both ways: McNemar's test uncorrected": plain,
        f"{drawn}: Welch's t": several[:, 0],
        f"{drawn}: accuracy and tolerances": several[:, 1],
    }
    rows = [(words, len(alarms), int(alarms.sum()), alarms.mean()) for words, alarms in found.items()]
    return pd.DataFrame(rows, columns=["compared", "comparisons", "alarms", "rate"])


def flips(errors: list[pd.DataFrame]) -> np.ndarray:
    """The numbers of negative and positive flips of each ordered pair of trainings, (pairs, 2), by misread images."""
    misread = []
    for table in errors:
        copies = table.groupby(["image", "actual"]).cumcount()  # equal images are counted apart
        misread.append(set(zip(table["image"], table["actual"], copies, strict=True)))
    return np.array([(len(new - old), len(old - new)) for old, new in permutations(misread, 2)])


def power(
    labels: np.ndarray, names: list[str], seeds: list[np.ndarray], rules: Rules, evaluate: Evaluate
) -> pd.DataFrame:
    """How often accuracy is found worse after a loss, by the probabilities (n, 10) of each training in `seeds`.

    One row per `loss`: the share of alarms if nothing else changed, `same`, and if the seed did as well, `other`.
    """
    rng = np.random.default_rng(0)
    whole = [measure(labels, names, it, evaluate) for it in seeds]
    rows = []
    for loss in LOSSES:
        damaged = [measure(labels, names, inject_errors(it, labels, loss, rng), evaluate) for it in seeds]
        of_next = [*damaged[1:], damaged[0]]
        same, other = (
            np.mean([fails([old], [new], rules)[0] for old, new in zip(whole, after, strict=True)])
            for after in (damaged, of_next)
        )
        rows.append((loss, same, other))
    return pd.DataFrame(rows, columns=["loss", "same", "other"])


def inject_errors(probabilities: np.ndarray, labels: np.ndarray, loss: float, rng: np.random.Generator) -> np.ndarray:
    """`probabilities` with wrong predictions for a share `loss` of all images, drawn from those predicted correctly."""
    right = np.flatnonzero(probabilities.argmax(axis=1) == labels)
    chosen = rng.choice(right, round(loss * len(labels)), replace=False)
    damaged = probabilities.copy()
    damaged[chosen] = np.roll(damaged[chosen], 1, axis=1)
    return damaged
