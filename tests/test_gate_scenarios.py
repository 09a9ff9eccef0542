"""The gate as a pull request meets it: real git, real DVC, real trainings on the bundled digits."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, commit_all, git, run
from PIL import Image
from ruamel.yaml import YAML

LINE = "    probabilities = inference.predict(model, test.images)\n"
BUG = LINE + "    probabilities[5::100] = np.roll(probabilities[5::100], 1, axis=1)\n"


def edit_params(folder: Path, **changes: object) -> None:
    """Set dotted keys, with __ for the dots."""
    yaml = YAML()
    params = yaml.load(folder / "params.yaml")
    for key, value in changes.items():
        *sections, last = key.split("__")
        section = params
        for part in sections:
            section = section[part]
        section[last] = value
    yaml.dump(params, folder / "params.yaml")


def gate(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return run(["python", "-m", "apps.gate", *arguments], folder, check=False)


@pytest.fixture(scope="module")
def project(pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose main has one model, and limits that suit the bundled digits. Tests leave main as it is."""
    folder = tmp_path_factory.mktemp("gate") / "project"
    shutil.copytree(pipeline, folder, ignore=shutil.ignore_patterns("logs"))
    limits = {"mlp": {"accuracy": {"least": 0.85, "most": 0.99}}}
    drops = {"accuracy": 0.0, "nll": 0.1, "ece": 0.05}  # more than seeds do with 500 images
    edit_params(folder, train__models=["mlp"], export__recipe="mlp", gate__limits=limits, gate__allowed_drops=drops)
    for path in (folder / "metrics").rglob("*-0*"):
        if not path.name.startswith("mlp"):
            path.unlink()
    run(["dvc", "repro"], folder)
    commit_all(folder, "one model")
    return folder


def branch(project: Path, name: str, **changes: object) -> Path:
    """A new branch of `project`, checked out, with `changes` to params.yaml."""
    git(project, "checkout", "--quiet", "--force", "-B", name, "main")
    run(["dvc", "checkout"], project)
    edit_params(project, **changes)
    return project


def finish(project: Path) -> None:
    run(["dvc", "repro"], project)
    commit_all(project, "changed")


