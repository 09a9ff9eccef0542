"""The measurement of the gate's error rates, on simulated models whose truth is known."""

import re

import numpy as np

from benchmarks import gate_power, gate_rates
from digits.config.params import load_params
from digits.gate import statistics
from digits.gate.rules import Rules
from support import ROOT

EVALUATE = load_params(ROOT / "params.yaml").evaluate
RULES = Rules.model_validate(
    {
        "alpha": 0.05,
        "power": 0.8,
        "seed_overdispersion": {"default": 0.0},
        "dataset": "mnist",
        "tolerances": {"accuracy": 0.0},
        "limits": {},
    }
)
IMAGES = 1000
LABELS = np.repeat(np.arange(10), IMAGES // 10)
NAMES = [f"{number:012x}" for number in range(IMAGES)]


def models(count: int, share: float) -> list[np.ndarray]:
    """Probabilities of models that each misread an image with probability `share`, independently."""
    rng = np.random.default_rng(3)
    right = np.eye(10)[LABELS] * 0.8 + 0.02
    wrong = rng.random((count, IMAGES)) < share
    return [np.where(it[:, None], np.roll(right, 1, axis=1), right) for it in wrong]


def test_equal_models_alarm_as_often_as_stated_and_the_page_tells_it():
    measured = [gate_power.measure(LABELS, NAMES, it, EVALUATE) for it in models(24, 0.05)]
    alarms = gate_power.false_alarms(measured, RULES)
    rates = dict(zip(alarms["compared"], alarms["rate"], strict=True))
    uncorrected = "every seed against every other, both ways: McNemar's test uncorrected"
    assert 0.01 < rates[uncorrected] < 0.08
    assert statistics.seed_overdispersion(*gate_power.flips([it.errors for it in measured]).T) < 0.03
    assert max(rates.values()) < 0.13
    power = gate_power.power(LABELS, NAMES, models(2, 0.03), RULES, EVALUATE)
    page = gate_rates.page(alarms, power, measured, RULES)
    assert re.search(rf"{re.escape(uncorrected)} +\| 552 +\| \d+ +\| {rates[uncorrected]:.1%} ", page)


def test_a_greater_loss_is_detected_more_often_and_other_seeds_hide_it():
    power = gate_power.power(LABELS, NAMES, models(8, 0.03), RULES, EVALUATE).set_index("loss")
    assert power.loc[0.002, "same"] == 0  # two negative flips and no positive one are never significant
    assert power.loc[0.005, "same"] == 1  # five are always
    assert power.loc[0.001, "other"] <= 0.25
    assert power.loc[0.02, "other"] > 0.6


def test_injected_errors_are_so_many_and_among_the_correct_predictions():
    (before,) = models(1, 0.1)
    after = gate_power.inject_errors(before, LABELS, 0.02, np.random.default_rng(0))
    was, now = before.argmax(axis=1) == LABELS, after.argmax(axis=1) == LABELS
    assert (was & ~now).sum() == 20
    assert not (now & ~was).any()
