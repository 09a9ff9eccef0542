"""A killed training that is run again, and `apps.verify`."""

import os
import re
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path

from support import BIN, commit_all, contents, run, stage


def test_a_killed_training_leaves_nothing_half_written_and_runs_again(workspace: Path, pipeline: Path):
    for path in ("models/mlp-0.keras", "plots/history/mlp-0.csv", "metrics/train/mlp-0.json"):
        (workspace / path).unlink()
    shutil.rmtree(workspace / "data/processed/test")  # train must not need it
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    training = subprocess.Popen(
        ["python", "-m", "stages.train", "mlp", "0"],
        cwd=workspace,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    assert "epoch 1/20" in training.stdout.readline()
    training.send_signal(signal.SIGKILL)
    training.communicate()
    assert [path for path in contents(workspace) if re.match(r"models/\.?mlp-0", path)] == []
    stage("train", workspace, "mlp", "0", check=True)
    again, clean = contents(workspace), contents(pipeline)
    assert all(again[path] == clean[path] for path in again)


def test_verify_names_exactly_the_number_that_was_edited(workspace: Path):
    path = workspace / "metrics/test/mlp-0.json"
    path.write_text(path.read_text().replace('"errors": ', '"errors": 1'))
    commit_all(workspace, "nicer numbers")
    done = run(["python", "-m", "apps.verify", "mlp", "0"], workspace, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "verify: mlp-0 differs from the commit in metrics/test/mlp-0.json"
