"""Killed runs, damaged files, edited numbers, odd clocks, another processor: the bytes are the clean run's."""

import os
import random
import shutil
import signal
import subprocess
import sysconfig
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from digits.demo import RECORDS
from support import BIN, commit_all, contents, git, run

EMULATOR = shutil.which("qemu-x86_64")
MADE = ("models/{}.keras", "plots/history/{}.csv", "metrics/train/{}.json", "metrics/test/{}.json")
MADE += ("metrics/errors/{}.csv", "plots/reliability/{}.csv")


@pytest.fixture(scope="module")
def small(pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with one small model, clean and committed; each test leaves it so."""
    folder = Path(shutil.copytree(pipeline, tmp_path_factory.mktemp("faults") / "small"))
    yaml = YAML()
    params = yaml.load(folder / "params.yaml")
    params["train"]["models"] = ["mlp"]
    params["export"]["recipe"] = "mlp"
    params["recipes"]["mlp"]["epochs"] = 2
    yaml.dump(params, folder / "params.yaml")
    # What the other model left: stages depend on whole folders.
    for path in [*folder.glob("[mp]*/*/fast-0*"), *folder.glob("[mp]*/fast-0*")]:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    (folder / "dvc.lock").unlink()  # it names the other model
    run(["dvc", "repro"], folder)
    commit_all(folder, "one model")
    return folder


def recover(folder: Path) -> None:
    """One more run; before it, what DVC asks to restore if it was killed while it wrote its lock file."""
    done = run(["dvc", "repro"], folder, check=False)
    if done.returncode:
        assert "dvc.lock' is invalid" in done.stderr or "dvc.lock' validation failed" in done.stderr, done.stderr
        git(folder, "checkout", "dvc.lock")
        run(["dvc", "repro"], folder)
    assert git(folder, "status", "--short") == ""
    assert "up to date" in run(["dvc", "status", "fetch", "preprocess", "train", "evaluate", "export"], folder).stdout


@pytest.mark.parametrize("target", ["preprocess", "train@mlp-0", "evaluate@mlp-0", "export"])
def test_a_killed_stage_is_completed_by_the_next_run(small: Path, target: str):
    words = ["dvc", "repro", "--single-item", "--force", target]
    begun = time.monotonic()
    run(words, small)
    duration = time.monotonic() - begun
    whole = contents(small)
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    process = subprocess.Popen(words, cwd=small, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)
    time.sleep(random.Random(target).uniform(0.6, 1) * duration)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert [path for path, content in contents(small).items() if content != whole.get(path, content)] == []
    recover(small)


@pytest.mark.parametrize("damage", ["truncated", "bit flipped", "gone"])
def test_every_damaged_artifact_is_made_anew(small: Path, damage: str):
    """All at once: each must be noticed by itself, since one that is not would differ from the commit."""
    rng = random.Random(damage)
    tracked = [small / name for name in git(small, "ls-files", "metrics", "plots", "reports", "models").splitlines()]
    cached = [path for name in ("data", "models", "predictions") for path in (small / name).rglob("*")]
    records = tuple(str(small / name) for name in RECORDS)
    made = {path for path in [*tracked, *cached] if path.is_file() and not str(path).startswith(records)}
    for path in sorted(made):
        content = bytearray(path.read_bytes())
        path.unlink()  # DVC's are links to its cache, or read-only
        if damage == "truncated":
            path.write_bytes(content[: len(content) // 2])
        elif damage == "bit flipped":
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
            path.write_bytes(content)
    recover(small)


def test_clock_locale_and_terminal_change_no_byte(small: Path, tmp_path: Path):
    shift = "import time\nreal = time.time\ntime.time = lambda: real() + 30 * 365 * 86400\n"
    (tmp_path / "sitecustomize.py").write_text(shift)
    settings = {"LC_ALL": "tr_TR.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7", "COLUMNS": "20"}
    run(["dvc", "repro", "--force"], small, PYTHONPATH=str(tmp_path), **settings)
    assert git(small, "status", "--short") == ""


def test_verify_names_exactly_the_edited_number(workspace: Path):
    path = workspace / "metrics/test/mlp-0.json"
    path.write_text(path.read_text().replace('"errors": ', '"errors": 1'))
    commit_all(workspace, "nicer numbers")
    done = run(["python", "-m", "digits.verify", "mlp", "0"], workspace, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == "verify: mlp-0 differs from the commit in metrics/test/mlp-0.json"


@pytest.mark.skipif(EMULATOR is None, reason="needs qemu-x86_64, in Debian's package qemu-user")
def test_a_processor_without_avx512_gives_same_bytes(workspace: Path):
    """Trained and evaluated: `best`, which has convolutions, batch normalization, augmentation and Muon."""
    params = (workspace / "params.yaml").read_text()
    (workspace / "params.yaml").write_text(params.replace("epochs: 10", "epochs: 1"))
    python = (BIN / "python").resolve()  # the emulator does not follow the links of a virtual environment
    made = [name.format("best-0") for name in MADE]
    contents = []
    for emulator in ([], [EMULATOR, "-cpu", "Haswell-noTSX"]):
        for stage in ("train", "evaluate"):
            command = [*emulator, python, "-m", f"stages.{stage}", "best", "0"]
            run(command, workspace, PYTHONPATH=sysconfig.get_path("purelib"))
        contents.append([(workspace / name).read_bytes() for name in made])
        for name in made:
            (workspace / name).unlink()
    assert [name for name, native, emulated in zip(made, *contents, strict=True) if native != emulated] == []
