"""Sweeps as people run them: real DVC, without Ray, on this machine's Ray and on a cluster of two nodes."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd
import psutil
import pytest
from ruamel.yaml import YAML

from support import BIN, clone_for_bundled_digits, commit_all, git, run

SEEDS = [0, 1, 2]
TABLE = Path("logs/sweep/mlp.csv")
TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 3}  # of these tests' nodes alone
HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which the data is ready and nothing is trained: `mlp` for two epochs from SEEDS."""
    folder = clone_for_bundled_digits(tmp_path_factory.mktemp("sweep") / "prepared")
    yaml = YAML()
    params = yaml.load(folder / "params.yaml")
    params["train"].update(models=["mlp"], seeds=SEEDS)
    params["export"].update(recipe="mlp", seed=0)
    params["recipes"]["mlp"]["epochs"] = 2
    yaml.dump(params, folder / "params.yaml")
    run(["dvc", "repro", "preprocess"], folder)
    commit_all(folder, "data")
    return folder


@pytest.fixture
def project(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "project", symlinks=True))


@pytest.fixture
def without_ray(tmp_path: Path) -> dict[str, str]:
    """An environment in which Ray cannot be imported."""
    (tmp_path / "ray.py").write_text("raise ImportError\n")
    return {"PYTHONPATH": str(tmp_path)}


def start(project: Path, *words: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [str(BIN / "python"), "-u", "-m", "digits.sweep", *words],
        cwd=project,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **environment},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(condition: Callable[[], object]) -> None:
    for _ in range(400):
        if condition():
            return
        time.sleep(0.5)
    raise TimeoutError


def processes(name: str = "") -> list[psutil.Process]:
    """The processes with these tests' token whose command line holds `name`."""
    ours = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            has_token = process.environ().get("RAY_AUTH_TOKEN") == TOKEN["RAY_AUTH_TOKEN"]
            if has_token and process.pid != os.getpid() and name in " ".join(process.cmdline()):
                ours.append(process)
    return ours


@contextmanager
def two_nodes(folder: Path) -> Iterator[tuple[dict[str, str], subprocess.Popen]]:
    """A Ray head and a second node, two processors each: the environment of a sweep on them, and the second node."""
    with socket.socket() as free:
        free.bind(("", 0))
        port = free.getsockname()[1]
    environment = {"RAY_ADDRESS": f"{HOST}:{port}", **TOKEN}
    try:
        start_node("--head", f"--port={port}", "--include-dashboard=false")
        wait_for(lambda: has_processors(folder, environment, 2))
        other = start_node(f"--address={HOST}:{port}")
        wait_for(lambda: has_processors(folder, environment, 4))
        yield environment, other
    finally:  # `ray stop` would end the nodes of others too
        for process in processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()


def start_node(*words: str) -> subprocess.Popen:
    common = [f"--node-ip-address={HOST}", "--num-cpus=2", "--disable-usage-stats", "--block"]
    return subprocess.Popen(
        [str(BIN / "ray"), "start", *words, *common, "--object-store-memory=300000000"],
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", **TOKEN},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def has_processors(folder: Path, environment: dict[str, str], count: int) -> bool:
    command = ["ray", "status", f"--address={environment['RAY_ADDRESS']}"]
    return f"0.0/{count}.0 CPU" in run(command, folder, check=False, **environment).stdout


def models(folder: Path) -> list[bytes]:
    return [(folder / f"models/mlp-{seed}.keras").read_bytes() for seed in SEEDS]


def test_a_lost_node_of_a_cluster_costs_no_training(project: Path, tmp_path: Path):
    """The models that come back are those of a plain run."""
    with two_nodes(tmp_path) as (environment, other):
        sweep = start(project, **environment)
        wait_for(lambda: len(processes("stages.train")) >= 2)
        os.killpg(other.pid, signal.SIGKILL)  # as when its machine loses power
        other.wait()
        sweep.communicate()
    assert sweep.returncode == 0
    assert sorted(pd.read_csv(project / TABLE)["seed"]) == SEEDS
    assert "Running stage" not in run(["dvc", "repro", "train"], project).stdout
    brought = models(project)
    run(["dvc", "repro", "--force", "--single-item", "--no-run-cache", "train"], project)
    assert models(project) == brought


def test_a_killed_sweep_goes_on_where_it_was(project: Path, without_ray: dict[str, str]):
    sweep = start(project, **without_ray)
    wait_for((project / TABLE).exists)
    os.killpg(sweep.pid, signal.SIGKILL)
    sweep.communicate()
    done = len(pd.read_csv(project / TABLE))
    assert done < len(SEEDS)
    output, _ = start(project, **without_ray).communicate()
    assert output.startswith(f"sweep: {done} of 3 done before, {3 - done} to train")
    assert pd.read_csv(project / TABLE)["seed"].tolist() == SEEDS


def test_a_fresh_machine_says_why_a_training_failed(project: Path, tmp_path: Path, without_ray: dict[str, str]):
    """Also: a parameter of a stage before the training can be swept."""
    fresh = {"HOME": str(tmp_path), "GIT_CONFIG_GLOBAL": str(tmp_path / "none"), "GIT_CONFIG_NOSYSTEM": "1"}
    words = ["python", "-m", "digits.sweep", "mlp", "--seeds", "0", "-S", "learning_rate=0.01,1e30"]
    done = run([*words, "-S", "preprocess.seed=1"], project, check=False, **fresh, **without_ray)
    assert done.returncode == 1
    assert "the loss is not finite" in done.stderr
    assert len(pd.read_csv(project / TABLE)) == 1


PLAN = """
table: results/table.csv
groups:
  tested: {recipes: [mlp], seeds: [1, 2], common: [epochs=1], selection_metric: test}
  corrupted: {recipes: [mlp], common: [epochs=1], selection_metric: robustness}
"""


def test_a_plan_has_the_numbers_of_the_pipeline(project: Path):
    (project / "plans/all.yaml").write_text(PLAN)
    run(["python", "-m", "digits.sweep", "plans/all.yaml"], project)
    table = pd.read_csv(project / "results/table.csv").set_index("group")
    tested, ensembles = table.loc["tested"].sort_values("seed"), project / "results/ensembles/mlp.csv"
    assert pd.read_csv(ensembles)["mean"].iloc[0] == pytest.approx(tested["accuracy"].mean())
    assert 0.1 < table.loc["corrupted", "validation_corrupted_accuracy"] < 1
    assert set(table["commit"]) == {git(project, "rev-parse", "HEAD")[:9]}
    written = ensembles.read_bytes()
    ensembles.unlink()  # as if the sweep had been stopped after its last training
    assert "3 of 3 done" in run(["python", "-m", "digits.sweep", "plans/all.yaml"], project).stdout
    assert ensembles.read_bytes() == written
    for seed, errors in zip(tested["seed"], tested["errors"], strict=True):
        assert len(pd.read_csv(project / f"results/errors/mlp-{seed}.csv")) == errors
    settings = ["train.models=[mlp]", "train.seeds=[2]", "export.seed=2", "recipes.mlp.epochs=1"]
    run(["dvc", "exp", "run", *(word for setting in settings for word in ("-S", setting)), "train@mlp-2"], project)
    trained = pd.read_json(project / "metrics/train/mlp-2.json", typ="series")
    assert trained["validation_loss"] == pytest.approx(tested["validation_loss"].iloc[1], abs=1e-9)
