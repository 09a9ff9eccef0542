"""The committed plans and their tables: complete, of the present code, and shown as they are."""

import re
from pathlib import Path

import pytest

from digits.config.recipes import Augmentation
from digits.core import artifacts
from digits.experiments import comparison, plans, seeds
from digits.experiments.sweep import Sweep
from support import ROOT

PLANS = sorted(it.name for it in (ROOT / "plans").glob("*.yaml") if it.name != "fold.yaml")


@pytest.fixture(params=PLANS)
def sweep(request: pytest.FixtureRequest, in_root: None) -> Sweep:
    path = Path("plans") / request.param
    return Sweep(path.stem, plans.load(path))


def test_the_table_has_every_training_of_the_plan_with_its_changes(sweep: Sweep):
    assert [(*key, row["changes"] or "") for key, row in sweep.rows.items()] == [
        (*job.key, job.own) for job in sweep.planned
    ]
    stale = [job.name for job in sweep.planned if not sweep.is_done(job)]
    assert not stale, f"make sweep PLAN=plans/{sweep.name}.yaml"


def test_the_errors_are_those_of_the_accuracies(sweep: Sweep):
    for row in sweep.rows.values():
        assert row["validation_errors"] == round(row["judged"] * (1 - row["validation_accuracy"]))


def test_the_page_is_of_the_table(in_root: None):
    plan = plans.load(Path("plans/search.yaml"))
    shown = Path(plan.page or "").read_text(encoding="utf-8").partition(comparison.MARK)[2]
    assert shown == "\n\n" + Sweep("search", plan).page()


def test_each_augmentation_that_is_tried_names_every_parameter(in_root: None):
    text = Path("plans/search.yaml").read_text(encoding="utf-8")
    for change in re.findall(r"augmentation=\{.*?\}", text):  # merged into that of params.yaml
        assert re.findall(r"(\w+):", change) == list(Augmentation.model_fields), change


def test_the_misread_images_of_each_seed_are_as_many_as_its_errors(in_root: None):
    measured = seeds.measured()
    for name, seed, errors in zip(measured["name"], measured["seed"], measured["errors"], strict=True):
        assert len(artifacts.read_csv(seeds.errors(name, seed))) == errors
