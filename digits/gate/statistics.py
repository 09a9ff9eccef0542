"""Is one result worse than another by more than chance, and how much worse must it be to be detected?

Pure: counts and accuracies in, probabilities out, with SciPy's distributions. All tests are one-sided, since only a
loss is to raise an alarm: exchange the arguments to test for a gain.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.stats import betabinom, binom, nct, ttest_ind
from scipy.stats import t as student


def mcnemar(negative_flips: int, positive_flips: int, overdispersion: float = 0.0) -> float:
    """The p-value of the exact test of McNemar (1947): the probability of at least so many negative flips among all
    flips, if a flip is as likely to be negative as positive.

    That holds for two given models. Two trainings of one recipe are never equally good: between them, the probability
    that a flip is negative has a standard deviation of `overdispersion` around one half.
    """
    chances = _negative_flips(negative_flips + positive_flips, 0.5, overdispersion)
    return min(1.0, float(chances[negative_flips:].sum()))  # SciPy's `sf` subtracts from 1: 0 below 1e-15


def _negative_flips(flips: int, share: float, overdispersion: float) -> np.ndarray:
    """The probabilities of 0 to `flips` negative flips, if `share` of them are negative on average: binomial, or
    beta-binomial where the share varies by `overdispersion`."""
    counts = np.arange(flips + 1)
    if not overdispersion or not flips:
        return binom.pmf(counts, flips, share)
    concentration = 1 / (4 * overdispersion**2) - 1
    return betabinom.pmf(counts, flips, concentration * share, concentration * (1 - share) or 1e-9)


def welch(before: Sequence[float], after: Sequence[float]) -> float:
    """The p-value of Welch's t-test (1947) on the accuracies of several seeds, at least two each: the probability that
    `after` is so much lower by chance. Equal values without any spread are no evidence: 1."""
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

    def power_at(loss: int) -> float:
        total = flips + loss
        shares = 0.5, (flips / 2 + loss) / total  # of negative flips: without the loss, with it
        chances = [np.append(_negative_flips(total, share, overdispersion), 0) for share in shares]
        p_values, at_least = (np.cumsum(chance[::-1])[::-1] for chance in chances)
        return float(at_least[np.argmax(p_values <= alpha)])

    return 1 + bisect_left(range(1, 2 * flips + 100), power, key=power_at)


def minimum_detectable_mean(before: Sequence[float], after: Sequence[float], alpha: float, power: float) -> float:
    """The least loss of mean accuracy that `welch` detects at level `alpha` with probability `power`, if the spread
    over seeds is what it is here."""
    error = _error(before, after)
    if not error:
        return 0.0
    freedom = error**4 / sum((np.var(seeds, ddof=1) / len(seeds)) ** 2 / (len(seeds) - 1) for seeds in (before, after))
    critical = student.isf(alpha, freedom)
    return error * float(brentq(lambda ratio: nct.sf(critical, freedom, ratio) - power, 0, 10 * critical + 10))


def _error(before: Sequence[float], after: Sequence[float]) -> float:
    """The standard error of the difference of the means; 0 where seeds differ by rounding at most."""
    error = math.sqrt(sum(np.var(seeds, ddof=1) / len(seeds) for seeds in (before, after)))
    return error if error > 1e-12 else 0.0
