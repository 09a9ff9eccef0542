"""Sweeps as people run them: real Ray nodes, real DVC; and without Ray."""

import math
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import cluster
from cluster import set_params, set_remote, without_ray
from digits.core import artifacts, paths
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
    """A checkout without experiments and without a DVC remote."""
    return Path(shutil.copytree(prepared, tmp_path / "project", symlinks=True))


def start(project: Path, *words: str, **environment: str) -> subprocess.Popen:
    """A sweep of `words`, or of what params.yaml lists."""
    return subprocess.Popen(
        [str(BIN / "python"), "-u", "-m", "apps.sweep", *words],
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


def rows(project: Path) -> pd.DataFrame:
    """The table of the one sweep there, or of none."""
    return pd.concat([pd.DataFrame(), *map(pd.read_csv, (project / "logs/sweep").glob("*.csv"))])


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
    other = tmp_path / "other"

    def shell(number: int, folder: Path) -> str:
        return run(["bash", "-c", commands[number].replace("6379", port)], folder, **variables).stdout

    try:
        for number in range(3):
            shell(number, project)
        assert "3 of 3, " in shell(3, project)
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
    set_remote(project, tmp_path / "storage")
    with cluster.two_nodes(tmp_path) as (environment, other):
        sweep = start(project, **environment)
        wait_for(lambda: len(cluster.processes("stages.train")) >= 2)
        cluster.kill(other)
        output, _ = sweep.communicate()
    assert "3 of 3, " in output
    assert sorted(rows(project)["seed"]) == SEEDS
    assert experiments(project) == [f"sweep-mlp-{seed}" for seed in SEEDS]


def test_a_remote_that_is_away_for_a_while_costs_no_training(project: Path, tmp_path: Path):
    storage = tmp_path / "storage"
    set_remote(project, storage)
    sweep = start(project, "mlp", "--seeds", "0", **without_ray(tmp_path))
    assert sweep.stdout
    while "on this machine" not in sweep.stdout.readline():
        pass
    storage.rename(tmp_path / "away")
    storage.write_text("no folder")
    time.sleep(20)  # the workspace asks for its data at once
    storage.unlink()
    (tmp_path / "away").rename(storage)
    output, _ = sweep.communicate()
    assert "1 of 1, " in output
    assert sweep.returncode == 0


def test_a_killed_sweep_goes_on_where_it_was(project: Path, tmp_path: Path):
    sweep = start(project, **without_ray(tmp_path))
    wait_for(lambda: len(rows(project)))
    os.killpg(sweep.pid, signal.SIGKILL)
    sweep.communicate()
    done = len(rows(project))
    assert done < len(SEEDS)
    output, _ = start(project, **without_ray(tmp_path)).communicate()
    assert output.startswith(f"sweep: {done} of 3 done before, {3 - done} to run")
    assert len(re.findall(r" left: .* errors of ", output)) == 3 - done
    assert rows(project)["seed"].tolist() == SEEDS
    assert experiments(project) == [f"sweep-mlp-{seed}" for seed in SEEDS]


def test_what_a_full_disk_stopped_is_named_and_done_later(project: Path, tmp_path: Path):
    limited = ["bash", "-c", "ulimit -f 700; python -m apps.sweep mlp --seeds 0 1"]  # no file above 700 KiB
    first = run(limited, project, check=False, **without_ray(tmp_path))
    assert first.returncode == 1
    assert first.stdout.count("failed: [Errno 27] File too large") == 2
    assert "2 failed" in first.stderr
    assert "2 of 2, " in run(["python", "-m", "apps.sweep", "mlp", "--seeds", "0", "1"], project).stdout


def test_what_failed_is_named_with_its_log(project: Path, tmp_path: Path):
    """Also: a parameter of a stage before the training can be swept."""
    words = ["python", "-m", "apps.sweep", "mlp", "--seeds", "0", "-S", "learning_rate=0.01,1e30"]
    words += ["-S", "preprocess.seed=1"]
    first = run(words, project, check=False, **without_ray(tmp_path))
    assert first.returncode == 1
    text = (project / "logs/sweep/sweep-failed.md").read_text()
    assert re.match(r"## sweep-mlp-learning-rate-1e-30-preprocess-seed-1-0-\w+\n\n.*the loss is not finite", text)
    assert "Invalid loss" in text
    again = run(words, project, check=False, **without_ray(tmp_path))
    assert again.stdout.startswith("sweep: 1 of 2 done before, 1 to run")


PLAN = """
table: results/table.csv
groups:
  tested:
    {recipes: [mlp], seeds: [1, 2], common: [epochs=1], judge: test}
  folds:
    recipes: [mlp]
    folds: 2
    variants: {base: [], better: [epochs=9]}
  halved:
    {recipes: [mlp], grid: ["learning_rate=1e-9,0.01"], halving: 2}
  corrupted:
    {recipes: [mlp], common: [epochs=1], judge: corruptions}
"""


def test_a_plan_judges_by_test_folds_and_corruptions_with_the_numbers_of_the_pipeline(project: Path):
    (project / "plans/all.yaml").write_text(PLAN)
    done = run(["python", "-m", "apps.sweep", "plans/all.yaml"], project)
    table = pd.read_csv(project / "results/table.csv").set_index("group")
    tested = table.loc["tested"]
    ensembles = project / "results/ensembles/mlp.csv"
    assert pd.read_csv(ensembles)["mean"].iloc[0] == pytest.approx(tested["accuracy"].mean())
    written = ensembles.read_bytes()
    ensembles.unlink()  # as if the sweep had been stopped after its last training
    run(["python", "-m", "apps.sweep", "plans/all.yaml"], project)
    assert ensembles.read_bytes() == written
    for seed, errors in zip(tested["seed"], tested["errors"], strict=True):
        assert len(pd.read_csv(project / f"results/errors/mlp-{seed}.csv")) == errors
    folds = table.loc["folds"]
    images = artifacts.read_json(project / paths.SPLITS)["train"]["images"]
    assert folds.groupby("variant")["judged"].sum().tolist() == [images, images]
    base, better = (folds.loc[folds["variant"] == name, "validation_errors"].to_numpy() for name in ("base", "better"))
    fewer = base - better
    t = -fewer.mean() / (fewer.std(ddof=1) * (1 / 2 + 1) ** 0.5)  # two folds: as many images judge as train
    expected = 0.5 - math.atan(t) / math.pi  # of Student's t with one degree of freedom
    assert re.search(rf"^\| better .*\| -\d.*\| {expected:.3f} ", done.stdout, re.MULTILINE)
    assert table.loc["halved, 2 epochs", "variant"] == "mlp learning_rate=0.01"
    assert 0.1 < table.loc["corrupted", "validation_corrupted_accuracy"] < 1
    settings = ["train.models=[mlp]", "train.seeds=[2]", "export.seed=2", "recipes.mlp.epochs=1"]
    words = [word for setting in settings for word in ("-S", setting)]
    run(["dvc", "exp", "run", "--force", *words, "train@mlp-2"], project)
    trained = artifacts.read_json(project / "metrics/train/mlp-2.json")
    assert trained["validation_loss"] == pytest.approx(tested["validation_loss"].iloc[1], abs=1e-9)
