"""Sweeps as people run them: real Ray nodes, real DVC; and without Ray."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import cluster
from cluster import set_params, set_remote, without_ray
from support import BIN, ROOT, clone_for_bundled_digits, commit_all, git, run

SEEDS = [0, 1, 2]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which the data is ready and nothing is trained."""
    folder = clone_for_bundled_digits(tmp_path_factory.mktemp("sweep") / "prepared")
    set_params(folder, SEEDS)
    run(["dvc", "repro", "preprocess"], folder)
    commit_all(folder, "data")
    return folder


@pytest.fixture
def project(prepared: Path, tmp_path: Path) -> Path:
    """A checkout without experiments, with a DVC remote."""
    folder = Path(shutil.copytree(prepared, tmp_path / "project", symlinks=True))
    set_remote(folder, tmp_path / "storage")
    return folder


def start(project: Path, **environment: str) -> subprocess.Popen:
    """A sweep of what params.yaml lists."""
    return subprocess.Popen(
        [str(BIN / "python"), "-m", "apps.sweep"],
        cwd=project,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **environment},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(what: Callable[[], object]) -> None:
    for _ in range(400):
        if what():
            return
        time.sleep(0.5)
    raise TimeoutError


def experiments(project: Path) -> list[str]:
    """Recipe and seed of each experiment."""
    names = git(project, "for-each-ref", "--format=%(refname:lstrip=4)", "refs/exps").split()
    return sorted(name.rsplit("-", 1)[0] for name in names)


def results(folder: Path) -> list[bytes]:
    found = [path for name in ("models", "metrics/train", "plots/history") for path in (folder / name).glob("mlp-*")]
    assert len(found) == 3 * len(SEEDS)
    return [path.read_bytes() for path in sorted(found)]


def test_the_five_documented_commands_lead_to_the_bytes_of_a_plain_run(project: Path, tmp_path: Path):
    text = (ROOT / "docs/sweeps.md").read_text().split("## From laptop to cluster")[1]
    commands = text.split("```sh\n")[1].split("```")[0].splitlines()
    assert len(commands) == 5
    port = str(cluster.free_port())
    variables = {"RAY_HOST": cluster.HOST, "STORAGE": str(tmp_path / "storage"), **cluster.TOKEN}
    run(["dvc", "remote", "remove", "--local", "storage"], project)
    other = tmp_path / "other"

    def shell(number: int, folder: Path) -> str:
        return run(["bash", "-c", commands[number].replace("6379", port)], folder, **variables).stdout

    try:
        for number in range(3):
            shell(number, project)
        assert "3 of 3: " in shell(3, project)
    finally:
        cluster.stop()
    git(tmp_path, "clone", "--quiet", str(project), str(other))
    shutil.copy(project / ".dvc/config.local", other / ".dvc/config.local")
    assert "Running stage" not in shell(4, other)
    found = results(other)
    targets = [f"train@mlp-{seed}" for seed in SEEDS]
    run(["dvc", "repro", "--force", "--single-item", "--no-run-cache", *targets], other)
    assert results(other) == found


def test_a_lost_node_costs_no_training(project: Path, tmp_path: Path):
    with cluster.two_nodes(tmp_path) as (environment, other):
        sweep = start(project, **environment)
        wait_for(lambda: len(cluster.processes("stages.train")) >= 2)
        cluster.kill(other)
        output, _ = sweep.communicate()
    assert "3 of 3: " in output
    assert experiments(project) == [f"sweep-mlp-{seed}" for seed in SEEDS]


def test_a_killed_sweep_goes_on_where_it_was(project: Path, tmp_path: Path):
    sweep = start(project, **without_ray(tmp_path))
    wait_for(lambda: experiments(project))
    os.killpg(sweep.pid, signal.SIGKILL)
    sweep.communicate()
    done = len(experiments(project))
    assert done < len(SEEDS)
    output, _ = start(project, **without_ray(tmp_path)).communicate()
    assert output.startswith(f"sweep: {done} of 3 done before, {3 - done} to run on this machine")
    assert output.count("on validation, ") == 3 - done
    assert experiments(project) == [f"sweep-mlp-{seed}" for seed in SEEDS]


def test_what_failed_is_named_and_only_that_is_tried_again(project: Path, tmp_path: Path):
    """Also: a parameter of a stage before the training can be swept."""
    words = ["python", "-m", "apps.sweep", "mlp", "--seeds", "0", "-S", "recipes.mlp.learning_rate=0.01,1e30"]
    words += ["-S", "preprocess.seed=1"]
    first = run(words, project, check=False, **without_ray(tmp_path))
    assert first.returncode == 1
    assert "2 of 2: " in first.stdout
    name, reason = re.findall(r"^sweep: (\S+) .*learning_rate=1e\+30 .*failed: (.*)", first.stderr, re.MULTILINE)[0]
    assert "the loss is not finite" in reason
    assert "Invalid loss" in (project / f"logs/sweep/{name}.log").read_text()
    again = run(words, project, check=False, **without_ray(tmp_path))
    assert again.stdout.startswith("sweep: 1 of 2 done before, 1 to run")
    assert len(re.findall(r"^\| sweep-", again.stdout, re.MULTILINE)) == 1


def test_halving_gives_all_epochs_to_the_best_alone(project: Path):
    words = ["--seeds", "0", "-S", "recipes.mlp.learning_rate=1e-9,0.01", "--halving", "2"]
    done = run(["python", "-m", "apps.sweep", "mlp", *words], project)
    assert "on Ray on this machine" in done.stdout
    rows = re.findall(r"^\| sweep-mlp.*\| +(.*?) +\|$", done.stdout, re.MULTILINE)
    assert sorted(rows) == [
        "recipes.mlp.learning_rate=0.01 recipes.mlp.epochs=1",
        "recipes.mlp.learning_rate=0.01 recipes.mlp.epochs=2",
        "recipes.mlp.learning_rate=1e-09 recipes.mlp.epochs=1",
    ]
