"""The measurement of the gate's errors: on made-up readers whose truth is known, and once for real."""

import re
from pathlib import Path

import numpy as np
from conftest import git, run

from digits import alarms, params
from digits.gate_params import Gate

EVALUATE = params.load(Path(__file__).parents[1] / "params.yaml").evaluate
SECTION = Gate.model_validate(
    {"level": 0.05, "power": 0.8, "seed_asymmetry": 0.0, "allowed_drops": {"accuracy": 0.0}, "limits": {}}
)
IMAGES = 1000
LABELS = np.repeat(np.arange(10), IMAGES // 10)
NAMES = [f"{number:012x}" for number in range(IMAGES)]


def readers(count: int, share: float) -> list[np.ndarray]:
    """Readers that each misread an image with probability `share`, independently."""
    rng = np.random.default_rng(3)
    right = np.eye(10)[LABELS] * 0.8 + 0.02
    wrong = rng.random((count, IMAGES)) < share
    return [np.where(it[:, None], np.roll(right, 1, axis=1), right) for it in wrong]


def test_readers_that_are_alike_alarm_as_often_as_stated():
    measured = [alarms.measure(LABELS, NAMES, it, EVALUATE) for it in readers(60, 0.05)]
    rates = {row["compared"]: np.mean(row["alarms"]) for _, row in alarms.false_alarms(measured, SECTION).iterrows()}
    assert 0.01 < rates["every seed against every other, both ways: McNemar's test uncorrected"] < 0.06
    assert alarms.asymmetry(measured) < 0.03
    assert max(rates.values()) < 0.12


def test_a_greater_loss_is_seen_more_often_and_other_noise_hides_it():
    seen = alarms.power(LABELS, NAMES, readers(30, 0.03), SECTION, EVALUATE).set_index("loss")
    assert seen.loc[0.002, "same"] == 0  # two images broken, none fixed: never significant
    assert seen.loc[0.005, "same"] == 1  # five: always
    assert seen["other"].is_monotonic_increasing
    assert seen.loc[0.001, "other"] < 0.2
    assert seen.loc[0.02, "other"] > 0.6


def test_misreading_breaks_so_many_images_that_were_right():
    (before,) = readers(1, 0.1)
    after = alarms.misreading(before, LABELS, 0.02, np.random.default_rng(0))
    was, now = before.argmax(axis=1) == LABELS, after.argmax(axis=1) == LABELS
    assert (was & ~now).sum() == 20
    assert not (now & ~was).any()


def test_the_rates_of_real_trainings_are_printed_and_only_whole_runs_are_written(workspace: Path):
    out = run(["python", "-m", "apps.gate_rates", "--seeds", "10"], workspace).stdout
    assert "10 seeds of `mlp`, one epoch each, read the 130 validation images at" in out
    assert len(re.findall(r"^\| (?:one|every|5) .*%\s+\|$", out, flags=re.MULTILINE)) == 6
    assert len(re.findall(r"^\| \d\.\d ", out, flags=re.MULTILINE)) == len(alarms.LOSSES)
    assert git(workspace, "status", "--porcelain") == ""
