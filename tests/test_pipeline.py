"""The pipeline as its users run it: real DVC, real git, the bundled digits, fresh clones."""

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import requests
from conftest import BIN, clone_for_bundled_digits, commit_all, git, run, stage

REPRODUCED = ("metrics", "plots", "models", "reports", "data", "dvc.lock")


def contents(folder: Path) -> dict[str, bytes]:
    """All that the contract wants reproduced, byte for byte, by path."""
    files = [path for name in REPRODUCED for path in [folder / name, *(folder / name).rglob("*")] if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def stages_run(output: str) -> list[str]:
    return re.findall(r"Running stage '([^']+)'", output)


def test_two_fresh_clones_give_the_same_bytes(pipeline: Path, tmp_path: Path):
    second = clone_for_bundled_digits(tmp_path / "second")
    run(["dvc", "repro", "--force"], second, TZ="Asia/Tokyo", LC_ALL="C", OMP_NUM_THREADS="1")
    first, again = contents(pipeline), contents(second)
    assert first.keys() == again.keys()
    assert [name for name in first if first[name] != again[name]] == []
    assert len(first) > 30


def test_nothing_runs_again_without_a_change(pipeline: Path):
    assert stages_run(run(["dvc", "repro"], pipeline).stdout) == []
    assert git(pipeline, "status", "--porcelain") == ""


def test_models_learn_to_read(pipeline: Path):
    for path in (pipeline / "metrics/test").iterdir():
        assert json.loads(path.read_text())["accuracy"] > 0.85, path.name  # 0.1 is chance, 0.92 to 0.95 is usual


def test_errors_and_class_totals_are_the_confusion_matrix(pipeline: Path):
    totals = pd.read_csv(pipeline / "plots/class_counts.csv")["test"].to_numpy()
    errors = pd.read_csv(pipeline / "metrics/errors/mlp-0.csv", dtype={"image": str})
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (errors["actual"], errors["predicted"]), 1)
    matrix += np.diag(totals - matrix.sum(axis=1))
    confusion = pd.read_csv(pipeline / "plots/confusion/mlp-0.csv")
    assert confusion["images"].tolist() == matrix.reshape(-1).tolist()
    assert errors["image"].is_monotonic_increasing
    assert json.loads((pipeline / "metrics/test/mlp-0.json").read_text())["errors"] == len(errors)


def test_an_experiment_runs_only_what_its_parameter_reaches(workspace: Path):
    done = run(["dvc", "exp", "run", "--set-param", "recipes.mlp.epochs=2", "--name", "short"], workspace)
    assert stages_run(done.stdout) == [
        "train@mlp-0",
        "evaluate@mlp-0",
        "calibrate@mlp-0",
        "robustness@mlp-0",
        "detect@mlp-0",
        "report",
    ]
    rows = list(csv.DictReader(io.StringIO(run(["dvc", "exp", "show", "--csv"], workspace).stdout)))
    assert {row["recipes.mlp.epochs"] for row in rows} == {"2", "20"}
    assert any(row["Experiment"] == "short" for row in rows)
    changed = json.loads(run(["dvc", "metrics", "diff", "--json"], workspace).stdout)
    assert {path for path, change in changed.items() if change} == {
        f"metrics/{folder}/mlp-0.json" for folder in ("train", "test", "calibration", "robustness", "detection")
    }
    assert "recipes.mlp.epochs" in run(["dvc", "params", "diff"], workspace).stdout
    assert "metrics/test/cnn-0.json" in run(["dvc", "metrics", "show"], workspace).stdout
    assert git(workspace, "diff", "--numstat", "--", "params.yaml").split() == ["1", "1", "params.yaml"]
    errors = git(workspace, "diff", "--stat", "--", "metrics/errors")
    assert "mlp-0.csv" in errors
    assert "cnn-0.csv" not in errors


def test_dvc_draws_the_pipeline(pipeline: Path):
    drawn = run(["dvc", "dag", "--mermaid"], pipeline).stdout
    for name in ("fetch", "preprocess", "train@mlp-0", "evaluate@cnn-0", "report"):
        assert name in drawn


@pytest.mark.parametrize("name", ["fetch", "preprocess", "report"])
def test_stages_that_need_no_tensorflow_do_not_import_it(workspace: Path, name: str):
    check = (
        f"import runpy, sys; runpy.run_module('stages.{name}', run_name='__main__'); "
        "sys.exit(', '.join({'tensorflow', 'keras'} & set(sys.modules)) or 0)"
    )
    run(["python", "-c", check], workspace)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_a_training_cut_short_leaves_nothing_half_written(workspace: Path, pipeline: Path, blow: signal.Signals):
    for path in ("models/sigmoid-0.keras", "plots/history/sigmoid-0.csv", "metrics/train/sigmoid-0.json"):
        (workspace / path).unlink()
    shutil.rmtree(workspace / "data/processed/test")  # train has no business there, so it must not miss it
    command = ["python", "-m", "stages.train", "sigmoid", "0"]
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    training = subprocess.Popen(
        command,
        cwd=workspace,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    assert "epoch 1/20" in training.stdout.readline()
    training.send_signal(blow)
    _, complaint = training.communicate()
    assert training.returncode in (-signal.SIGKILL, 130)
    assert complaint.count("\n") <= 1
    made = [path for path in contents(workspace) if re.match(r"models/\.?sigmoid-0", path)]
    assert made == []
    if blow == signal.SIGKILL:
        stage("train", workspace, "sigmoid", "0", check=True)
        again, clean = contents(workspace), contents(pipeline)
        assert all(again[path] == clean[path] for path in again)


def test_verify_names_exactly_the_number_that_was_edited(workspace: Path):
    path = workspace / "metrics/test/mlp-0.json"
    path.write_text(path.read_text().replace('"errors": ', '"errors": 1'))
    commit_all(workspace, "nicer numbers")
    done = run(["python", "-m", "apps.verify", "mlp", "0"], workspace, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "verify: mlp-0 differs from the commit in metrics/test/mlp-0.json"


def test_tensorboard_serves_the_trainings(pipeline: Path):
    command = [BIN / "tensorboard", "--logdir", "logs/tensorboard", "--port", "0", "--host", "127.0.0.1"]
    server = subprocess.Popen(command, cwd=pipeline, stderr=subprocess.PIPE, text=True)
    try:
        address = next(found[0] for line in server.stderr if (found := re.search(r"http://[\d.:]+", line)))
        deadline = time.monotonic() + 60
        runs = []
        while len(runs) < 10 and time.monotonic() < deadline:  # it reads the logs in the background
            runs = requests.get(f"{address}/data/runs", timeout=30).json()
            time.sleep(0.2)
    finally:
        server.terminate()
        server.communicate()
    assert sorted(runs) == [
        f"{cell}/{part}"
        for cell in ("best-0", "cnn-0", "fast-0", "mlp-0", "sigmoid-0")
        for part in ("train", "validation")
    ]


def test_a_slip_costs_nothing_once_it_is_mended(workspace: Path):
    path = workspace / "params.yaml"
    right = path.read_text()
    path.write_text(right.replace("epochs: 10", "epochs: -10"))
    done = run(["dvc", "repro"], workspace, check=False)
    assert done.returncode != 0
    assert "recipes.cnn.epochs is -10; input should be greater than or equal to 1" in done.stderr
    path.write_text(right)
    done = run(["dvc", "repro"], workspace)
    assert "epoch 1/" not in done.stdout  # the run cache remembers; nothing is trained again
    assert git(workspace, "status", "--porcelain") == ""
    assert (workspace / "models/cnn-0.keras").exists()
