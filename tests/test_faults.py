"""What machines do to a pipeline: killed processes, damaged files, two runs at once, odd clocks, places and languages.

After each fault the next `dvc repro` gives the clean run's bytes, or one clear line says what to do. Takes up to
an hour: `make test-faults`.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from conftest import BIN, git, run
from ruamel.yaml import YAML

pytestmark = pytest.mark.faults

KILLS = 8  # of each stage
TARGETS = ["fetch", "preprocess", "train@mlp-0", "evaluate@mlp-0", "calibrate@mlp-0", "export", "report"]


@pytest.fixture(scope="module")
def small(pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which one small model is trained and exported, clean and committed."""
    folder = Path(shutil.copytree(pipeline, tmp_path_factory.mktemp("faults") / "small"))
    yaml = YAML()
    params = yaml.load(folder / "params.yaml")
    params["train"]["models"] = ["mlp"]
    params["export"]["recipe"] = "mlp"
    params["gate"]["limits"] = {}
    yaml.dump(params, folder / "params.yaml")
    for path in [*(folder / "metrics").rglob("*-0*"), *(folder / "plots").rglob("*-0*")]:
        if not path.name.startswith("mlp") and path.exists():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (folder / "dvc.lock").unlink()  # it has the other models, of which a rewritten one would have nothing
    run(["dvc", "repro"], folder)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "one model")
    return folder


def start(folder: Path, *command: str, **environment: str) -> subprocess.Popen:
    """Start `command` as the head of a process group of its own."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def assert_clean(folder: Path) -> None:
    """The tracked files are those of the commit, and DVC's are those of its dvc.lock."""
    assert git(folder, "status", "--short") == ""
    status = run(["dvc", "status"], folder).stdout
    assert "up to date" in status, status


def recover(folder: Path) -> None:
    """One more run; before it, what DVC says is to be restored if it was killed while it wrote its lock file."""
    done = run(["dvc", "repro"], folder, check=False)
    if done.returncode:
        assert "dvc.lock' is invalid" in done.stderr or "dvc.lock' validation failed" in done.stderr, done.stderr
        git(folder, "checkout", "dvc.lock")
        run(["dvc", "repro"], folder)
    assert_clean(folder)


@pytest.mark.parametrize("target", TARGETS)
def test_a_stage_killed_at_any_moment_is_made_good_by_the_next_run(small: Path, target: str):
    rng = random.Random(target)
    begun = time.monotonic()
    run(["dvc", "repro", "--single-item", "--force", target], small)
    whole = time.monotonic() - begun
    for _ in range(KILLS):
        process = start(small, "dvc", "repro", "--single-item", "--force", target)
        time.sleep(rng.uniform(0.1, 1) * whole)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        recover(small)


def test_ctrl_c_leaves_what_was_there(small: Path):
    process = start(small, "dvc", "repro", "--single-item", "--force", "train@mlp-0")
    time.sleep(6)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait() != 0
    recover(small)


def artifacts_of(folder: Path) -> list[Path]:
    tracked = git(folder, "ls-files", "metrics", "plots", "reports", "models").splitlines()
    held = [path for name in ("data", "models", "predictions") for path in (folder / name).rglob("*")]
    return sorted({folder / name for name in tracked} | {path for path in held if path.is_file()})


@pytest.mark.parametrize("damage", ["truncated", "bit flipped", "gone"])
def test_every_damaged_artifact_is_made_anew(small: Path, damage: str):
    """All at once: each must be noticed by itself, since one that were not would differ from the commit."""
    rng = random.Random(damage)
    for path in artifacts_of(small):
        content = bytearray(path.read_bytes())
        path.unlink()  # DVC's are links to its cache, or read-only
        if damage == "truncated":
            path.write_bytes(content[: len(content) // 2])
        elif damage == "bit flipped":
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
            path.write_bytes(content)
    recover(small)


def test_the_cache_may_be_lost(small: Path):
    shutil.rmtree(small / ".dvc/cache")
    run(["dvc", "repro"], small)
    assert git(small, "status", "--short") == ""


def test_a_damaged_cache_is_not_believed(small: Path):
    for path in (small / ".dvc/cache/files").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(path.read_bytes()[:-1])
    shutil.rmtree(small / "models")
    shutil.rmtree(small / "data")
    run(["dvc", "repro"], small, check=False)
    recover(small)


def test_two_runs_at_once_do_not_mix(small: Path):
    both = [start(small, "dvc", "repro", "--force", "evaluate@mlp-0") for _ in range(2)]
    endings = [process.communicate()[1] for process in both]
    codes = [process.returncode for process in both]
    assert 0 in codes
    for code, text in zip(codes, endings, strict=True):
        assert code == 0 or "lock" in text.lower() or "busy" in text.lower(), text
    recover(small)


@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "LANG": "C"},
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
        {"TZ": "Pacific/Kiritimati"},
        {"PYTHONHASHSEED": "7"},
        {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1"},
        {"COLUMNS": "20", "TERM": "dumb", "NO_COLOR": "1"},
    ],
    ids=lambda it: next(iter(it)) + "=" + next(iter(it.values())),
)
def test_language_clock_and_settings_of_the_shell_change_no_byte(small: Path, environment: dict[str, str]):
    run(["dvc", "repro", "--force"], small, **environment)
    assert_clean(small)


@pytest.mark.parametrize("years", [-30, 30])
def test_another_clock_and_other_times_of_files_change_no_byte(small: Path, tmp_path: Path, years: int):
    seconds = years * 365 * 86400
    for path in artifacts_of(small):
        os.utime(path, (path.stat().st_mtime + seconds,) * 2)
    (tmp_path / "sitecustomize.py").write_text(
        f"import time\nreal = time.time\ntime.time = lambda: real() + {seconds}\n"
    )
    run(["dvc", "repro", "--force", "evaluate@mlp-0"], small, PYTHONPATH=str(tmp_path))
    recover(small)


def test_it_runs_from_a_folder_below(small: Path):
    run(["dvc", "repro", "--force", "../dvc.yaml:evaluate@mlp-0"], small / "tests")
    assert_clean(small)


def test_a_folder_that_cannot_be_written_is_named(small: Path):
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    (small / "metrics/test").chmod(0o500)
    try:
        done = run(["python", "-m", "stages.evaluate", "mlp", "0"], small, check=False)
    finally:
        (small / "metrics/test").chmod(0o700)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "metrics/test" in done.stderr
    recover(small)
