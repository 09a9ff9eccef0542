"""Many seeds: what the numbers amount to, and the study and the search as people run them, with real experiments."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, commit_all, git, run

from digits import params, results, study

STUDY = """
mlp:
  recipe: mlp
  changes: [epochs=1]
  seeds: [1, 2]
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
  stage: robustness
  common: [epochs=1]
  variants:
    base: []
"""


def test_two_models_that_err_apart_read_all_together():
    labels = np.array([0, 1])
    sure, unsure = [0.9, 0.1], [0.55, 0.45]
    members = np.zeros((2, 2, 10))
    members[0, :, :2] = [sure, unsure]  # misreads the second image, narrowly
    members[1, :, :2] = [unsure[::-1], sure[::-1]]  # misreads the first, narrowly
    table = study.ensembles(labels, members, level=0.95, bins=15)
    assert table[["members", "ensembles", "mean", "min", "max"]].to_numpy().tolist() == [
        [1, 2, 0.5, 0.5, 0.5],
        [2, 1, 1.0, 1.0, 1.0],
    ]
    means = [(0.9 + 0.45) / 2, (0.45 + 0.9) / 2]  # of the true class, by hand
    assert table["nll"].iloc[1] == pytest.approx(-np.log(means).mean())


def test_every_choice_of_members_is_counted(noise):
    rng = np.random.default_rng(0)
    members = rng.dirichlet(np.ones(10), size=(5, len(noise.labels)))
    assert study.ensembles(noise.labels, members, 0.95, 15)["ensembles"].tolist() == [5, 10, 10, 5, 1]


def test_a_change_to_what_gives_the_numbers_makes_them_stale(in_root: None, tmp_path: Path, monkeypatch):
    entry = study.load()["best"]
    before = study.origin(entry)
    assert study.origin(entry) == before
    assert study.origin(entry.model_copy(update={"changes": ["epochs=1"]})) != before
    assert study.origin(entry.model_copy(update={"recipe": "fast"})) != before
    knobs = params.load()
    preprocess = knobs.preprocess.model_copy(update={"seed": 7})
    monkeypatch.setattr(params, "load", lambda: knobs.model_copy(update={"preprocess": preprocess}))
    assert study.origin(entry) != before
    monkeypatch.undo()
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(study, "LEARNS_BY", study.LEARNS_BY[:-1])
    assert study.origin(entry) != before


def test_what_learns_are_the_modules_that_the_training_reaches_less_its_plumbing():
    from test_repository import reached

    plumbing = {"__init__", "artifacts", "cells", "command", "datasets", "model_files", "paths", "quiet"}
    plumbing |= {"params", "recipes", "gate_params", "params_errors"}  # their values are in the origin
    code = {path.stem for path in reached(Path("stages/train.py")) if path.parts[0] == "digits"}
    assert code - plumbing - {"splits"} == set(study.LEARNS_BY)  # a split is stored, and its recipe is in the origin


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("best: {recipe: bset, changes: [], seeds: [1]}", "best.recipe"),
        ("best: {recipe: best, change: [], seeds: [1]}", "best.changes: Field required; best.change"),
        ("Best one: {recipe: best, changes: [], seeds: [1]}", "Best one"),
        ("best: {recipe: best, changes: [], seeds: []}", "best.seeds"),
    ],
)
def test_a_slip_in_the_plan_is_named(content: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text(content)
    with pytest.raises(ValueError, match=rf"study\.yaml: .*{words}"):
        study.load()


def test_a_study_goes_on_where_it_stopped_and_its_numbers_are_the_pipelines(workspace: Path):
    (workspace / "study.yaml").write_text(STUDY.replace("[1, 2]", "[1]"))
    run(["python", "-m", "apps.study"], workspace)
    (workspace / "study.yaml").write_text(STUDY)
    second = run(["python", "-m", "apps.study"], workspace).stdout
    assert "seed 2" in second
    assert "seed 1" not in second  # done before
    table = pd.read_csv(workspace / "metrics/study.csv")
    assert table["seed"].tolist() == [1, 2]
    ensembles = pd.read_csv(workspace / "metrics/ensembles/mlp.csv")
    assert ensembles["mean"].iloc[0] == pytest.approx(table["accuracy"].mean(), abs=1e-6)
    for seed, errors in zip(table["seed"], table["errors"], strict=True):
        assert len(pd.read_csv(workspace / f"metrics/study/mlp-{seed}.csv")) == errors
    assert set(git(workspace, "status", "--porcelain").split()[1::2]) == {
        "study.yaml", "metrics/study.csv", "metrics/study/", "metrics/ensembles/",
    }  # fmt: skip
    run(["dvc", "repro", "report"], workspace)
    summary = results.markdown(results.over_seeds_as_text(results.over_seeds(table, by="name")))
    assert summary in (workspace / "reports/report.md").read_text()
    assert "Error against size" in (workspace / "reports/index.html").read_text()
    # The same cell by the pipeline's own matrix, from a clean start.
    commit_all(workspace, "study")
    git(workspace.parent, "clone", "--quiet", str(workspace), "elsewhere")
    again = run(["python", "-m", "apps.study"], workspace.parent / "elsewhere").stdout
    assert "mlp: seeds were trained elsewhere, metrics/ensembles/mlp.csv stays as it is" in again
    assert "seed 1:" not in again
    params = (workspace / "params.yaml").read_text().replace("  - 0\n", "  - 2\n").replace("epochs: 20", "epochs: 1", 1)
    params = params.replace("  recipe: best\n  seed: 0\n", "  recipe: best\n  seed: 2\n")
    (workspace / "params.yaml").write_text(params)
    run(["dvc", "repro", "--force", "--single-item", "train@mlp-2"], workspace)
    assert pd.read_json(workspace / "metrics/train/mlp-2.json", typ="series")["validation_accuracy"] == pytest.approx(
        table["validation_accuracy"].iloc[1], abs=1e-9
    )


def test_a_search_writes_its_table_without_a_look_at_the_test_set(workspace: Path):
    (workspace / "search.yaml").write_text(SEARCH)
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
    assert page.count("accuracy under corruption |") == 1
    assert f"| {corrupted[2]:.1%} " in page
    names = run(["dvc", "exp", "list", "--name-only"], workspace).stdout.split()
    assert sorted(names) == [
        "search-mlp-in-one-epoch-as-in-params-yaml",
        "search-mlp-in-one-epoch-batch-64-faster",
        "search-mlp-under-corruption-base",
    ]


def test_an_unknown_entry_is_named(in_root: None):
    done = run(["python", "-m", "apps.study", "beast"], ROOT, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        "study: study.yaml has no entry beast; it has fast, best, best-half, best-third, best-quarter, best-sixth\n",
    )
