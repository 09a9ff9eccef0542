"""Tests of chance, held to brute force and to simulation."""

from itertools import combinations, product
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digits import significance

counts = st.integers(min_value=0, max_value=12)
probabilities = st.floats(min_value=0, max_value=1)


@given(counts, counts)
def test_mcnemar_is_the_share_of_all_outcomes_that_are_as_bad(broken: int, fixed: int):
    outcomes = [sum(each) for each in product((0, 1), repeat=broken + fixed)] if broken + fixed <= 12 else None
    if outcomes is None:
        total = broken + fixed
        expected = sum(comb(total, k) for k in range(broken, total + 1)) / 2**total
    else:
        expected = np.mean([outcome >= broken for outcome in outcomes])
    assert significance.mcnemar(broken, fixed) == pytest.approx(expected)


def test_mcnemar_of_eight_broken_and_two_fixed_by_hand():
    assert significance.mcnemar(8, 2) == pytest.approx((45 + 10 + 1) / 1024)


@given(st.lists(probabilities, min_size=1, max_size=6), st.floats(min_value=0.001, max_value=0.5))
def test_holm_rejects_what_bonferroni_rejects_in_every_subset(values: list[float], level: float):
    """Holm's procedure is the closed test built from Bonferroni's."""
    indices = range(len(values))
    for tested in indices:
        families = [it for size in indices for it in combinations(indices, size + 1) if tested in it]
        closed = all(min(values[i] for i in family) * len(family) <= level for family in families)
        adjusted = significance.holm(values)[tested]
        assert (adjusted <= level) == closed or adjusted == pytest.approx(level)


@pytest.mark.parametrize(("changed", "level"), [(0, 0.05), (10, 0.05), (34, 0.05), (35, 0.01), (200, 0.05)])
def test_the_detectable_drop_is_seen_as_often_as_promised_and_one_image_less_is_not(changed: int, level: float):
    rng = np.random.default_rng(0)

    def seen(loss: int) -> float:
        total = changed + loss
        broken, times = np.unique(rng.binomial(total, (changed / 2 + loss) / total, 20_000), return_counts=True)
        alarms = [significance.mcnemar(int(it), total - int(it)) <= level for it in broken]
        return float(np.average(alarms, weights=times))

    loss = significance.detectable_images(changed, level, 0.8)
    assert seen(loss) > 0.79
    assert loss == 1 or seen(loss - 1) < 0.81


def test_with_asymmetry_the_broken_ones_are_binomial_with_a_chance_that_varies():
    rng = np.random.default_rng(2)
    spread = 0.04
    shape = (1 / (4 * spread**2) - 1) / 2
    chances = rng.beta(shape, shape, 200_000)
    assert np.std(chances) == pytest.approx(spread, rel=0.01)
    broken = rng.binomial(150, chances)
    for count in (75, 85, 95, 110):
        assert significance.mcnemar(count, 150 - count, spread) == pytest.approx(np.mean(broken >= count), abs=0.004)
    assert significance.seed_asymmetry(broken, 150 - broken) == pytest.approx(spread, rel=0.05)
    assert significance.seed_asymmetry(np.array([50, 51]), np.array([50, 49])) == 0
    assert significance.detectable_images(150, 0.05, 0.8, spread) > significance.detectable_images(150, 0.05, 0.8)
    assert significance.detectable_images(0, 0.05, 0.8, spread) == 5


def test_without_noise_five_broken_images_are_the_fewest_that_show():
    assert significance.detectable_images(0, 0.05, 0.8) == 5  # 1/32


def test_welch_alarms_at_its_level_and_the_detectable_mean_is_seen_as_promised():
    rng = np.random.default_rng(1)
    before, after = rng.normal(0.99, 0.0005, (4000, 5)), rng.normal(0.99, 0.0005, (4000, 5))
    pairs = list(zip(before, after, strict=True))
    assert np.mean([significance.welch(*pair) <= 0.05 for pair in pairs]) == pytest.approx(0.05, abs=0.011)
    drop = np.median([significance.detectable_mean(*pair, 0.05, 0.8) for pair in pairs[:500]])
    seen = np.mean([significance.welch(old, new - drop) <= 0.05 for old, new in pairs])
    assert seen == pytest.approx(0.8, abs=0.05)


def test_seeds_that_all_agree_are_compared_without_a_spread():
    assert significance.welch([0.9, 0.9], [0.9, 0.9]) == 1
    assert significance.welch([0.9, 0.9], [0.8, 0.8]) == 0
    assert significance.welch([0.9, 0.9], [0.95, 0.95]) == 1
    assert significance.detectable_mean([0.9, 0.9], [0.9, 0.9], 0.05, 0.8) == 0
