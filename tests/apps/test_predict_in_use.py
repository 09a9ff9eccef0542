"""The command with pipes, terminals, odd names and folders full of other things: streaming, refusals, exit codes."""

import contextlib
import csv
import fcntl
import json
import os
import pty
import shlex
import signal
import struct
import subprocess
import sys
import termios
import threading
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.command.main import FILES
from digits.synthetic import fonts
from support import ROOT, run

COMMAND = (sys.executable, "-m", "apps.predict")
SEVEN = fonts.page("7", fonts.fonts()[0], fonts.GlyphStyle())
ODD = "a\x1b[31m\n\u202egnp.png"  # red, a second line, and from right to left
SHOWN = r"a\x1b[31m\n\u202egnp.png"
TIMEOUT = 30  # seconds after which a command hangs


@pytest.fixture(autouse=True)
def _buffered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # it would write at once what the command forgets to flush


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    Image.fromarray(SEVEN).save(tmp_path / "seven.png")
    return tmp_path / "seven.png"


def predict(*arguments: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run([*COMMAND, *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT)


def shell(*arguments: str | Path, then: str) -> subprocess.CompletedProcess:
    """Run the command in Bash, followed by `then`: a pipe or redirections."""
    return run(["bash", "-c", f"set -o pipefail; {shlex.join(map(str, [*COMMAND, *arguments]))} {then}"], ROOT, False)


@pytest.mark.parametrize(("option", "before"), [((), 0), (("--csv",), 1), (("--json",), 3)])
def test_a_result_is_written_before_the_next_picture_is_there(seven: Path, option: tuple[str, ...], before: int):
    command = [*COMMAND, *option, str(seven), "-"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
        hangs = threading.Timer(TIMEOUT, process.kill)
        hangs.start()
        lines = [process.stdout.readline() for _ in range(before + 1)]
        assert ("7" in lines[-1], process.poll()) == (True, None)
        process.stdin.close()
        rest = process.stdout.read()
        hangs.cancel()
    assert process.returncode == 2  # nothing was on standard input
    if "--json" in option:
        assert [it["digit"] for it in json.loads("".join(lines) + rest)] == [7]


def test_a_reader_that_goes_away_ends_it_quietly(seven: Path):
    done = shell(*[seven] * 60, then="| head -1")
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")


def test_a_reader_that_is_gone_ends_it_quietly(seven: Path):
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run([*COMMAND, seven], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, timeout=TIMEOUT)
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (-signal.SIGPIPE, b"")


@pytest.mark.parametrize(
    ("file", "redirection", "message"),
    [
        ("seven.png", ">&-", "predict: standard output is closed\n"),
        ("-", "<&-", "predict: standard input: it is closed\n"),
        ("seven.png", ">/dev/full", "predict: the results cannot be written: No space left on device\n"),
    ],
)
def test_without_input_or_output_nothing_is_not_sure(seven: Path, file: str, redirection: str, message: str):
    if "full" in redirection and not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    done = shell(file if file == "-" else seven, then=redirection)
    assert (done.returncode, done.stderr) == (2, message)


def test_without_standard_error_the_results_are_alone(seven: Path):
    done = shell(seven, "gone.png", then="2>&-")
    assert (done.returncode, len(done.stdout.splitlines())) == (2, 1)


def test_pipes_devices_and_other_files_in_a_folder_are_counted_and_left_out(seven: Path):
    os.mkfifo(seven.with_name("pipe.png"))
    seven.with_name("endless.png").symlink_to("/dev/zero")
    seven.with_name("notes.txt").write_text("no picture")
    (seven.parent / "sub").mkdir()
    done = predict("--csv", seven.parent)
    assert [row["digit"] for row in csv.DictReader(StringIO(done.stdout))] == ["7"]
    assert (done.returncode, done.stderr) == (
        0,
        "predict: 4 skipped in folders: 2 not a regular file, 1 no picture by its suffix, "
        "1 a subfolder (try --recursive)\n",
    )


def test_a_named_pipe_is_refused_if_it_is_named(seven: Path):
    os.mkfifo(seven.with_name("pipe"))
    done = predict(seven.with_name("pipe"), seven)
    assert (done.returncode, done.stdout.split()[1]) == (2, "7")
    assert done.stderr == f"predict: {seven.with_name('pipe')}: not a regular file but a pipe, a socket or a device\n"


def test_subfolders_are_read_once_in_order_without_going_round_in_circles(seven: Path):
    for name in ("b/2.png", "b/c/3.png", "a/1.png"):
        (seven.parent / name).parent.mkdir(parents=True, exist_ok=True)
        (seven.parent / name).write_bytes(seven.read_bytes())
    (seven.parent / "b/up").symlink_to("..")
    done = predict("--recursive", "--json", seven.parent)
    names = [str(Path(it["file"]).relative_to(seven.parent)) for it in json.loads(done.stdout)]
    assert names == ["seven.png", "a/1.png", "b/2.png", "b/c/3.png"]
    assert done.stderr == "predict: 1 skipped in folders: 1 not a regular file\n"


@pytest.mark.parametrize("option", [(), ("--csv",)])
def test_control_characters_in_names_are_escaped(seven: Path, option: tuple[str, ...]):
    seven.rename(seven.with_name(ODD))
    seven.with_name(f"damaged {ODD}").write_bytes(b"")
    done = predict(*option, seven.parent, f"gone {ODD}")
    assert SHOWN in done.stdout
    damaged, gone = done.stderr.splitlines()
    assert f"damaged {SHOWN}: not a picture" in damaged
    assert gone == f"predict: gone {SHOWN}: No such file or directory"
    assert not {"\x1b", "\u202e"} & {*done.stdout, *done.stderr, *predict(f"--{ODD}", "-").stderr}


def test_json_keeps_names_as_they_are(seven: Path):
    seven.rename(seven.with_name(ODD))
    (found,) = json.loads(predict("--json", seven.parent).stdout)
    assert found["file"] == str(seven.with_name(ODD))


def test_no_picture_is_valid_json():
    assert json.loads(predict("--json", "gone.png").stdout) == []


def test_pixels_that_are_no_number_are_refused(tmp_path: Path):
    pixels = SEVEN.astype(np.float32)
    pixels[0, 0] = np.nan
    Image.fromarray(pixels).save(tmp_path / "nan.tif")
    done = predict(tmp_path / "nan.tif")
    assert (done.returncode, done.stdout) == (2, "")
    assert "some pixels are infinite or not a number" in done.stderr


@pytest.mark.parametrize("count", [1, FILES])
def test_a_progress_bar_is_shown_on_a_terminal_if_there_are_many(seven: Path, count: int):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    command = [*COMMAND, *[seven] * count]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = written(ours)
        assert process.stdout.read().count(b"  7  ") == count
    assert (b"/%d [" % count in shown) == (count == FILES)


def written(terminal: int) -> bytes:
    """What was written to a terminal until its last writer left."""
    shown = b""
    with contextlib.suppress(OSError):  # Linux' way to say that there is no more
        while piece := os.read(terminal, 10_000):
            shown += piece
    os.close(terminal)
    return shown
