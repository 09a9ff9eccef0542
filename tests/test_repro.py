"""Several runs side by side, by real DVC: same bytes, and what fails, is stopped or is killed leaves nothing behind."""

import os
import signal
from pathlib import Path

import psutil
import pytest

from tiny import assert_clean, at_work, begun, repro, start, tiny_project, wait_until


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_project(tmp_path / "tiny", ["mlp", "fast"])


def test_the_order_in_which_runs_end_changes_no_byte(tiny: Path, tmp_path: Path):
    (tiny / "train@mlp-0 waits").write_text("predictions/fast-0")
    done = repro(tiny)
    assert not done.returncode, done.stderr
    assert "mlp-0 | here train@mlp-0\n" in done.stdout
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
    wait_until(lambda: "evaluate@mlp-0" in begun(tiny) and "evaluate@fast-0:" in (tiny / "dvc.lock").read_text())
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
