"""Tests of chance, checked by brute force and by simulation."""

from fractions import Fraction
from itertools import combinations, product
from math import comb, prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digits.gate import statistics

counts = st.integers(min_value=0, max_value=12)
probabilities = st.floats(min_value=0, max_value=1)


@given(counts, counts)
def test_mcnemar_is_the_share_of_outcomes_as_bad(negative: int, positive: int):
    total = negative + positive
    if total <= 12:
        expected = np.mean([sum(each) >= negative for each in product((0, 1), repeat=total)])
    else:
        expected = sum(comb(total, k) for k in range(negative, total + 1)) / 2**total
    assert statistics.mcnemar(negative, positive) == pytest.approx(expected)


@given(st.lists(probabilities, min_size=1, max_size=6), st.floats(min_value=0.001, max_value=0.5))
def test_holm_is_the_closed_test_of_bonferroni(values: list[float], alpha: float):
    indices = range(len(values))
    for tested in indices:
        families = [family for size in indices for family in combinations(indices, size + 1) if tested in family]
        closed = all(min(values[i] for i in family) * len(family) <= alpha for family in families)
        adjusted = statistics.holm(values)[tested]
        assert (adjusted <= alpha) == closed or adjusted == pytest.approx(alpha)


@pytest.mark.parametrize(("flips", "alpha"), [(0, 0.05), (10, 0.05), (34, 0.05), (35, 0.01), (200, 0.05)])
def test_the_detectable_drop_is_detected_as_promised(flips: int, alpha: float):
    rng = np.random.default_rng(0)

    def power(loss: int) -> float:
        total = flips + loss
        negative, times = np.unique(rng.binomial(total, (flips / 2 + loss) / total, 20_000), return_counts=True)
        alarms = [statistics.mcnemar(count, total - count) <= alpha for count in negative.tolist()]
        return float(np.average(alarms, weights=times))

    loss = statistics.minimum_detectable_images(flips, alpha, 0.8)
    assert power(loss) > 0.79
    assert loss == 1 or power(loss - 1) < 0.81


def test_overdispersed_flips_have_a_varying_probability():
    rng = np.random.default_rng(2)
    spread = 0.04
    shape = (1 / (4 * spread**2) - 1) / 2
    chances = rng.beta(shape, shape, 200_000)
    assert np.std(chances) == pytest.approx(spread, rel=0.01)
    negative = rng.binomial(150, chances)
    for count in (75, 85, 95, 110):
        simulated = np.mean(negative >= count)
        assert statistics.mcnemar(count, 150 - count, spread) == pytest.approx(simulated, abs=0.004)
    assert statistics.seed_overdispersion(negative, 150 - negative) == pytest.approx(spread, rel=0.05)
    assert statistics.seed_overdispersion(np.array([50, 51]), np.array([50, 49])) == 0
    without = statistics.minimum_detectable_images(150, 0.05, 0.8)
    assert statistics.minimum_detectable_images(150, 0.05, 0.8, spread) > without
    assert statistics.minimum_detectable_images(0, 0.05, 0.8, spread) == 5  # 1/32


def test_welch_alarms_and_detects_as_promised():
    rng = np.random.default_rng(1)
    before, after = rng.normal(0.99, 0.0005, (1000, 5)), rng.normal(0.99, 0.0005, (1000, 5))
    pairs = list(zip(before, after, strict=True))
    assert np.mean([statistics.welch(*pair) <= 0.05 for pair in pairs]) == pytest.approx(0.05, abs=0.024)
    drop = np.median([statistics.minimum_detectable_mean(*pair, 0.05, 0.8) for pair in pairs[:400]])
    detected = np.mean([statistics.welch(old, new - drop) <= 0.05 for old, new in pairs])
    assert detected == pytest.approx(0.8, abs=0.06)


def test_seeds_that_all_agree_are_compared_without_a_spread():
    assert statistics.welch([0.9, 0.9], [0.9, 0.9]) == 1
    assert statistics.welch([0.9, 0.9], [0.8, 0.8]) == 0
    assert statistics.welch([0.9, 0.9], [0.95, 0.95]) == 1
    assert statistics.minimum_detectable_mean([0.9, 0.9], [0.9, 0.9], 0.05, 0.8) == 0


def test_a_tiny_p_value_does_not_cancel_to_zero():
    shape = Fraction(1) / (4 * Fraction(4, 100) ** 2) / 2 - Fraction(1, 2)  # exact arithmetic, by the definition

    def rising(base: Fraction, count: int) -> Fraction:
        return prod((base + step for step in range(count)), start=Fraction(1))

    def pmf(count: int) -> Fraction:
        return comb(112, count) * rising(shape, count) * rising(shape, 112 - count) / rising(2 * shape, 112)

    expected = float(sum(pmf(count) for count in range(105, 113)))
    assert 0 < expected < 1e-15
    assert statistics.mcnemar(105, 7, 0.04) == pytest.approx(expected, rel=1e-9, abs=0)
