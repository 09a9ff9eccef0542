"""Several runs side by side, by real DVC: same bytes, and nothing left behind by what fails, is stopped or is killed.

The stages of these projects take no time; marker files in their folder make them wait, hang or fail.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from ruamel.yaml import YAML

from support import ROOT, commit_all, git, run

STAGE = """
import pathlib, sys, time

def wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("waited in vain")
        print("waiting", flush=True)
        time.sleep(0.02)

stage, output = sys.argv[1], pathlib.Path(sys.argv[2])
with open("begun", "a") as file:
    print(stage, file=file)
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
IGNORED = "/data\n/models\n/predictions\n/reports\n/begun\n* waits\n* fails\n"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_project(tmp_path / "tiny", ["mlp", "fast"])


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
    )


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
    for path in folder.glob("* *s"):
        path.unlink()
    done = repro(folder)
    assert not done.returncode, done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    assert not any(json.loads((folder / ".dvc/tmp/rwlock").read_text()).values())
    assert (folder / "reports/index").exists()


def test_the_order_in_which_runs_end_changes_no_byte(tiny: Path, tmp_path: Path):
    (tiny / "train@mlp-0 waits").write_text("predictions/fast-0")
    done = repro(tiny)
    assert not done.returncode, done.stderr
    assert "mlp-0 | waiting\n" in done.stdout
    assert begun(tiny)[-2:] == ["evaluate@mlp-0", "report"]
    again = repro(tiny)
    assert again.stdout == "Data and pipelines are up to date.\n"
    other = tiny_project(tmp_path / "other", ["mlp", "fast"])
    assert not repro(other, jobs=1).returncode
    assert (tiny / "dvc.lock").read_bytes() == (other / "dvc.lock").read_bytes()


def test_a_failed_run_is_named_and_the_others_go_on(tiny: Path):
    (tiny / "train@mlp-0 fails").touch()
    (tiny / "train@fast-0 waits").write_text("begun")
    done = repro(tiny)
    assert done.returncode == 2
    assert done.stderr == "repro: mlp-0 failed: ValueError: a bad recipe\n"
    assert "mlp-0 | all is well\n" in done.stdout
    assert "report" not in begun(tiny)
    assert_clean(tiny)
    assert begun(tiny).count("train@fast-0") == begun(tiny).count("evaluate@fast-0") == 1


def test_an_interruption_ends_all_and_keeps_what_is_done(tiny: Path):
    (tiny / "evaluate@mlp-0 waits").write_text("never")
    process = start(tiny)
    wait_until(lambda: {"evaluate@mlp-0", "evaluate@fast-0"} <= set(begun(tiny)))
    wait_until(
        lambda: not (tiny / "predictions/fast-0").exists() or "evaluate@fast-0:" in (tiny / "dvc.lock").read_text()
    )
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert "interrupted" in errors
    assert not at_work(tiny)
    assert_clean(tiny)
    assert begun(tiny).count("train@mlp-0") == begun(tiny).count("train@fast-0") == 1


def test_a_killed_run_is_a_failed_one_and_the_others_go_on(tiny: Path):
    for name in ("mlp-0", "fast-0"):
        (tiny / f"evaluate@{name} waits").write_text("killed")
    process = start(tiny)
    wait_until(lambda: {"evaluate@mlp-0", "evaluate@fast-0"} <= set(begun(tiny)))
    (dvc,) = (child for child in psutil.Process(process.pid).children() if "train@mlp-0" in child.cmdline())
    stages = dvc.children()
    dvc.kill()
    psutil.wait_procs(stages, timeout=60)
    assert [stage.is_running() for stage in stages] == [False]
    (tiny / "killed").touch()
    _, errors = process.communicate()
    assert process.returncode == 2
    assert errors == "repro: mlp-0 failed: killed by SIGKILL\n"
    assert not at_work(tiny)
    assert not repro(tiny).returncode
    assert [begun(tiny).count(f"evaluate@{name}") for name in ("mlp-0", "fast-0")] == [2, 1]
