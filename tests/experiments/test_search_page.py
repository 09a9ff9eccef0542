"""The committed search: its plan is complete, and table, plan and page agree."""

import pandas as pd
import pytest
from ruamel.yaml import YAML

from apps import search
from digits.config.params import load_params
from digits.config.recipes import Augmentation
from digits.config.runs import Run
from digits.core import artifacts, paths
from digits.experiments.plans import Job, assignments
from support import ROOT

GROUPS = YAML(typ="safe").load(ROOT / search.PLAN)
VARIANTS = [(group, name) for group, content in GROUPS.items() for name in content["variants"]]
SEEDS = {group: content.get("seeds", [0]) for group, content in GROUPS.items()}


def test_the_table_has_every_variant_of_the_plan(in_root: None):
    table = artifacts.read_csv(search.TABLE).fillna({"changes": ""})
    found = [(row.group, row.variant, row.seed, row.changes) for row in table.itertuples()]
    assert found == [
        (group, name, seed, " ".join(GROUPS[group]["variants"][name]))
        for group, name in VARIANTS
        for seed in SEEDS[group]
    ]


def test_several_seeds_are_shown_with_the_interval_of_their_mean():
    shown = search.interval(pd.Series([23, 29, 23]), "{:.4g}".format)
    assert shown == "25 (16.39 to 33.61)"  # 25 -/+ 4.303 * 3.464 / sqrt(3)
    assert search.interval(pd.Series([23]), "{:.4g}".format) == "23"


def test_the_page_is_of_the_table(in_root: None):
    table = artifacts.read_csv(search.TABLE).fillna({"changes": ""})
    validation = artifacts.read_json(paths.SPLITS)["validation"]["images"]
    assert search.page(pd.DataFrame(table), GROUPS, validation) == search.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("group", "name"), VARIANTS)
def test_every_variant_can_be_trained(group: str, name: str):
    recipe = GROUPS[group]["recipe"]
    changes = [*GROUPS[group]["common"], *GROUPS[group]["variants"][name]]
    for change in changes:
        key, _, value = change.partition("=")
        if key == "augmentation" and value != "null":
            assert all(f"{field}:" in value for field in Augmentation.model_fields), "it is merged into params.yaml's"
    job = Job(Run(recipe, 0), tuple(f"recipes.{recipe}.{change}" for change in changes))
    load_params(ROOT / "params.yaml", assignments(job))
