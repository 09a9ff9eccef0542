"""Other programs: the message of a failure holds its cause, and git commits without a configured user."""

import sys
from pathlib import Path

import pytest

from digits import processes
from digits.files import UserError
from support import git, run

STAGE = "train mlp-0: training diverged in epoch 1: the loss is not finite"
DVC = "ERROR: failed to reproduce 'train@mlp-0': failed to run: python -m stages.train mlp 0, exited with"
TROUBLES = "\x1b[0mHaving any troubles? Hit us up at https://dvc.org/support, we are always happy to help!"
FAIL = "import sys; print(sys.argv[1]); print(sys.argv[2], file=sys.stderr); sys.exit(3)"
BUG = "Traceback (most recent call last):\n  File '/x/train.py', line 9, in main\nKeyError: 'epochs'\n"
BUSY = "ERROR: 'data/raw' is busy, it is being blocked by:\n  Write (PID 7): dvc repro\n\nIf there are no\nprocesses\n"


@pytest.mark.parametrize(
    ("errors", "output", "cause"),
    [
        (f"WARNING: No file hash info found\n{STAGE}\n{DVC} 2\n{TROUBLES}", "", STAGE),
        (f"{DVC} -9\n{TROUBLES}", "epoch 1", f"{DVC} -9"),  # killed: nothing else says so
        (f"{BUG}{DVC} 1", "", "KeyError: 'epochs'"),
        ("10%\r 50%\r100%\nERROR: no space left", "", "100%; ERROR: no space left"),
        (BUSY, "", "ERROR: 'data/raw' is busy, it is being blocked by:; Write (PID 7): dvc repro"),
        ("", "only this", "only this"),
        ("", "", "exit code 3"),
    ],
)
def test_the_message_of_a_failure_is_its_cause(errors: str, output: str, cause: str):
    with pytest.raises(UserError) as caught:
        processes.call([sys.executable, "-c", FAIL, output, errors])
    assert f"` failed: {cause}" in str(caught.value)


def test_a_missing_program_is_named():
    with pytest.raises(UserError, match="no-such-program"):
        processes.call(["no-such-program"])


def test_git_commits_without_a_configured_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "none"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.chdir(tmp_path)
    run(["git", "init", "--quiet"], tmp_path)
    processes.call(["git", "commit", "--quiet", "--allow-empty", "--message", "x"], env=processes.git_identity())
    assert git(tmp_path, "log", "--format=%an %cn") == "digits experiments digits experiments\n"
    run(["git", "config", "user.email", "someone@example.org"], tmp_path)
    assert processes.git_identity() == {}
