"""The gate on real changes that take trainings: a bug, another seed, a removed recipe, studies."""

from pathlib import Path

import pytest

import gate_scenarios
from gate_scenarios import branch, edit_params, finish, gate


@pytest.fixture(scope="module")
def project(pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gate_scenarios.make(pipeline, tmp_path_factory.mktemp("gate") / "project")


def test_a_bug_that_misreads_one_digit_in_fifty_fails(project: Path):
    module = branch(project, "bug") / "stages/evaluate.py"
    line = "    calibrated = Predictions("
    bug = "    predictions.probabilities[5::50] = predictions.probabilities[5::50, [9, *range(9)]]\n"
    source = module.read_text()
    assert source.count(line) == 1
    module.write_text(source.replace(line, bug + line))
    finish(project)
    done = gate(project)
    assert done.returncode == 1
    for recipe in ("mlp", "fast"):
        assert f"{recipe}: accuracy fell by " in done.stdout


def test_another_seed_is_within_noise(project: Path):
    finish(branch(project, "noise", train__seeds=[1], export__seed=1))
    done = gate(project)
    assert done.returncode in (0, 1)  # `fast` has few epochs: its NLL varies more than is tolerated
    assert "mlp: " not in done.stdout


def test_after_a_removed_recipe_the_gate_still_works(project: Path):
    finish(branch(project, "gone", train__models=["mlp"], export__recipe="mlp"))
    done = gate(project)
    assert done.returncode == 0
    assert "removed: fast" in done.stdout
    edit_params(project, recipes__mlp__epochs=19)
    finish(project)
    assert gate(project, "--baseline", "HEAD~1").returncode in (0, 1)


def test_only_studies_of_the_present_models_count(project: Path):
    limits = {"mlp": {"corrupted_accuracy": {"min": 1.0}}}
    finish(branch(project, "study", gate__limits=limits), "studies/dvc.yaml:evaluate_robustness")
    done = gate(project)
    assert done.returncode == 0  # main's rules have no such limit
    assert "gate.limits.mlp.corrupted_accuracy.min None -> 1.0" in done.stdout
    done = gate(project, "--baseline", "HEAD")
    assert done.returncode == 1
    assert "mlp: corrupted_accuracy is " in done.stdout
    edit_params(project, recipes__mlp__epochs=19)
    finish(project)
    done = gate(project, "--baseline", "HEAD~1")
    assert "corrupted_accuracy (mlp)" in done.stdout
    done = gate(project, "--baseline", "HEAD~1", "--studies")
    assert done.returncode == 2
    assert "make studies" in done.stderr
