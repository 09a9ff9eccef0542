"""`apps.search` and `apps.seeds` as people run them, with real experiments."""

from pathlib import Path

import pandas as pd
import pytest

from support import commit_all, git, run

SEEDS = """
mlp:
  recipe: mlp
  changes: [epochs=1]
  seeds: [1]
"""
SEARCH = """
mlp in one epoch:
  recipe: mlp
  common: [epochs=1]
  variants:
    as in params.yaml: []
    "batch 64, faster": [batch_size=64, learning_rate=0.01]
mlp under corruption:
  recipe: mlp
  stage: studies/robustness/dvc.yaml:validate_robustness
  common: [epochs=1]
  variants:
    base: []
"""


def test_seeds_continue_where_they_stopped_and_give_the_numbers_of_the_pipeline(workspace: Path):
    plan = workspace / "plans/seeds.yaml"
    plan.write_text(SEEDS)
    run(["python", "-m", "apps.seeds"], workspace)
    plan.write_text(SEEDS.replace("[1]", "[1, 2]"))
    second = run(["python", "-m", "apps.seeds"], workspace).stdout
    assert "seed 2" in second
    assert "seed 1" not in second  # done before
    table = pd.read_csv(workspace / "metrics/seeds/seeds.csv")
    table = table[table["name"] == "mlp"]
    assert table["seed"].tolist() == [1, 2]
    ensembles = pd.read_csv(workspace / "metrics/seeds/ensembles/mlp.csv")
    assert ensembles["mean"].iloc[0] == pytest.approx(table["accuracy"].mean(), abs=1e-6)
    commit_all(workspace, "seeds")
    git(workspace.parent, "clone", "--quiet", str(workspace), "elsewhere")
    again = run(["python", "-m", "apps.seeds"], workspace.parent / "elsewhere").stdout
    assert "not all seeds were trained in this repository; metrics/seeds/ensembles/mlp.csv stays as it is" in again
    assert "seed 1:" not in again
    params = (workspace / "params.yaml").read_text().replace("  - 0\n", "  - 2\n").replace("epochs: 20", "epochs: 1", 1)
    params = params.replace("  recipe: fast\n  seed: 0\n", "  recipe: fast\n  seed: 2\n")
    (workspace / "params.yaml").write_text(params)
    run(["dvc", "repro", "--force", "--single-item", "--no-run-cache", "train@mlp-2"], workspace)
    trained = pd.read_json(workspace / "metrics/train/mlp-2.json", typ="series")
    assert trained["validation_accuracy"] == pytest.approx(table["validation_accuracy"].iloc[1], abs=1e-9)


def test_a_search_writes_its_table_from_validation_images_alone(workspace: Path):
    (workspace / "plans/search.yaml").write_text(SEARCH)
    for path in ("docs/search.csv", "docs/search.md"):
        (workspace / path).unlink(missing_ok=True)
    run(["python", "-m", "apps.search"], workspace)
    table = pd.read_csv(workspace / "docs/search.csv")
    assert table["variant"].tolist() == ["as in params.yaml", "batch 64, faster", "base"]
    assert table["validation_loss"].nunique() == 2  # the last is the first again
    corrupted = table["corrupted_accuracy"]
    assert corrupted.notna().tolist() == [False, False, True]
    page = (workspace / "docs/search.md").read_text()
    assert "`batch_size=64 learning_rate=0.01`" in page
    assert page.count("corrupted accuracy ") == 1
    assert f"| {corrupted[2]:.1%} " in page
    names = run(["dvc", "exp", "list", "--name-only"], workspace).stdout.split()
    assert sorted(names) == [
        "search-mlp-in-one-epoch-as-in-params-yaml-0",
        "search-mlp-in-one-epoch-batch-64-faster-0",
        "search-mlp-under-corruption-base-0",
    ]
