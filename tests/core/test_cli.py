from pathlib import Path

import pytest

from digits.core import cli
from digits.core.errors import UserError


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_result_is_one_line_and_its_cost_is_recorded(capsys: pytest.CaptureFixture):
    cli.execute("train mlp-0", lambda: "done")
    assert capsys.readouterr().out == "train mlp-0: done\n"
    header, line = Path("logs/timings.csv").read_text().splitlines()
    assert header == "name,seconds,peak_mebibytes"
    name, seconds, mebibytes = line.split(",")
    assert name == "train mlp-0"
    assert 0 <= float(seconds) < 60
    assert 10 < int(mebibytes) < 100_000


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (UserError("labels are\n  wrong"), "fetch: labels are wrong\n"),
        (OSError(28, "No space left on device"), "fetch: [Errno 28] No space left on device\n"),
        (FileNotFoundError(2, "gone", "data/raw"), "fetch: data/raw does not exist; run `dvc repro`"),
    ],
)
def test_what_a_user_can_cause_is_one_line_and_exit_code_2(error: Exception, words: str, capsys: pytest.CaptureFixture):
    def fail() -> str:
        raise error

    with pytest.raises(SystemExit) as ended:
        cli.execute("fetch", fail)
    assert ended.value.code == 2
    printed = capsys.readouterr().err
    assert printed.startswith(words)
    assert printed.count("\n") == 1
    assert not Path("logs").exists()


@pytest.mark.parametrize("error", [ZeroDivisionError(), ValueError("from NumPy, say")])
def test_a_bug_keeps_its_traceback(error: Exception):
    def fail() -> str:
        raise error

    with pytest.raises(type(error)):
        cli.execute("fetch", fail)
