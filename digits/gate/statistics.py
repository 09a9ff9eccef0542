"""Is one result worse than another by more than chance, and how much worse must it be to be detected?

Pure: counts and accuracies in, probabilities out, with SciPy's distributions. All tests are one-sided, since only a
loss is to raise an alarm: exchange the arguments to test for a gain.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.stats import betabinom, binom, binomtest, nct, ttest_ind
from scipy.stats import t as student


def mcnemar(negative_flips: int, positive_flips: int, overdispersion: float = 0.0) -> float:
    """The p-value of the exact test of McNemar (1947): the probability of at least so many negative flips among all
    flips, if a flip is as likely to be negative as positive.

    That holds for two given models. Two trainings of one recipe are never equally good: between them, the probability
    that a flip is negative has a standard deviation of `overdispersion` around one half, and the number of negative
    flips is beta-binomial.
    """
    flips = negative_flips + positive_flips
    if not flips:
        return 1.0
    if not overdispersion:
        return float(binomtest(negative_flips, flips, 0.5, alternative="greater").pvalue)
    shape = _concentration(overdispersion) / 2
    # The sum of the probabilities: SciPy's `sf` subtracts from 1, and gives 0 for p-values below 1e-15.
    return min(1.0, float(betabinom.pmf(np.arange(negative_flips, flips + 1), flips, shape, shape).sum()))


def _concentration(overdispersion: float) -> float:
    """The sum of the parameters of the symmetric beta distribution with standard deviation `overdispersion`."""
    return 1 / (4 * overdispersion**2) - 1


def welch(before: Sequence[float], after: Sequence[float]) -> float:
    """The p-value of Welch's t-test (1947) on the accuracies of several seeds: the probability that `after` is so much
    lower by chance.

    Both have at least two values. Equal values without any spread are no evidence: 1.
    """
    if not _error(before, after):
        return 1.0 if np.mean(after) >= np.mean(before) else 0.0
    return float(ttest_ind(after, before, equal_var=False, alternative="less").pvalue)


def holm(values: Sequence[float]) -> list[float]:
    """The p-values of several tests adjusted by Holm (1979): the probability of any false alarm among them is at most
    the level at which each is judged."""
    order = np.argsort(values)
    steps = np.asarray(values)[order] * (len(values) - np.arange(len(values)))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(steps))
    return adjusted.tolist()


def seed_overdispersion(negative_flips: np.ndarray, positive_flips: np.ndarray) -> float:
    """The `overdispersion` of `mcnemar` that pairs of trainings with these numbers of flips, (n,) each, show, by the
    method of moments; 0 where they differ by no more than independent flips would."""
    flips = negative_flips + positive_flips
    beyond_chance = np.mean((negative_flips - positive_flips) ** 2.0) - np.mean(flips)
    return math.sqrt(max(0.0, beyond_chance / (4 * np.mean(flips * (flips - 1.0)))))


def minimum_detectable_images(flips: int, alpha: float, power: float, overdispersion: float = 0.0) -> int:
    """The least net loss, in images, that `mcnemar` detects at level `alpha` with probability `power`.

    `flips` are taken to happen for no reason, half of them each way, and the loss to come on top of them.
    """
    losses = range(1, 2 * flips + 100)
    at = bisect_left(losses, power, key=lambda loss: _power_of_mcnemar(flips, loss, alpha, overdispersion))
    return losses[at]


def _power_of_mcnemar(flips: int, loss: int, alpha: float, overdispersion: float) -> float:
    """The probability that `mcnemar` detects a loss of `loss` images on top of `flips` that happen anyway."""
    total = flips + loss
    counts = np.arange(total + 2)  # of negative flips; the last is one more than there can be
    chances = [0.5, (flips / 2 + loss) / total]  # that a flip is negative: without the loss, with it
    if overdispersion:
        shape = _concentration(overdispersion)
        exactly = [betabinom.pmf(counts, total, shape * it, shape * (1 - it) or 1e-9) for it in chances]
    else:
        exactly = [binom.pmf(counts, total, it) for it in chances]
    at_least = [np.cumsum(it[::-1])[::-1] for it in exactly]  # SciPy's own tail of a beta-binomial is slow
    return float(at_least[1][np.argmax(at_least[0] <= alpha)])


def minimum_detectable_mean(before: Sequence[float], after: Sequence[float], alpha: float, power: float) -> float:
    """The least loss of mean accuracy that `welch` detects at level `alpha` with probability `power`, if the spread
    over seeds is what it is here."""
    error = _error(before, after)
    if not error:
        return 0.0
    freedom = error**4 / sum((np.var(it, ddof=1) / len(it)) ** 2 / (len(it) - 1) for it in (before, after))
    critical = student.isf(alpha, freedom)
    return error * float(brentq(lambda ratio: nct.sf(critical, freedom, ratio) - power, 0, 10 * critical + 10))


def _error(before: Sequence[float], after: Sequence[float]) -> float:
    """The standard error of the difference of the means; 0 where seeds differ by rounding at most."""
    error = math.sqrt(sum(np.var(it, ddof=1) / len(it) for it in (before, after)))
    return error if error > 1e-12 else 0.0
