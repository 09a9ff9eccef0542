"""The trainings of a plan: every combination once, settings as parameters take them, mistakes named."""

import re
from pathlib import Path

import pytest

from digits.sweep import plans
from digits.sweep.plans import Group
from support import ROOT, run


def trainings(**content: object) -> list[plans.Training]:
    listed = plans.trainings("group", Group.model_validate({"recipes": ["fast"], **content}))
    assert len({training.key for training in listed}) == len(listed)
    return listed


def test_a_grid_is_every_combination_and_seed():
    listed = trainings(seeds=[0, 7], grid=["epochs=1,2", "preprocess.seed=0,1"])
    names = [f"fast epochs={epochs} preprocess.seed={seed}" for epochs in (1, 2) for seed in (0, 1)]
    assert [str(training) for training in listed] == [f"{name}-{seed}" for name in names for seed in (0, 7)]
    run_alone = ("train.models=[fast]", "train.seeds=[7]", "export.recipe=fast", "export.seed=7")
    assert listed[1].settings == (*run_alone, "recipes.fast.epochs=1", "preprocess.seed=0")


def test_settings_of_variants_replace_common_ones():
    base, long = trainings(common=["epochs=3", "batch_size=64"], variants={"base": [], "long": ["epochs=9"]})
    assert base.settings[4:] == ("recipes.fast.epochs=3", "recipes.fast.batch_size=64")
    assert long.settings[4:] == ("recipes.fast.epochs=9", "recipes.fast.batch_size=64")
    assert (base.changes, long.changes) == ("", "epochs=9")

    listed = trainings(recipes=["fast", "best"], variants={"base": [], "long": ["epochs=9"]})
    assert [training.variant for training in listed] == ["fast base", "fast long", "best base", "best long"]
    assert listed[-1].settings[-1] == "recipes.best.epochs=9"


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("epochs=range(1,4)", ["1", "2", "3"]),
        ("channels=[8, 8, 8, 8],[9,9,9,9]", ["[8,8,8,8]", "[9,9,9,9]"]),
        ("augmentation=null", ["null"]),
        ("learning_rate=0.00012345678,3e-3", ["0.00012345678", "0.003"]),
    ],
)
def test_values_are_what_the_parameters_take(setting: str, values: list[str]):
    assert [training.settings[-1].split("=")[1] for training in trainings(grid=[setting])] == values


@pytest.mark.parametrize("setting", ["epochs", "epochs=[1", "learning_rate=interval(0.001,0.1)"])
def test_what_cannot_be_combined_is_named(setting: str):
    with pytest.raises(ValueError, match=re.escape(setting)):
        trainings(grid=[setting])


@pytest.mark.parametrize("mistake", ["recipes: [Best]", "recipes: [best], seeds: []", "recipes: [best], folds: 5"])
def test_a_mistake_in_a_plan_is_named(mistake: str, tmp_path: Path):
    (tmp_path / "plan.yaml").write_text(f"table: table.csv\ngroups:\n  one: {{{mistake}}}\n")
    key = mistake.split(", ")[-1].partition(":")[0]
    with pytest.raises(ValueError, match=rf"plan\.yaml: groups\.one\.{key}"):
        plans.load(tmp_path / "plan.yaml")


def test_the_documented_sweeps_can_be_planned():
    text = (ROOT / "docs/sweeps.md").read_text()
    for words in re.findall(r'^make sweep PLAN="?([^"]*?)"? +#', text, re.M):
        done = run(["sh", "-c", f"python -m digits.sweep {words.replace('--dry-run', '')} --dry-run"], ROOT)
        assert "to train" in done.stdout, words