def test_a_branch_that_changes_nothing_passes(project: Path):
    done = gate(branch(project, "nothing"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "mlp: reads every digit as before; a drop of 1.00 points or more would have been seen" in done.stdout
    assert "gate: the working tree passes, compared with main (" in done.stdout


def test_a_worse_recipe_fails_and_the_way_back_is_an_improvement(project: Path):
    finish(branch(project, "worse", recipes__mlp__epochs=2))
    done = gate(project, "--markdown", "gate", "--json", "gate/gate.json")
    assert done.returncode == 1
    assert "mlp: accuracy fell by " in done.stdout
    assert "more than chance explains: p = " in done.stdout
    assert "gate: the working tree fails for mlp, compared with main (" in done.stderr
    found = json.loads((project / "gate/gate.json").read_text())
    assert found["params"] == {"recipes.mlp.epochs": [20, 2]}
    assert_pictures_show_the_broken_digits(project, found["models"][0]["broken"])
    shutil.rmtree(project / "gate")
    done = gate(branch(project, "better"), "--baseline", "worse")
    assert done.returncode == 0
    assert "mlp: reads better by " in done.stdout


def assert_pictures_show_the_broken_digits(project: Path, broken: list[dict]) -> None:
    page = (project / "gate/gate.md").read_text()
    assert "| `recipes.mlp.epochs` | 20 | 2 |" in page
    assert "## Gate: the working tree fails for mlp" in page
    for name in ("mlp-broken.png", "mlp-fixed.png", "mlp-confusion.png"):
        assert f"]({name})" in page
        with Image.open(project / "gate" / name) as picture:
            assert len(np.unique(np.asarray(picture))) > 50, name
    assert len(broken) > 5
    assert all(f"| `{row['image']}` | {row['actual']} | {row['predicted']} |" in page for row in broken)


def test_a_bug_that_misreads_one_digit_in_a_hundred_fails(project: Path):
    module = branch(project, "bug") / "stages/evaluate.py"
    source = module.read_text()
    assert source.count(LINE) == 1
    module.write_text(source.replace(LINE, BUG))
    finish(project)
    done = gate(project)
    assert done.returncode == 1
    assert "mlp: accuracy fell by 1.00 points, more than chance explains: p = 0.033" in done.stdout


def test_trust_is_held_to_limits_too(project: Path):
    limits = {"corrupted_accuracy": {"least": 1.0}, "calibrated_ece": {"most": 0.0}, "outlier_auroc": {"least": 1.0}}
    done = gate(branch(project, "trust", gate__limits={"mlp": {**limits, "outlier_fpr95": {"least": 0.0}}}))
    assert done.returncode == 1
    for measure in limits:
        assert f"{measure} is " in done.stdout
    assert "outlier_fpr95 is " not in done.stdout


def test_another_seed_is_within_noise(project: Path):
    branch(project, "noise", train__seeds=[1], export__seed=1)
    for path in (project / "metrics").rglob("mlp-0*"):
        path.unlink()
    finish(project)
    done = gate(project)
    assert done.returncode == 0
    assert "mlp: no loss beyond chance (" in done.stdout
    assert "would have been seen with probability 0.8" in done.stdout


def test_another_split_is_not_compared(project: Path):
    finish(branch(project, "split", preprocess__seed=1))
    done = gate(project, "--json")
    assert done.returncode == 2
    assert "were split otherwise (train, validation, pixels)" in done.stderr
    reason = json.loads(done.stdout)
    assert reason["comparable"] is False
    assert "were split otherwise" in reason["reason"]


def test_metrics_edited_by_hand_are_refused_committed_or_not(project: Path):
    scores = branch(project, "edited") / "metrics/test/mlp-0.json"
    scores.write_text(scores.read_text().replace('"ece": 0.', '"ece": 0.0'))
    done = gate(project)
    assert done.returncode == 2
    assert "metrics/test/mlp-0.json changed since they were computed; run `dvc repro` first" in done.stderr
    commit_all(project, "nicer numbers")
    assert gate(project).returncode == 2
    done = gate(branch(project, "after"), "--baseline", "edited")
    assert done.returncode == 2
    assert "metrics/test/mlp-0.json differ from its dvc.lock; name another baseline" in done.stderr


def test_changed_code_that_was_not_run_is_refused(project: Path):
    module = branch(project, "unrun") / "digits/metrics.py"
    module.write_text(module.read_text() + "\n")
    done = gate(project)
    assert done.returncode == 2
    assert "digits/metrics.py changed since they were computed; run `dvc repro` first" in done.stderr


def test_a_model_that_is_gone_is_missed(project: Path):
    done = gate(branch(project, "gone"), "--baseline", "main~1")  # which had all five
    assert done.returncode == 2
    assert "has best, cnn, fast, sigmoid, which the working tree lacks; add it to train.models" in done.stderr


def test_a_damaged_list_of_errors_is_named_with_line_and_column(project: Path):
    errors = branch(project, "damaged") / "metrics/errors/mlp-0.csv"
    lines = errors.read_text().splitlines()
    errors.write_text("\n".join([*lines[:2], lines[2].replace(",", ";", 1), *lines[3:]]) + "\n")
    run(["dvc", "commit", "--force"], project)
    commit_all(project, "damaged")
    done = gate(project)
    assert done.returncode == 2
    assert done.stderr.startswith("gate: metrics/errors/mlp-0.csv, line 3, column ")


@pytest.mark.parametrize(
    ("baseline", "says"),
    [
        ("nowhere", "git has no commit nowhere; name a branch, tag or commit that is here, or fetch it"),
        ("first", "has no metrics to compare with; name a later commit as the baseline"),
    ],
)
def test_a_baseline_that_cannot_be_compared_with_is_refused(project: Path, baseline: str, says: str):
    git(branch(project, "here"), "tag", "--force", "first", git(project, "rev-list", "--max-parents=0", "HEAD").strip())
    done = gate(project, "--baseline", baseline)
    assert done.returncode == 2
    assert says in done.stderr


def test_a_shallow_clone_says_how_to_get_the_rest_and_a_full_one_needs_no_data(project: Path, tmp_path: Path):
    branch(project, "here")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{project}", "shallow")
    done = gate(tmp_path / "shallow", "--baseline", "main")
    assert done.returncode == 2
    assert "since this clone is shallow; fetch the rest: git fetch --unshallow" in done.stderr
    git(tmp_path, "clone", "--quiet", str(project), "full")
    done = gate(tmp_path / "full", "--baseline", "origin/main")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_gate_needs_neither_tensorflow_nor_matplotlib(project: Path):
    branch(project, "here")
    code = (
        "import runpy, sys; sys.argv = ['gate']; runpy.run_module('apps.gate', run_name='__main__');"
        "sys.exit(bool({'tensorflow', 'keras', 'matplotlib', 'sklearn'} & set(sys.modules)))"
    )
    assert run(["python", "-c", code], project, check=False).returncode == 0


def test_the_workflows_are_sound():
    run(["actionlint"], ROOT)
    run(["pre-commit", "validate-config"], ROOT)
