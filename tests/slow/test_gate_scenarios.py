"""The gate as a pull request meets it: real git, real DVC, real trainings on the bundled digits."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gate_scenarios
from gate_scenarios import branch, edit_params, finish, gate
from support import BIN, commit_all, git, run


@pytest.fixture(scope="module")
def project(pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gate_scenarios.make(pipeline, tmp_path_factory.mktemp("gate") / "project")


def test_no_change_passes_without_heavy_imports(project: Path):
    code = (
        "import runpy, sys; sys.argv = ['gate']; runpy.run_module('digits.gate', run_name='__main__');"
        "sys.exit(bool({'tensorflow', 'keras', 'matplotlib', 'dvc'} & set(sys.modules)))"
    )
    folder = branch(project, "nothing")
    done = subprocess.run(  # outside an activated environment
        [sys.executable, "-c", code], cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "unchanged" in done.stdout
    assert "robustness (mlp, fast)" in done.stdout
    assert "gate: the working tree passes, compared with main (" in done.stdout


def test_a_worse_recipe_fails_and_the_way_back_passes(project: Path):
    finish(branch(project, "worse", recipes__mlp__epochs=2), "evaluate@mlp-0")
    done = gate(project, "--markdown", "gate", "--json", "gate/gate.json")
    assert done.returncode == 1
    assert "mlp: accuracy fell by " in done.stdout
    assert "gate: the working tree fails for mlp, compared with main (" in done.stderr
    content = json.loads((project / "gate/gate.json").read_text())
    assert content["params"] == {"recipes.mlp.epochs": [20, 2]}
    mlp, fast = content["models"][:2]
    assert fast["negative_flips"] == []
    assert len(mlp["negative_flips"]) > 5
    page = (project / "gate/gate.md").read_text()
    assert "| `recipes.mlp.epochs` | 20 | 2 |" in page
    for flip in mlp["negative_flips"]:
        assert f"| `{flip['image']}` | {flip['actual']} | {flip['predicted']} | negative |" in page
    for name in ("mlp-negative-flips.png", "mlp-positive-flips.png", "mlp-confusion.png"):
        assert f"]({name})" in page
        with Image.open(project / "gate" / name) as picture:
            assert len(np.unique(np.asarray(picture))) > 50, name
    done = gate(branch(project, "better"), "--baseline", "worse")
    assert done.returncode == 0
    assert "better" in done.stdout


def test_what_was_edited_or_not_run_is_refused(project: Path):
    scores = branch(project, "edited") / "metrics/test/mlp-0.json"
    scores.write_text(scores.read_text().replace('"ece": 0.', '"ece": 0.0'))
    edit_params(project, evaluate__n_bootstrap=500)
    changed = "metrics/test/mlp-0.json, params.yaml: evaluate.n_bootstrap differ from dvc.lock"
    done = gate(project, "--json")
    assert done.returncode == 2
    assert changed in done.stderr
    assert json.loads(done.stdout)["reason"] in done.stderr
    commit_all(project, "nicer numbers")
    done = gate(branch(project, "after"), "--baseline", "edited")
    assert done.returncode == 2
    assert "metrics/test/mlp-0.json differ from dvc.lock; name another version" in done.stderr
    module = branch(project, "not-run") / "digits/metrics.py"
    module.write_text(module.read_text() + "\n")
    assert "digits/metrics.py differ" in gate(project).stderr
    commit_all(project, "new code, not run")  # its metrics are still those of its dvc.lock: good enough as a baseline
    assert gate(branch(project, "after"), "--baseline", "not-run").returncode == 0
    (project / "digits/temperature.py").unlink()
    assert "digits/temperature.py differ" in gate(project).stderr
    (branch(project, "after") / "metrics/errors/mlp-0.csv").unlink()
    assert "git checkout" in gate(project).stderr


def test_a_model_that_was_not_evaluated_is_refused(project: Path):
    run(["dvc", "repro", "train@mlp-0"], branch(project, "trained", recipes__mlp__epochs=1))
    done = gate(project)
    assert done.returncode == 2
    assert "models/mlp-0.keras differ" in done.stderr


def test_numbers_that_contradict_the_errors_are_refused(project: Path):
    scores = branch(project, "forged") / "metrics/test/mlp-0.json"
    content = json.loads(scores.read_text())
    scores.write_text(json.dumps({**content, "accuracy": content["accuracy"] + 0.05}))
    run(["dvc", "commit", "--force", "evaluate@mlp-0"], project)
    done = gate(project)
    assert done.returncode == 2
    assert "contradicts metrics/errors/mlp-0.csv" in done.stderr


def test_ci_evaluates_again_what_was_recorded_by_hand(project: Path):
    scores = branch(project, "recorded") / "metrics/test/mlp-0.json"
    scores.write_text(scores.read_text().replace('"calibrated_nll": 0.', '"calibrated_nll": 0.0'))
    run(["dvc", "commit", "--force", "evaluate@mlp-0"], project)
    commit_all(project, "nicer numbers, recorded")
    assert gate(project).returncode == 0  # what it reads fits together
    (project / ".venv").symlink_to(BIN.parent)
    done = run([".ci/evaluate-again", "main"], project)
    (project / ".venv").unlink()
    assert done.stdout.count("Running stage 'evaluate@") == 1
    assert "metrics/test/mlp-0.json" in git(project, "status", "--short")


def test_a_baseline_without_metrics_is_refused(project: Path):
    first = git(branch(project, "here"), "rev-list", "--max-parents=0", "HEAD").strip()
    for baseline, says in (("nowhere", "no commit nowhere"), (first, "name another version")):
        done = gate(project, "--baseline", baseline)
        assert done.returncode == 2
        assert says in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_full_clone_needs_no_data(project: Path, tmp_path: Path):
    branch(project, "here")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{project}", "shallow")
    done = gate(tmp_path / "shallow", "--baseline", "main")
    assert done.returncode == 2
    assert "git fetch --unshallow" in done.stderr
    git(tmp_path, "clone", "--quiet", str(project), "full")
    done = gate(tmp_path / "full")  # its baseline is origin/main, since there is no main
    assert (done.returncode, done.stderr) == (0, "")
    assert "compared with origin/main" in done.stdout
    git(tmp_path / "full", "remote", "rename", "origin", "upstream")
    done = gate(tmp_path / "full")
    assert done.returncode == 2
    assert "git fetch origin main:main" in done.stderr
