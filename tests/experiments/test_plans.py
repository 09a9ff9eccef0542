"""Jobs of a plan: combinations by hand, random samples that repeat, rounds of halving, mistakes that are named."""

import re
from pathlib import Path

import pytest

from digits.experiments import jobs, origin, plans
from digits.experiments.plans import Group
from support import ROOT, run


def variants(**content: object) -> list[str]:
    found = jobs.planned("group", Group.model_validate({"recipes": ["fast"], **content}))
    assert len({job.key for job in found}) == len(found)
    return [job.variant for job in found]


def test_a_grid_is_every_combination_for_every_seed_and_fold():
    group = Group(recipes=["fast"], seeds=[0, 7], folds=2, grid=["epochs=1,2", "recipes.fast.optimizer=adam,sgd"])
    found = jobs.planned("group", group)
    assert [job.own for job in found[::4]] == [
        "epochs=1 optimizer=adam",
        "epochs=1 optimizer=sgd",
        "epochs=2 optimizer=adam",
        "epochs=2 optimizer=sgd",
    ]
    assert [(job.run.seed, job.fold) for job in found[:4]] == [(0, "1/2"), (0, "2/2"), (7, "1/2"), (7, "2/2")]
    assert found[0].changes == ("recipes.fast.epochs=1", "recipes.fast.optimizer=adam")
    assert found[0].settings[-2:] == ["plans/fold.yaml:judged=0", "plans/fold.yaml:folds=2"]
    assert len({job.name for job in found}) == 16


def test_own_changes_replace_common_ones():
    group = Group(recipes=["fast"], common=["epochs=3", "batch_size=64"], variants={"base": [], "long": ["epochs=9"]})
    base, long = jobs.planned("group", group)
    assert base.changes == ("recipes.fast.epochs=3", "recipes.fast.batch_size=64")
    assert long.changes == ("recipes.fast.epochs=9", "recipes.fast.batch_size=64")
    assert (base.own, long.own) == ("", "epochs=9")


def test_a_recipe_is_not_trained_again_for_another_one_s_setting():
    grid = ["recipes.fast.epochs=1,2", "preprocess.seed=0,1"]
    assert len(variants(grid=grid)) == 4
    assert variants(recipes=["mlp"], grid=grid) == ["mlp preprocess.seed=0", "mlp preprocess.seed=1"]


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("epochs=range(1,4)", ["1", "2", "3"]),
        ("channels=[8, 8, 8, 8],[9,9,9,9]", ["[8,8,8,8]", "[9,9,9,9]"]),
        ("augmentation=null", ["null"]),
        ("learning_rate=0.001,3e-3", ["0.001", "0.003"]),
        ("learning_rate=0.00012345678", ["0.00012345678"]),
    ],
)
def test_values_are_what_the_parameters_take(in_root: None, setting: str, values: list[str]):
    found = jobs.planned("group", Group(recipes=["fast"], grid=[setting]))
    assert [job.changes[0].split("=")[1] for job in found] == values
    origin.check(found)


def sampled(*settings: str, draw: int = 0) -> list[float]:
    found = variants(grid=list(settings), samples=200, draw=draw)
    return [float(variant.split("=")[1].split()[0]) for variant in found]


def test_samples_lie_in_their_interval_and_repeat():
    settings = ["learning_rate=tag(log,interval(0.001,0.1))", "epochs=1,2"]
    rates = sampled(*settings)
    assert 0.001 <= min(rates) < 0.002
    assert 0.05 < max(rates) <= 0.1
    assert all(len(f"{rate:e}".split("e")[0].rstrip("0")) <= len("1.234") for rate in rates)
    assert 70 < sum(rate < 0.01 for rate in rates) < 130  # as many in each decade
    assert sampled(*settings) == rates
    assert sampled(*settings, draw=1) != rates
    even = sampled("learning_rate=interval(0.06,0.1)")
    assert 0.06 <= min(even) < 0.061
    assert 80 < sum(rate < 0.08 for rate in even) < 120
    assert {*sampled("learning_rate=0.00012345678,0.5")} == {0.00012345678, 0.5}  # choices are not rounded


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("epochs", "is not a setting such as"),
        ("epochs=[1", "is not a setting such as"),
        ("learning_rate=interval(0.001,0.1)", "give the number of samples"),
    ],
)
def test_what_cannot_be_combined_is_named(setting: str, words: str):
    with pytest.raises(ValueError, match=words):
        variants(grid=[setting])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grid": ["epoch=3"]}, r"recipes\.fast\.epoch is not a known key"),
        ({"common": ["epochs=0"]}, r"recipes\.fast\.epochs is 0"),
        ({"recipes": ["vgg"]}, r"train\.models.*vgg"),
    ],
)
def test_an_impossible_parameter_is_found_before_anything_runs(in_root: None, changes: dict, words: str):
    found = jobs.planned("group", Group.model_validate({"recipes": ["fast"], **changes}))
    with pytest.raises(ValueError, match=words):
        origin.check(found)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{recipes: [Best]}", r"groups\.one\.recipes"),
        ("{recipe: best}", r"groups\.one\.recipes: Field required; groups\.one\.recipe"),
        ("{recipes: [best], seeds: []}", r"groups\.one\.seeds"),
        ("{recipes: [best, fast], halving: 3}", "variants of one recipe, not of best, fast"),
        ("{recipes: [best], halving: 1}", r"groups\.one\.halving"),
        ("{recipes: [best], folds: 5, judge: test}", "test images have no part"),
    ],
)
def test_a_mistake_in_a_plan_is_named(content: str, words: str, tmp_path: Path):
    (tmp_path / "plan.yaml").write_text(f"table: table.csv\ngroups:\n  one: {content}\n")
    with pytest.raises(ValueError, match=rf"plan\.yaml: .*{words}"):
        plans.load(tmp_path / "plan.yaml")


@pytest.mark.parametrize(
    ("n_variants", "epochs", "rungs"),
    [(27, 30, [1, 3, 10, 30]), (9, 30, [3, 10, 30]), (8, 30, [10, 30]), (1, 30, [30]), (100, 2, [1, 2])],
)
def test_rounds_of_halving_end_with_all_epochs(n_variants: int, epochs: int, rungs: list[int]):
    group = Group(recipes=["fast"], grid=[f"batch_size=range(1,{n_variants + 1})"], halving=3)
    rounds = jobs.rounds("group", group, epochs)
    assert list(rounds) == [f"group, {rung} epochs" for rung in rungs]
    assert rounds[f"group, {rungs[-1]} epochs"].common == [f"epochs={rungs[-1]}"]


def documented() -> list[str]:
    return re.findall(r"^make sweep PLAN=.*?(?= +#|$)", (ROOT / "docs/sweeps.md").read_text(), re.M)


@pytest.mark.parametrize("command", documented())
def test_the_documented_sweeps_can_be_planned(command: str):
    dry = command.replace("make", "make --dry-run --no-print-directory", 1)  # make within make names folders as well
    would = run(["bash", "-c", dry], ROOT).stdout.splitlines()[-1]
    done = run(["sh", "-c", would.replace(".venv/bin/", "").replace("@", "") + " --dry-run"], ROOT)
    assert "to train" in done.stdout
