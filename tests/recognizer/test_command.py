"""`digits-read`: formats, output, exit codes, odd names, pipes, terminals and folders full of other things."""

import contextlib
import csv
import fcntl
import io
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
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.recognizer import command, reading
from digits.recognizer.command import FILES, Reader
from photos import printed
from support import ROOT, run

COMMAND = (sys.executable, "-m", "digits.recognizer")
SIDES = ("left", "top", "right", "bottom")
TIMEOUT = 60  # seconds after which a command hangs
ODD = "a\x1b[31m\n\u202egnp.png"  # red, a second line, and from right to left
SHOWN = r"a\x1b[31m\n\u202egnp.png"


@pytest.fixture(autouse=True)
def _buffered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)  # it would write at once what the command forgets to flush


def read(*arguments: str | Path, folder: Path = ROOT, stdin: bytes = b"") -> subprocess.CompletedProcess:
    """What the command says in `folder`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [*COMMAND, *map(str, arguments)]
    done = subprocess.run(words, cwd=folder, env=environment, input=stdin, capture_output=True, timeout=TIMEOUT)
    return subprocess.CompletedProcess(words, done.returncode, done.stdout.decode(), done.stderr.decode())


def read_json(*arguments: str | Path) -> list[dict]:
    return json.loads(read("--json", *arguments).stdout)


def read_csv(*arguments: str | Path) -> list[dict]:
    return list(csv.DictReader(io.StringIO(read("--csv", *arguments).stdout)))


def shell(*arguments: str | Path, then: str) -> subprocess.CompletedProcess:
    """Run the command in Bash, followed by `then`: a pipe or redirections."""
    return run(["bash", "-c", f"set -o pipefail; {shlex.join(map(str, [*COMMAND, *arguments]))} {then}"], ROOT, False)


def test_every_format_in_a_folder_is_read(tmp_path: Path):
    for digit, suffix in enumerate(("png", "jpg", "webp", "gif", "bmp", "tif"), start=2):
        printed(str(digit), dark_on_light=digit % 2 == 0).save(tmp_path / f"{digit}.{suffix}")
    answers = read_json(tmp_path)
    assert [answer["digit"] for answer in answers] == [2, 3, 4, 5, 6, 7]
    assert list(answers[0]) == ["file", "digit", "confidence", "in_distribution", "sure", "probabilities"]
    assert answers[0]["probabilities"][2] == answers[0]["confidence"]


def test_standard_input_and_csv(seven: Path):
    assert read("-", stdin=seven.read_bytes()).stdout.split()[:3] == ["standard", "input", "7"]
    name = seven.rename(seven.with_name('a "b", c.png'))
    (row,) = read_csv(name)
    assert list(row) == ["file", "digit", "confidence", "sure", "in_distribution"]
    assert (row["file"], row["digit"], row["sure"]) == (str(name), "7", "True")


@pytest.mark.parametrize(("content", "code", "answer"), [("3", 0, "3  "), (" ", 1, "no digit"), ("#", 1, "unlike any")])
def test_exit_code_says_whether_all_are_sure(tmp_path: Path, content: str, code: int, answer: str):
    printed(content).save(tmp_path / "one.png")
    done = read(tmp_path / "one.png")
    assert (done.returncode, answer in done.stdout) == (code, True)


def test_what_cannot_be_read_is_named_and_the_rest_read(seven: Path):
    seven.with_name("damaged.png").write_bytes(b"\x89PNG")
    seven.with_name("empty").mkdir()
    os.mkfifo(seven.with_name("pipe"))
    names = ("damaged.png", "gone.png", "empty", "pipe", "")
    done = read(*names, seven.name, folder=seven.parent)
    assert (done.returncode, done.stdout.split()[:2]) == (2, ["seven.png", "7"])
    reasons = ("not a picture", "No such file", "contains no pictures", "a pipe", "No such file")
    for name, reason, line in zip(names, reasons, done.stderr.splitlines(), strict=True):
        assert line.startswith(f"digits-read: {name or repr('')}: ")
        assert reason in line


@pytest.mark.parametrize(
    "arguments", ["a.png --json ./-7.png", "a.png --json a.png --many a.png", "--json -- -7.png a.png"]
)
def test_options_and_files_in_any_order(seven: Path, arguments: str):
    for name in ("a.png", "-7.png"):
        seven.with_name(name).write_bytes(seven.read_bytes())
    done = read(*arguments.split(), folder=seven.parent)
    assert (done.returncode, done.stderr) == (0, "")
    files = [word for word in arguments.split() if word.endswith(".png")]
    assert [answer["file"] for answer in json.loads(done.stdout)] == files


def test_a_file_like_an_option_gives_a_hint(seven: Path):
    seven.rename(seven.with_name("-7.png"))
    done = read("--many", "-7.png", "a.png", folder=seven.parent)
    assert (done.returncode, "; write ./-7.png for the file" in done.stderr) == (2, True)


@pytest.mark.parametrize(("option", "before"), [((), 0), (("--csv",), 1), (("--json",), 3)])
def test_results_do_not_wait_for_the_next_picture(seven: Path, option: tuple[str, ...], before: int):
    words = [*COMMAND, *option, str(seven), "-"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, cwd=ROOT, **pipes) as process:
        hangs = threading.Timer(TIMEOUT, process.kill)
        hangs.start()
        lines = [process.stdout.readline() for _ in range(before + 1)]
        assert ("7" in lines[-1], process.poll()) == (True, None)
        process.stdin.close()
        rest = process.stdout.read()
        hangs.cancel()
    assert process.returncode == 2  # nothing was on standard input
    if "--json" in option:
        assert [answer["digit"] for answer in json.loads("".join(lines) + rest)] == [7]


def test_a_reader_that_goes_away_ends_it_quietly(seven: Path):
    done = shell(*[seven] * 60, then="| head -1")
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")
    ours, theirs = os.pipe()
    os.close(ours)
    ended = subprocess.run([*COMMAND, seven], cwd=ROOT, stdout=theirs, stderr=subprocess.PIPE, timeout=TIMEOUT)
    os.close(theirs)
    assert (ended.returncode, ended.stderr) == (-signal.SIGPIPE, b"")


@pytest.mark.parametrize(
    ("file", "redirection", "reason"),
    [("seven.png", ">&-", "is closed"), ("-", "<&-", "is empty"), ("seven.png", ">/dev/full", "No space left")],
)
def test_closed_or_full_streams_are_errors(seven: Path, file: str, redirection: str, reason: str):
    done = shell(file if file == "-" else seven, then=redirection)
    assert (done.returncode, len(done.stderr.splitlines()), reason in done.stderr) == (2, 1, True)


def test_other_files_in_a_folder_are_counted(seven: Path):
    os.mkfifo(seven.with_name("pipe.png"))
    seven.with_name("endless.png").symlink_to("/dev/zero")
    seven.with_name("notes.txt").write_text("no picture")
    seven.with_name("sub").mkdir()
    done = read(seven.parent)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)
    for part in ("4 skipped", "2 not a regular file", "1 no picture", "1 a subfolder (try --recursive)"):
        assert part in done.stderr


def test_subfolders_are_read_once_in_order(seven: Path):
    folder = seven.parent
    for name in ("b/2.png", "b/c/3.png", "a/1.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(seven.read_bytes())
    (folder / "b/up").symlink_to("..")  # round in circles
    done = read("--recursive", "--json", folder)
    names = [str(Path(answer["file"]).relative_to(folder)) for answer in json.loads(done.stdout)]
    assert names == ["seven.png", "a/1.png", "b/2.png", "b/c/3.png"]
    assert "1 not a regular file" in done.stderr


@pytest.mark.parametrize("option", [(), ("--csv",)])
def test_control_characters_in_names_are_escaped(seven: Path, option: tuple[str, ...]):
    seven.rename(seven.with_name(ODD))
    seven.with_name(f"damaged {ODD}").write_bytes(b"")
    done = read(*option, seven.parent, f"gone {ODD}")
    assert SHOWN in done.stdout
    damaged, gone = done.stderr.splitlines()
    assert f"damaged {SHOWN}: not a picture" in damaged
    assert f"gone {SHOWN}: No such file" in gone
    assert not {"\x1b", "\u202e"} & {*done.stdout, *done.stderr, *read(f"--{ODD}", "-").stderr}


def test_names_people_write_stay_as_they_are(seven: Path):
    assert command.printable("Bild \u202f1 \u4e8c\u00fc.png") == "Bild \u202f1 \u4e8c\u00fc.png"
    seven.rename(seven.with_name(ODD))
    assert [answer["file"] for answer in read_json(seven.parent)] == [str(seven.with_name(ODD))]  # programs read it
    assert read_json("gone.png") == []


@pytest.mark.parametrize("count", [1, FILES])
def test_a_progress_bar_is_shown_if_there_are_many(seven: Path, count: int):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    shown = b""
    with subprocess.Popen([*COMMAND, *[seven] * count], cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        with contextlib.suppress(OSError):  # Linux' way to say that there is no more
            while piece := os.read(ours, 10_000):
                shown += piece
        os.close(ours)
        assert process.stdout.read().count(b"  7  ") == count
    assert (b"/%d [" % count in shown) == (count == FILES)


def test_every_output_says_where_digits_lie(note: Path):
    answers = read_json("--many", note)
    assert [(answer["digit"], answer["line"]) for answer in answers] == [(4, 1), (0, 1), (7, 1), (1, 2), (9, 2), (5, 2)]
    ink = Image.open(note).point(lambda gray: 255 * (gray < 128))
    width, height = ink.size
    left, top, right, bottom = ink.crop((2 * width // 3, height // 2, width, height)).getbbox()
    sides = [2 / 3 + left / width, 1 / 2 + top / height, 2 / 3 + right / width, 1 / 2 + bottom / height]
    assert list(answers[5]["box"]) == list(SIDES)
    assert list(answers[5]["box"].values()) == pytest.approx(sides, abs=0.005)
    for row, answer in zip(read_csv("--many", note), answers, strict=True):
        assert (int(row["digit"]), int(row["line"])) == (answer["digit"], answer["line"])
        assert {side: float(row[side]) for side in SIDES} == answer["box"]
    table = [line.split()[1:4] for line in read("--many", note).stdout.splitlines()]
    assert table == [["line", str(answer["line"]), str(answer["digit"])] for answer in answers]


def test_without_a_digit_there_is_no_place(tmp_path: Path):
    printed(" ").save(tmp_path / "blank.png")
    (answer,) = read_json("--many", tmp_path / "blank.png")
    (row,) = read_csv("--many", tmp_path / "blank.png")
    assert (answer["digit"], answer["line"], answer["box"]) == (None, None, None)
    assert [row[name] for name in ("line", *SIDES)] == [""] * 5


def test_several_digits_read_as_one_give_one_hint(note: Path):
    done = read(note, note, note)
    assert (done.returncode, done.stderr) == (1, f"digits-read: several digits in {note} and 2 more? try --many\n")
    assert read("--many", note).stderr == ""


@pytest.mark.parametrize(
    ("content", "many", "tried", "hint"),
    [("44", False, True, True), ("7", False, False, False), ("4#", False, True, False), ("4#", True, True, False)],
)
def test_several_are_tried_where_one_is_not_sure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, many: bool, tried: bool, hint: bool
):
    pictures, read_digits = [], reading.read_digits
    monkeypatch.setattr(reading, "read_digits", lambda *both: pictures.append(both) or read_digits(*both))
    printed(content).save(tmp_path / "one.png")
    reader = Reader(many, None, print)
    list(reader.read([("one.png", tmp_path / "one.png")]))
    assert (len(pictures), reader.several) == (int(tried), ["one.png"] * hint)


@pytest.mark.parametrize(
    ("pictures", "files"),
    [
        (["/a/b.tar.jpg", "../x/mid_3.png"], ["a_b.tar.png", "x_mid_3.png"]),
        (["./../c", "standard input"], ["c.png", "standard input.png"]),
        (["a/b.png", "a_b.png", "a_b.jpg", "a_b-2.png"], ["a_b.png", "a_b-2.png", "a_b-3.png", "a_b-2-2.png"]),
    ],
)
def test_inputs_are_named_after_their_pictures(tmp_path: Path, pictures: list[str], files: list[str]):
    for _ in range(2):  # a second run replaces the files of the first
        reader = Reader(False, tmp_path, print)
        for shade, name in enumerate(pictures):
            reader._write_inputs(tmp_path, name, [np.full((28, 28), shade, np.uint8)])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files)
    assert [np.asarray(Image.open(tmp_path / name))[0, 0] for name in files] == list(range(len(files)))


def test_show_writes_the_inputs_of_the_model(note: Path):
    read("--many", "--show", note.with_name("input"), note)
    names = sorted(path.name for path in note.with_name("input").iterdir())
    assert [name[-6:] for name in names] == [f"-{number}.png" for number in range(1, 7)]
    assert Image.open(note.with_name("input") / names[0]).size == (28, 28)
    done = read("--show", note / "input", note)
    assert (done.returncode, done.stdout, "cannot write" in done.stderr) == (2, "", True)


def test_the_wheel_contains_what_the_command_imports(note: Path):
    """Which is imported from the wheel in tests/slow/test_wheel.py; nothing slow is."""
    code = f"""if True:
        import sys, digits.recognizer.command
        digits.recognizer.Recognizer().read_picture({str(note)!r}, many=True)
        print(*sys.modules)
        print(*(module.__file__ for name, module in sys.modules.items() if name.split(".")[0] == "digits"))"""
    modules, paths = (line.split() for line in run(["python", "-c", code], ROOT).stdout.splitlines())
    slow = {"tensorflow", "keras", "pandas", "sklearn", "matplotlib", "pydantic", "dvc", "onnx", "scipy.stats", "tqdm"}
    assert not slow & set(modules)
    imported = {str(Path(path).relative_to(ROOT)) for path in paths}
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "digits/imaging/segmentation.py" in imported
    assert not {path for path in imported if not path.startswith(tuple(wheel["only-include"]))}
    assert not {path for path in wheel["only-include"] if not (ROOT / path).exists()}
