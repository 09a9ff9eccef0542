"""Is one result worse than another by more than chance, and how much worse would it have to be to show?

Pure: counts and accuracies in, probabilities out; SciPy's distributions do the work. Every test here is one-sided,
since only a loss is to raise an alarm: the same test with its sides exchanged speaks of a gain.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.stats import betabinom, binom, binomtest, nct, ttest_ind
from scipy.stats import t as student


def mcnemar(broken: int, fixed: int, asymmetry: float = 0.0) -> float:
    """The exact test of McNemar (1947) on paired answers: how likely so many of the changed ones, or more, are
    `broken`, if a change is as likely to break as to fix.

    That holds for two given models. Two trainings of one recipe are never equally good: between them, the chance that a
    change breaks has a standard deviation of `asymmetry` around one half. The changed answers are then beta-binomial.
    """
    changed = broken + fixed
    if not changed:
        return 1.0
    if not asymmetry:
        return float(binomtest(broken, changed, 0.5, alternative="greater").pvalue)
    shape = _concentration(asymmetry) / 2
    return float(betabinom.sf(broken - 1, changed, shape, shape))


def _concentration(asymmetry: float) -> float:
    """The sum of the parameters of the symmetric beta distribution with standard deviation `asymmetry`."""
    return 1 / (4 * asymmetry**2) - 1


def welch(before: Sequence[float], after: Sequence[float]) -> float:
    """Welch's t-test (1947) on the accuracies of several seeds: how likely `after` is so much lower by chance.

    Both have at least two values. Equal values without any spread are no evidence: 1.
    """
    if not _error(before, after):
        return 1.0 if np.mean(after) >= np.mean(before) else 0.0
    return float(ttest_ind(after, before, equal_var=False, alternative="less").pvalue)


def holm(values: Sequence[float]) -> list[float]:
    """`values` of several tests adjusted by Holm (1979), so that the chance of any false alarm among them keeps the
    level at which each is judged."""
    order = np.argsort(values)
    steps = np.asarray(values)[order] * (len(values) - np.arange(len(values)))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(steps))
    return adjusted.tolist()


def seed_asymmetry(broken: np.ndarray, fixed: np.ndarray) -> float:
    """The `asymmetry` of `mcnemar` that pairs of trainings with so many broken and fixed answers (n,) show, by the
    method of moments; 0 where they differ by no more than independent answers would."""
    changed = broken + fixed
    beyond_chance = np.mean((broken - fixed) ** 2.0) - np.mean(changed)
    return math.sqrt(max(0.0, beyond_chance / (4 * np.mean(changed * (changed - 1.0)))))


def detectable_images(changed: int, level: float, power: float, asymmetry: float = 0.0) -> int:
    """The least net loss, in images, that `mcnemar` would show at `level` with probability `power`.

    `changed` answers are taken to differ for no reason, half of them each way, and the loss to come on top of them.
    """
    losses = range(1, 2 * changed + 100)
    at = bisect_left(losses, power, key=lambda loss: _power_of_mcnemar(changed, loss, level, asymmetry))
    return losses[at]


def _power_of_mcnemar(changed: int, loss: int, level: float, asymmetry: float) -> float:
    """The probability that `mcnemar` shows a loss of `loss` images on top of `changed` that differ anyway."""
    together = changed + loss
    counts = np.arange(together + 2)  # of broken answers; the last is one more than there can be
    chances = [0.5, (changed / 2 + loss) / together]  # that a changed answer is a broken one: without the loss, with it
    if asymmetry:
        total = _concentration(asymmetry)
        exactly = [betabinom.pmf(counts, together, total * it, total * (1 - it) or 1e-9) for it in chances]
    else:
        exactly = [binom.pmf(counts, together, it) for it in chances]
    at_least = [np.cumsum(it[::-1])[::-1] for it in exactly]  # SciPy's own tail of a beta-binomial is slow
    return float(at_least[1][np.argmax(at_least[0] <= level)])


def detectable_mean(before: Sequence[float], after: Sequence[float], level: float, power: float) -> float:
    """The least loss of mean accuracy that `welch` would show at `level` with probability `power`, were the spread
    over seeds what it is here."""
    error = _error(before, after)
    if not error:
        return 0.0
    freedom = error**4 / sum((np.var(it, ddof=1) / len(it)) ** 2 / (len(it) - 1) for it in (before, after))
    critical = student.isf(level, freedom)
    return error * float(brentq(lambda ratio: nct.sf(critical, freedom, ratio) - power, 0, 10 * critical + 10))


def _error(before: Sequence[float], after: Sequence[float]) -> float:
    """The standard error of the difference of the means; 0 where seeds differ by rounding at most."""
    error = math.sqrt(sum(np.var(it, ddof=1) / len(it) for it in (before, after)))
    return error if error > 1e-12 else 0.0
