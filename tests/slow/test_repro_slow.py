"""Many runs at once, often; what goes on when `make repro` itself is killed; commands that nothing interrupts."""

import os
import signal
from pathlib import Path

import pytest

from tiny import STAGE, assert_clean, at_work, begun, repro, start, tiny_project, wait_until

MODELS = ["mlp", "sigmoid", "cnn", "fast", "best", "diverse"]


def test_the_lock_file_is_the_same_each_time(tmp_path: Path):
    folder = tiny_project(tmp_path / "many", MODELS)
    locks = []
    for attempt in range(6):  # every second one takes all from DVC's cache
        (folder / "stage.py").write_text(f"{STAGE}# {attempt // 2}\n")
        (folder / "dvc.lock").unlink(missing_ok=True)
        done = repro(folder, 4)
        assert not done.returncode, done.stdout + done.stderr
        locks.append((folder / "dvc.lock").read_text())
    assert locks[::2] == locks[1::2]
    assert locks[0].count("\n  evaluate@") == len(MODELS)


def test_when_it_is_killed_its_trainings_end_as_soon_as_they_print(tmp_path: Path):
    folder = tiny_project(tmp_path / "tiny", ["mlp", "fast"])
    for name in ("mlp-0", "fast-0"):
        (folder / f"train@{name} waits").write_text("never")
    process = start(folder)
    wait_until(lambda: {"train@mlp-0", "train@fast-0"} <= set(begun(folder)))
    process.kill()
    process.communicate()
    before = begun(folder)
    for jobs in (1, 2):
        done = repro(folder, jobs)
        assert done.returncode == 2
        assert "busy" in done.stderr
    assert begun(folder) == before
    assert at_work(folder)
    (folder / "talks").touch()
    assert_clean(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_to_it_alone_end_all(tmp_path: Path, number: signal.Signals):
    folder = tiny_project(tmp_path / "tiny", ["mlp", "fast"])
    for name in ("mlp-0", "fast-0"):
        (folder / f"train@{name} waits").write_text("never")
    process = start(folder)
    wait_until(lambda: {"train@mlp-0", "train@fast-0"} <= set(begun(folder)))
    os.kill(process.pid, number)
    process.communicate()
    assert process.returncode == 130
    assert not at_work(folder)
    assert_clean(folder)


def test_what_ignores_an_interruption_is_killed(tmp_path: Path):
    folder = tiny_project(tmp_path / "tiny", ["mlp", "fast"])
    (folder / "stage.py").write_text(f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{STAGE}")
    (folder / "train@mlp-0 waits").write_text("never")
    process = start(folder)
    wait_until(lambda: "train@mlp-0" in begun(folder))
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert not at_work(folder)
