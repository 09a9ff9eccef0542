"""What is committed of the search and of the seeds is of their plans and of the present code."""

import re
from itertools import chain

from ruamel.yaml import YAML

from apps import search
from digits.config.recipes import Augmentation
from digits.core import artifacts, paths
from digits.experiments import seeds


def test_the_errors_of_the_committed_search_are_those_of_its_accuracies(in_root: None):
    table = artifacts.read_csv(search.TABLE)
    validation = artifacts.read_json(paths.SPLITS)["validation"]["images"]
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
        assert len(artifacts.read_csv(seeds.errors(name, seed))) == errors
