"""The gate as a pull request meets it: real git, real DVC, real trainings on the bundled digits."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gate_scenarios
from gate_scenarios import branch, edit_params, finish, gate
from support import ROOT, commit_all, git, run


@pytest.fixture(scope="module")
def project(pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gate_scenarios.make(pipeline, tmp_path_factory.mktemp("gate") / "project")


def test_no_change_passes_outside_an_environment_and_without_tensorflow_or_matplotlib(project: Path):
    code = (
        "import runpy, sys; sys.argv = ['gate']; runpy.run_module('apps.gate', run_name='__main__');"
        "sys.exit(bool({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code]
    folder = branch(project, "nothing")
    done = subprocess.run(command, cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "mlp: no prediction changed; minimum detectable drop 1.00 points (power 0.8)" in done.stdout
    assert "studies left out of both versions: not run: hands, ood, robustness" in done.stdout
    assert "gate: the working tree passes, compared with main (" in done.stdout


def test_a_worse_recipe_fails_and_the_way_back_is_an_improvement(project: Path):
    finish(branch(project, "worse", recipes__mlp__epochs=2), "evaluate@mlp-0")
    done = gate(project, "--markdown", "gate", "--json", "gate/gate.json")
    assert done.returncode == 1
    assert "mlp: accuracy fell by " in done.stdout
    assert "gate: the working tree fails for mlp, compared with main (" in done.stderr
    found = json.loads((project / "gate/gate.json").read_text())
    assert found["params"] == {"recipes.mlp.epochs": [20, 2]}
    assert_pictures_show_the_flips(project, found["models"][0]["negative_flips"])
    assert found["models"][1]["negative_flips"] == []
    done = gate(branch(project, "better"), "--baseline", "worse")
    assert done.returncode == 0
    assert "mlp: better by " in done.stdout


def assert_pictures_show_the_flips(project: Path, negative_flips: list[dict]) -> None:
    page = (project / "gate/gate.md").read_text()
    assert "| `recipes.mlp.epochs` | 20 | 2 |" in page
    assert "## Gate: the working tree fails for mlp" in page
    for name in ("mlp-negative-flips.png", "mlp-positive-flips.png", "mlp-confusion.png"):
        assert f"]({name})" in page
        with Image.open(project / "gate" / name) as picture:
            assert len(np.unique(np.asarray(picture))) > 50, name
    assert len(negative_flips) > 5
    assert all(
        f"| `{row['image']}` | {row['actual']} | {row['predicted']} | negative |" in page for row in negative_flips
    )


def test_edited_metrics_are_refused_committed_or_not(project: Path):
    scores = branch(project, "edited") / "metrics/test/mlp-0.json"
    scores.write_text(scores.read_text().replace('"ece": 0.', '"ece": 0.0'))
    done = gate(project, "--json")
    assert done.returncode == 2
    assert "metrics/test/mlp-0.json changed since they were computed; run `dvc repro` first" in done.stderr
    reason = json.loads(done.stdout)
    assert reason["comparable"] is False
    assert reason["reason"] in done.stderr
    commit_all(project, "nicer numbers")
    done = gate(branch(project, "after"), "--baseline", "edited")
    assert done.returncode == 2
    assert "metrics/test/mlp-0.json differ from its dvc.lock; name another baseline" in done.stderr


def test_changed_code_that_was_not_run_is_refused_committed_or_not(project: Path):
    module = branch(project, "not-run") / "digits/evaluation/metrics.py"
    module.write_text(module.read_text() + "\n")
    edit_params(project, evaluate__n_errors_shown=5)
    done = gate(project)
    assert done.returncode == 2
    assert "digits/evaluation, params.yaml: evaluate changed since they were computed" in done.stderr
    commit_all(project, "not run")
    done = gate(branch(project, "after"), "--baseline", "not-run")
    assert done.returncode == 2
    assert "digits/evaluation, params.yaml: evaluate" in done.stderr
    assert "differ from its dvc.lock" in done.stderr


def test_forged_numbers_are_refused_although_dvc_recorded_them(project: Path):
    scores, errors = (branch(project, "forged") / f"metrics/{it}/mlp-0" for it in ("test", "errors"))
    scores, errors = scores.with_suffix(".json"), errors.with_suffix(".csv")
    found = json.loads(scores.read_text())
    scores.write_text(json.dumps({**found, "accuracy": found["accuracy"] + 0.05}))
    run(["dvc", "commit", "--force", "evaluate@mlp-0"], project)
    done = gate(project)
    assert done.returncode == 2
    assert re.search(
        r"mlp-0.json has accuracy \S+, but metrics/errors/mlp-0.csv lists \d+ misread images of 500", done.stderr
    )
    lines = errors.read_text().splitlines()
    errors.write_text("\n".join(lines[:-1]) + "\n")
    fewer = len(lines) - 2
    scores.write_text(json.dumps({**found, "errors": fewer, "accuracy": 1 - fewer / 500}))
    run(["dvc", "commit", "--force", "evaluate@mlp-0"], project)
    done = gate(project)
    assert done.returncode == 2
    assert "metrics/errors/mlp-0.csv contradicts predictions/mlp-0.npz" in done.stderr


def test_a_damaged_list_of_errors_is_named_with_line_and_column(project: Path):
    errors = branch(project, "damaged") / "metrics/errors/mlp-0.csv"
    lines = errors.read_text().splitlines()
    errors.write_text("\n".join([*lines[:2], lines[2].replace(",", ";", 1), *lines[3:]]) + "\n")
    run(["dvc", "commit", "--force", "evaluate@mlp-0"], project)
    done = gate(project)
    assert done.returncode == 2
    assert done.stderr.startswith("gate: metrics/errors/mlp-0.csv, line 3, column ")


def test_a_baseline_that_cannot_be_compared_with_is_refused_in_one_line(project: Path):
    first = git(branch(project, "old"), "rev-list", "--max-parents=0", "HEAD").strip()
    git(project, "mv", "requirements/base.txt", "requirements.txt")
    commit_all(project, "the layout of older versions")
    branch(project, "here")
    for baseline, says in (
        ("nowhere", "git has no commit nowhere; name a branch, tag or commit that is here, or fetch it"),
        (first, "has no metrics to compare with; name a later commit"),
        ("old", "has the metrics of an older layout of this project; name a later commit"),
    ):
        done = gate(project, "--baseline", baseline)
        assert done.returncode == 2
        assert says in done.stderr
        assert done.stderr.count("\n") == 1


def test_a_shallow_clone_says_how_to_get_the_rest_and_a_full_one_needs_no_data(project: Path, tmp_path: Path):
    branch(project, "here")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{project}", "shallow")
    done = gate(tmp_path / "shallow", "--baseline", "main")
    assert done.returncode == 2
    assert "since this clone is shallow; fetch the rest: git fetch --unshallow" in done.stderr
    git(tmp_path, "clone", "--quiet", str(project), "full")
    done = gate(tmp_path / "full", "--baseline", "origin/main")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_workflows_are_sound():
    run(["actionlint"], ROOT)
    run(["pre-commit", "validate-config"], ROOT)
