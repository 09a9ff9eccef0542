"""What is committed of the search and of the seeds is of their plans and of the present code."""

import re
from itertools import chain

from ruamel.yaml import YAML

from apps import search
from digits.config.recipes import Augmentation
from digits.core import artifacts, paths
from digits.experiments import seeds


def test_the_committed_search_is_the_one_that_its_plan_names(in_root: None):
    groups = YAML(typ="safe").load(search.PLAN)
    table = artifacts.read_csv(search.TABLE).fillna({"changes": ""})
    planned = [(group, name, " ".join(own)) for group in groups for name, own in groups[group]["variants"].items()]
    assert sorted(table[["group", "variant", "changes"]].itertuples(index=False, name=None)) == sorted(planned)
    validation = artifacts.read_json(paths.SPLITS)["validation"]["images"]
    assert search.PAGE.read_text(encoding="utf-8") == search.page(table, groups, validation)
    assert (table["errors"] == round(validation * (1 - table["validation_accuracy"]))).all()


def test_each_augmentation_that_is_tried_names_every_parameter(in_root: None):
    for group in YAML(typ="safe").load(search.PLAN).values():
        for change in [*group["common"], *chain.from_iterable(group["variants"].values())]:
            if change.startswith("augmentation={"):  # merged into that of params.yaml
                assert re.findall(r"(\w+):", change) == list(Augmentation.model_fields), change


def test_the_committed_seeds_are_what_their_plan_names_and_of_the_present_code(in_root: None):
    measured = seeds.measured()
    planned = {(name, seed, seeds.origin(entry)) for name, entry in seeds.load().items() for seed in entry.seeds}
    assert set(zip(measured["name"], measured["seed"], measured["origin"], strict=True)) == planned
    for name, seed, errors in zip(measured["name"], measured["seed"], measured["errors"], strict=True):
        assert len(artifacts.read_csv(seeds.ERRORS / f"{name}-{seed}.csv")) == errors
