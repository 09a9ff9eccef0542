"""DVC experiments and comparisons on the real pipeline, on a machine where git has no user and in the demo."""

from pathlib import Path

import pandas as pd
import pytest

from apps import demo
from support import commit_all, git, run

PLAN = """
table: metrics/seeds/seeds.csv
groups:
  seeds:
    recipes: [mlp]
    seeds: [3]
    common: [epochs=1]
    judge: test
    variants: {mlp: [], diverging: [learning_rate=1e30]}
"""


def test_a_seed_is_measured_on_a_fresh_machine_and_a_failing_stage_says_why(workspace: Path, tmp_path: Path):
    (workspace / "plans/seeds.yaml").write_text(PLAN)
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "ray.py").write_text("raise ImportError\n")  # as where it is not installed
    fresh = {"HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / "none"), "GIT_CONFIG_NOSYSTEM": "1"}
    fresh["PYTHONPATH"] = str(tmp_path)
    done = run(["python", "-m", "apps.sweep", "plans/seeds.yaml"], workspace, check=False, **fresh)
    row = pd.read_csv(workspace / "metrics/seeds/seeds.csv").iloc[0]
    errors = (workspace / "metrics/seeds/errors/mlp-3.csv").read_text().splitlines()
    assert errors[0] == "image,actual,predicted"
    assert len(errors) - 1 == row["errors"]
    assert git(workspace, "for-each-ref", "--format=%(authorname)", "refs/exps") == "digits experiments\n"
    assert done.returncode == 1
    assert (
        "failed: train mlp-3: training diverged in epoch 1: the loss is not finite; lower the learning" in done.stdout
    )
    again = run(["python", "-m", "apps.sweep", "plans/seeds.yaml"], workspace, check=False, **fresh)
    assert again.stdout.startswith("sweep: 1 of 2 done before, 1 to run")


def test_in_the_demo_dvc_misses_no_study(workspace: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo, "DEMO", workspace)
    demo.leave_out_studies()
    commit_all(workspace, "as in the demo")
    for command in ("checkout", "metrics diff", "status --quiet"):
        done = run(["dvc", *command.split()], workspace)
        assert done.stdout + done.stderr == "", command


def test_a_wrong_value_of_an_experiment_stays_until_it_is_undone_as_documented(workspace: Path):
    done = run(["dvc", "exp", "run", "--set-param", "recipes.mlp.epochs=three"], workspace, check=False)
    assert "recipes.mlp.epochs is 'three'; input should be a valid integer" in done.stderr
    assert git(workspace, "status", "--porcelain") == " D metrics/train/mlp-0.json\n M params.yaml\n"
    git(workspace, "checkout", "params.yaml")
    run(["dvc", "repro"], workspace)
    assert git(workspace, "status", "--porcelain") == ""
    assert (workspace / "models/mlp-0.keras").exists()
