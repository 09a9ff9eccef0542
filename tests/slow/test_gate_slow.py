"""The gate on real changes that take trainings: a bug, another seed, a removed recipe, studies, the error rates."""

import json
import re
from pathlib import Path

import pytest

import gate_scenarios
from benchmarks import gate_power
from gate_scenarios import branch, edit_params, finish, gate
from support import git, run

LINE = "    predictions = Predictions(test.labels, inference.predict(model, test.images))\n"
BUG = LINE + "    predictions.probabilities[5::50] = predictions.probabilities[5::50, [9, *range(9)]]\n"


@pytest.fixture(scope="module")
def project(pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gate_scenarios.make(pipeline, tmp_path_factory.mktemp("gate") / "project")


def test_a_bug_that_misreads_one_digit_in_fifty_fails(project: Path):
    module = branch(project, "bug") / "stages/evaluate.py"
    source = module.read_text()
    assert source.count(LINE) == 1
    module.write_text(source.replace(LINE, BUG))
    finish(project)
    done = gate(project)
    assert done.returncode == 1
    for recipe in ("mlp", "fast"):
        assert f"{recipe}: accuracy fell by " in done.stdout


def test_another_seed_is_within_noise(project: Path):
    finish(branch(project, "noise", train__seeds=[1], export__seed=1))
    done = gate(project)
    assert "mlp: no regression found: " in done.stdout
    assert " points (power 0.8)" in done.stdout


def test_a_removed_recipe_leaves_files_that_are_named_and_a_baseline_that_is_compared(project: Path):
    finish(branch(project, "gone", train__models=["mlp"], export__recipe="mlp"))
    done = gate(project)
    assert done.returncode == 0
    assert "removed: fast" in done.stdout
    listed = run(["python", "-m", "apps.leftovers"], project).stdout
    assert "metrics/test/fast-0.json" in listed
    assert "dvc.lock: train@fast-0" in listed
    assert "mlp-0" not in listed
    edit_params(project, recipes__mlp__epochs=19)
    finish(project)
    done = gate(project, "--baseline", "HEAD~1")
    assert done.returncode in (0, 1)
    run(["python", "-m", "apps.leftovers", "--remove"], project)
    assert not (project / "metrics/test/fast-0.json").exists()
    assert (project / "metrics/test/mlp-0.json").exists()
    assert "train@fast-0" not in (project / "dvc.lock").read_text()
    assert "fast" not in run(["python", "-m", "apps.leftovers"], project).stdout
    assert list(json.loads(run(["dvc", "status", "--json", "dvc.yaml"], project).stdout)) == ["report"]


def test_a_study_is_compared_where_it_is_of_the_present_models(project: Path):
    limits = {"mlp": {"corrupted_accuracy": {"min": 1.0}}}
    finish(branch(project, "study", gate__limits=limits), "studies/robustness/dvc.yaml")
    done = gate(project)
    assert done.returncode == 0  # main's rules have no such limit
    assert "the rules of main" in done.stdout
    assert "gate.limits.mlp.corrupted_accuracy.min None -> 1.0" in done.stdout
    done = gate(project, "--baseline", "HEAD")
    assert done.returncode == 1
    assert "mlp: corrupted_accuracy is " in done.stdout
    edit_params(project, recipes__mlp__epochs=19)
    finish(project)
    done = gate(project, "--baseline", "HEAD~1")
    assert "studies left out of the working tree: not run: hands, ood; stale: robustness (mlp)" in done.stdout
    assert "not checked without them: corrupted_accuracy (mlp)" in done.stdout
    done = gate(project, "--baseline", "HEAD~1", "--studies")
    assert done.returncode == 2
    assert "has studies that were not run on its models" in done.stderr


def test_the_error_rates_of_few_trainings_are_printed_and_not_written(workspace: Path):
    out = run(["python", "-m", "benchmarks.gate_rates", "--seeds", "10"], workspace).stdout
    assert "10 seeds of `mlp`, one epoch each, reach " in out
    assert len(re.findall(r"^\| (?:one|every|5) .*%\s+\|$", out, flags=re.MULTILINE)) == 6
    assert len(re.findall(r"^\| \d\.\d ", out, flags=re.MULTILINE)) == len(gate_power.LOSSES)
    assert git(workspace, "status", "--porcelain") == ""
