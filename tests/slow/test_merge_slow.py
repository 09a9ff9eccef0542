"""Merging branches that both have results, and a clone with the cache of another: real git, DVC and make."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import gate_scenarios
from gate_scenarios import branch, edit_params, finish
from support import BIN, git, run


@pytest.fixture(scope="module")
def project(pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = gate_scenarios.make(pipeline, tmp_path_factory.mktemp("merge") / "project")
    git(folder, "config", "user.name", "Tester")
    git(folder, "config", "user.email", "tester@example.org")
    (folder / ".venv").symlink_to(BIN.parent)
    yield folder
    (folder / ".venv").unlink()


def merge(project: Path) -> str:
    printed = run(["make", "merge", "BRANCH=there"], project).stdout
    assert git(project, "status", "--short") == ""
    assert git(project, "show", "--no-patch", "--format=%p").count(" ") == 1  # a commit with two parents
    assert "up to date" in run(["dvc", "status", "dvc.yaml"], project).stdout
    return printed


def test_different_recipes_are_merged_without_a_training(project: Path):
    finish(branch(project, "there", recipes__fast__epochs=2))
    theirs = (project / "metrics/test/fast-0.json").read_bytes()
    finish(branch(project, "here", recipes__mlp__epochs=3))
    ours = (project / "metrics/test/mlp-0.json").read_bytes()
    printed = merge(project)
    assert [line for line in printed.splitlines() if line.startswith("Running stage")] == ["Running stage 'report':"]
    assert (project / "metrics/test/fast-0.json").read_bytes() == theirs
    assert (project / "metrics/test/mlp-0.json").read_bytes() == ours


def test_the_same_recipe_is_trained_as_merged(project: Path):
    finish(branch(project, "there", recipes__mlp__batch_size=64))
    finish(branch(project, "here", recipes__mlp__schedule="constant"))
    printed = merge(project)
    assert printed.count("Running stage 'train@") == 1
    recipe = YAML(typ="safe").load(project / "params.yaml")["recipes"]["mlp"]
    assert (recipe["batch_size"], recipe["schedule"]) == (64, "constant")


def test_conflicts_of_parameters_are_left_to_people(project: Path):
    finish(branch(project, "there", recipes__mlp__epochs=2), "train@mlp-0")
    finish(branch(project, "here", recipes__mlp__epochs=4), "train@mlp-0")
    done = run(["make", "merge", "BRANCH=there"], project, check=False)
    assert done.returncode
    assert "conflicts in params.yaml:" in done.stderr
    assert "<<<<<<<" not in (project / "dvc.lock").read_text()
    git(project, "merge", "--abort")
    edit_params(project, recipes__mlp__epochs=5)
    assert "has changes" in run(["make", "merge", "BRANCH=there"], project, check=False).stderr
    git(project, "checkout", "--quiet", ".")
    assert "nothing" in run(["make", "merge", "BRANCH=main"], project, check=False).stderr
