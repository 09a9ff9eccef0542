"""A pipeline for real DVC whose stages take no time; marker files in its folder make them wait, talk or fail."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from ruamel.yaml import YAML

from support import ROOT, commit_all, git, run

STAGE = """
import pathlib, sys, time

def wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("waited in vain")
        if pathlib.Path("talks").exists():
            print("still waiting", flush=True)
        time.sleep(0.02)

stage, output = sys.argv[1], pathlib.Path(sys.argv[2])
with open("begun", "a") as file:
    print(stage, file=file)
print("here", stage, flush=True)
if pathlib.Path(f"{stage} waits").exists():
    wait_until(pathlib.Path(pathlib.Path(f"{stage} waits").read_text()).exists)
if pathlib.Path(f"{stage} fails").exists():
    print("all is well")
    raise ValueError("a bad recipe")
output.parent.mkdir(exist_ok=True)
output.write_text(stage)
"""
PIPELINE = """
stages:
  preprocess:
    cmd: python stage.py preprocess data/processed
    deps: [stage.py]
    outs: [data/processed]
  train:
    matrix: {model: "${train.models}", seed: "${train.seeds}"}
    cmd: python stage.py train@${item.model}-${item.seed} models/${item.model}-${item.seed}
    deps: [stage.py, data/processed]
    outs: ["models/${item.model}-${item.seed}"]
  evaluate:
    matrix: {model: "${train.models}", seed: "${train.seeds}"}
    cmd: python stage.py evaluate@${item.model}-${item.seed} predictions/${item.model}-${item.seed}
    deps: [stage.py, "models/${item.model}-${item.seed}"]
    outs: ["predictions/${item.model}-${item.seed}"]
  report:
    cmd: python stage.py report reports/index
    deps: [stage.py, predictions]
    outs: [reports/index]
"""
CONFIG = "[core]\n    analytics = false\n    check_update = false\n"
IGNORED = "/data\n/models\n/predictions\n/reports\n/begun\n* waits\n* fails\n/talks\n"


def tiny_project(folder: Path, models: list[str]) -> Path:
    """A pipeline of stages that take no time; the trainings of `mlp`, with the most epochs, are the first to start."""
    (folder / ".dvc").mkdir(parents=True)
    yaml = YAML()
    params = yaml.load(ROOT / "params.yaml")
    params["train"]["models"], params["export"]["recipe"] = models, models[0]
    yaml.dump(params, folder / "params.yaml")
    texts = {"stage.py": STAGE, "dvc.yaml": PIPELINE, ".dvc/config": CONFIG, ".gitignore": IGNORED}
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / ".dvc/.gitignore").write_text("/tmp\n/cache\n")
    git(folder, "init", "--quiet")
    commit_all(folder, "nothing has run")
    return folder


def repro(folder: Path, jobs: int = 2) -> subprocess.CompletedProcess:
    return run(["python", "-m", "digits.repro", "--jobs", str(jobs)], folder, False, PYTHONPATH=str(ROOT))


def start(folder: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "digits.repro", "--jobs", "2"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=take_signals,
    )


def take_signals() -> None:
    """Undo what a shell does to its background jobs: they ignore Ctrl-C, and so would what they start."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def begun(folder: Path) -> list[str]:
    """The stages that began, in this order."""
    path = folder / "begun"
    return path.read_text().splitlines() if path.exists() else []


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def at_work(folder: Path) -> list[psutil.Process]:
    """The processes whose current folder is `folder`."""
    found = []
    for process in psutil.process_iter(["cwd", "status"]):
        if process.info["cwd"] == str(folder) and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def assert_clean(folder: Path) -> None:
    """Nobody is at work, DVC holds no lock, and the next run does the rest."""
    wait_until(lambda: not at_work(folder))
    for path in [*folder.glob("* waits"), *folder.glob("* fails")]:
        path.unlink()
    done = repro(folder)
    assert not done.returncode, done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    assert not any(json.loads((folder / ".dvc/tmp/rwlock").read_text()).values())
    assert (folder / "reports/index").exists()
