"""What is committed: tables that are of their plans and of the present code, and a README that tells their numbers."""

import re
from itertools import chain

import pytest
from conftest import ROOT
from ruamel.yaml import YAML

from apps import search
from digits import artifacts, params, paths, results, study
from digits.paths import Cell
from digits.recipes import Augmentation


@pytest.fixture
def readme() -> str:
    return " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())


def test_the_committed_search_is_the_one_that_its_plan_names(in_root: None):
    groups = YAML(typ="safe").load(search.VARIANTS)
    table = artifacts.read_csv(search.TABLE).fillna({"changes": ""})
    planned = [(group, name, " ".join(own)) for group in groups for name, own in groups[group]["variants"].items()]
    assert sorted(table[["group", "variant", "changes"]].itertuples(index=False, name=None)) == sorted(planned)
    validation = artifacts.read_json(paths.SPLITS)["validation"]["images"]
    assert search.PAGE.read_text(encoding="utf-8") == search.page(table, groups, validation)
    assert (table["errors"] == round(validation * (1 - table["validation_accuracy"]))).all()


def test_each_augmentation_that_is_tried_names_every_knob(in_root: None):
    for group in YAML(typ="safe").load(search.VARIANTS).values():
        for change in [*group["common"], *chain.from_iterable(group["variants"].values())]:
            if change.startswith("augmentation={"):  # merged into that of params.yaml
                assert re.findall(r"(\w+):", change) == list(Augmentation.model_fields), change


def test_the_committed_study_is_what_its_plan_names_and_of_the_present_code(in_root: None):
    measured = study.measured()
    planned = {(name, seed, study.origin(entry)) for name, entry in study.load().items() for seed in entry.seeds}
    assert set(zip(measured["name"], measured["seed"], measured["origin"], strict=True)) == planned
    for name, seed, errors in zip(measured["name"], measured["seed"], measured["errors"], strict=True):
        assert len(artifacts.read_csv(study.ERRORS / f"{name}-{seed}.csv")) == errors


def test_the_readme_tells_what_the_study_measured(in_root: None, readme: str):
    best = results.over_seeds(study.measured(), by="name").set_index("name").loc["best"]
    assert f"it reads {best['mean']:.3%} of the test images, from {best['min']:.3%} to {best['max']:.3%}" in readme
    together = artifacts.read_csv(study.ENSEMBLES / "best.csv").set_index("members")["mean"]
    assert f"Five of `best` read {together[5]:.3%}, all ten {together[10]:.3%}" in readme


def test_the_readme_tells_what_was_measured_under_corruption(in_root: None, readme: str):
    best, cnn = (artifacts.read_json(Cell(name, 0).robustness)["corrupted_accuracy"] for name in ("best", "cnn"))
    assert f"`best` reads {best:.1%} of the changed images, the textbook net {cnn:.1%}" in readme
    tried = artifacts.read_csv(search.TABLE).set_index(["group", "variant"]).loc["best under corruption"]
    chosen = f"augmentation.light={params.load().recipes.best.augmentation.light}"
    before, after = tried.at["base", "corrupted_accuracy"], tried.set_index("changes").at[chosen, "corrupted_accuracy"]
    assert f"take it from {before:.0%} to {after:.0%}" in readme
