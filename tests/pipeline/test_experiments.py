"""DVC experiments on the real pipeline, on a machine where git has no user."""

from pathlib import Path

import pandas as pd

from support import git, run

PLAN = """
mlp:
  recipe: mlp
  changes: [epochs=1]
  seeds: [3]
diverging:
  recipe: mlp
  changes: [epochs=1, learning_rate=1e30]
  seeds: [3]
"""


def test_a_seed_is_measured_on_a_fresh_machine_and_a_failing_stage_says_why(workspace: Path, tmp_path: Path):
    (workspace / "plans/seeds.yaml").write_text(PLAN)
    home = tmp_path / "home"
    home.mkdir()
    fresh = {"HOME": str(home), "GIT_CONFIG_GLOBAL": str(home / "none"), "GIT_CONFIG_NOSYSTEM": "1"}
    done = run(["python", "-m", "apps.seeds"], workspace, check=False, **fresh)
    assert done.stdout.startswith("seeds: mlp, seed 3: ")
    table = pd.read_csv(workspace / "metrics/seeds/seeds.csv")
    row = table[table["name"] == "mlp"].iloc[0]
    errors = (workspace / "metrics/seeds/errors/mlp-3.csv").read_text().splitlines()
    assert errors[0] == "image,actual,predicted"
    assert len(errors) - 1 == row["errors"]
    assert git(workspace, "for-each-ref", "--format=%(authorname)", "refs/exps") == "digits experiments\n"
    assert done.returncode == 2
    assert done.stderr.endswith(
        "failed: train mlp-3: training diverged in epoch 1: the loss is not finite; lower the learning rate\n"
    )
    again = run(["python", "-m", "apps.seeds", "mlp"], workspace, **fresh)
    assert "seed 3" not in again.stdout  # done before
