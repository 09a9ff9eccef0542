"""How `python -m apps.predict` understands what is typed: options between files, odd names, standard input."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from digits.synthetic import fonts
from support import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sevens, one of which looks like an option."""
    for name in ("a.png", "-7.png"):
        Image.fromarray(fonts.page("7", fonts.fonts()[0], fonts.GlyphStyle())).save(tmp_path / name)
    return tmp_path


def predict(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run the command in `folder`."""
    code = f"import sys; sys.path[0] = {str(ROOT)!r}; from digits.command.main import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30)


def names(done: subprocess.CompletedProcess) -> list[str]:
    assert (done.returncode, done.stderr) == (0, "")
    return [it["file"] for it in json.loads(done.stdout)]


@pytest.mark.parametrize(
    ("arguments", "files"),
    [
        (("a.png", "--json", "./-7.png"), ["a.png", "./-7.png"]),
        (("a.png", "--json", "a.png", "--many", "a.png"), ["a.png"] * 3),
        (("--json", "--", "-7.png"), ["-7.png"]),
        (("--json", "--", "-7.png", "a.png"), ["-7.png", "a.png"]),
    ],
)
def test_options_and_files_in_any_order(folder: Path, arguments: tuple[str, ...], files: list[str]):
    assert names(predict(folder, *arguments)) == files


@pytest.mark.parametrize("arguments", [("-7.png",), ("a.png", "-7.png"), ("--many", "-7.png", "a.png")])
def test_a_file_that_looks_like_an_option_gives_a_hint(folder: Path, arguments: tuple[str, ...]):
    done = predict(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("; write ./-7.png for the file\n")


def test_an_unknown_option_gives_no_hint(folder: Path):
    assert predict(folder, "--gone", "a.png").stderr.endswith("error: unrecognized arguments: --gone\n")


def test_an_empty_name_is_no_folder(folder: Path):
    done = predict(folder, "", "a.png")
    assert (done.returncode, done.stdout.split()[:2]) == (2, ["a.png", "7"])
    assert done.stderr.endswith(": '': No such file or directory\n")


def test_standard_input_is_read_once(folder: Path):
    done = predict(folder, "-", "a.png", "-")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(": name - once: standard input holds one picture\n")
