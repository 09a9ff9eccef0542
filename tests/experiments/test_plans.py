"""Jobs of a sweep: combinations by hand, random samples that repeat, halving that keeps the best."""

import re

import pytest

from digits.config.params import load_params
from digits.config.runs import Run
from digits.experiments import plans
from digits.experiments.plans import Job
from support import ROOT, run

FAST, MLP = Run("fast", 0), Run("mlp", 0)


def changes(jobs: list[Job]) -> list[tuple[str, ...]]:
    return [job.changes for job in jobs]


def test_a_grid_is_every_combination_of_every_run():
    settings = ["recipes.fast.epochs=1,2", "recipes.fast.optimizer=adam,sgd"]
    jobs = plans.grid([FAST, Run("fast", 7)], settings)
    assert changes(jobs)[:4] == [
        ("recipes.fast.epochs=1", "recipes.fast.optimizer=adam"),
        ("recipes.fast.epochs=1", "recipes.fast.optimizer=sgd"),
        ("recipes.fast.epochs=2", "recipes.fast.optimizer=adam"),
        ("recipes.fast.epochs=2", "recipes.fast.optimizer=sgd"),
    ]
    assert [job.run.seed for job in jobs] == [0] * 4 + [7] * 4
    assert len({job.name for job in jobs}) == 8


def test_a_recipe_is_not_trained_again_for_another_one_s_setting():
    jobs = plans.grid([FAST, MLP], ["recipes.fast.epochs=1,2", "preprocess.seed=0,1"])
    assert len([job for job in jobs if job.run == FAST]) == 4
    assert changes([job for job in jobs if job.run == MLP]) == [("preprocess.seed=0",), ("preprocess.seed=1",)]


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("recipes.fast.epochs=range(1,4)", ["1", "2", "3"]),
        ("recipes.fast.channels=[8, 8, 8, 8],[9,9,9,9]", ["[8,8,8,8]", "[9,9,9,9]"]),
        ("recipes.fast.augmentation=null", ["null"]),
        ("recipes.fast.learning_rate=0.001,3e-3", ["0.001", "0.003"]),
        ("recipes.fast.learning_rate=0.00012345678", ["0.00012345678"]),
    ],
)
def test_values_are_what_the_parameters_take(setting: str, values: list[str]):
    jobs = plans.grid([FAST], [setting])
    assert [job.changes[0].split("=")[1] for job in jobs] == values
    for job in jobs:
        load_params(ROOT / "params.yaml", plans.assignments(job))


def test_samples_lie_in_their_interval_and_repeat():
    settings = ["recipes.fast.learning_rate=tag(log,interval(0.001,0.1))", "recipes.fast.epochs=1,2"]
    jobs = plans.sampled([FAST], settings, 200, seed=0)
    rates = [float(job.changes[0].split("=")[1]) for job in jobs]
    assert 0.001 <= min(rates) < 0.002
    assert 0.05 < max(rates) <= 0.1
    assert all(len(f"{rate:e}".split("e")[0].rstrip("0")) <= len("1.234") for rate in rates)
    assert 70 < sum(rate < 0.01 for rate in rates) < 130  # as many in each decade
    assert plans.sampled([FAST], settings, 200, seed=0) == jobs
    assert plans.sampled([FAST], settings, 200, seed=1) != jobs
    jobs = plans.sampled([FAST], ["recipes.fast.learning_rate=interval(0.06,0.1)"], 200, seed=0)
    even = [float(job.changes[0].split("=")[1]) for job in jobs]
    assert 0.06 <= min(even) < 0.061
    assert 0.099 < max(even) <= 0.1
    assert 80 < sum(rate < 0.08 for rate in even) < 120
    jobs = plans.sampled([FAST], ["recipes.fast.learning_rate=0.00012345678,0.5"], 2, seed=0)
    assert {job.changes[0].split("=")[1] for job in jobs} == {"0.00012345678", "0.5"}  # choices are not rounded


@pytest.mark.parametrize("setting", ["recipes.fast.epochs", "recipes.fast.epochs=[1"])
def test_what_is_not_a_setting_is_named(setting: str):
    with pytest.raises(ValueError, match="is not a setting such as"):
        plans.grid([FAST], [setting])


def test_an_interval_is_no_grid():
    with pytest.raises(ValueError, match="--samples"):
        plans.grid([FAST], ["recipes.fast.learning_rate=interval(0.001,0.1)"])


@pytest.mark.parametrize(
    "change", ["recipes.fast.epoch=3", "recipes.fast.epochs=0", "recipe.fast.epochs=3", "train.models=[vgg]"]
)
def test_an_impossible_parameter_is_found_before_anything_runs(change: str):
    key = change.split("=")[0].split(".")[0]
    with pytest.raises(ValueError, match=key):
        load_params(ROOT / "params.yaml", plans.assignments(Job(FAST, (change,))))


@pytest.mark.parametrize(
    ("variants", "epochs", "rungs"),
    [(27, 30, [1, 3, 10, 30]), (9, 30, [3, 10, 30]), (8, 30, [10, 30]), (1, 30, [30]), (100, 2, [1, 2])],
)
def test_rounds_of_halving_end_with_all_epochs(variants: int, epochs: int, rungs: list[int]):
    assert plans.rungs(variants, epochs, 3) == rungs


def test_the_best_by_the_mean_over_their_seeds_survive():
    def result(accuracy: float, loss: float = 0.0) -> dict[str, float]:
        return {"validation_accuracy": accuracy, "validation_loss": loss}

    lucky, steady, equal, poor = ([Job(Run("fast", seed), (name,)) for seed in (0, 1)] for name in "abcd")
    results = {
        **dict(zip(lucky, (result(0.99), result(0.5)), strict=True)),
        **dict(zip(steady, (result(0.9, 0.3), result(0.9, 0.3)), strict=True)),
        **dict(zip(equal, (result(0.9, 0.2), result(0.9, 0.2)), strict=True)),
        **dict(zip(poor, (result(0.1), result(0.1)), strict=True)),
    }
    assert plans.survivors(results, 4) == equal
    assert plans.survivors(results, 2) == equal + steady
    assert plans.survivors(dict(reversed(results.items())), 4) == equal[::-1]
    assert plans.with_epochs(steady[0], 3).changes == ("b", "recipes.fast.epochs=3")


def documented() -> list[str]:
    text = (ROOT / "README.md").read_text() + (ROOT / "docs/sweeps.md").read_text()
    return re.findall(r"^make sweep SWEEP=.*", text, re.M)


@pytest.mark.parametrize("command", documented())
def test_the_documented_sweeps_reach_it_through_make_and_the_shell(command: str):
    dry = command.replace("make", "make --dry-run --no-print-directory", 1)  # make within make names folders as well
    would = run(["bash", "-c", dry], ROOT).stdout.splitlines()[-1]
    printing = would.replace(".venv/bin/python -m apps.sweep", "printf '%s\\n'")
    words = run(["sh", "-c", printing], ROOT).stdout.splitlines()
    settings = [words[at + 1] for at, word in enumerate(words) if word == "-S"]
    runs = [Run(word, 0) for word in words if word in ("fast", "best")]
    assert plans.sampled(runs, settings, 2, seed=0)
