"""`python -m apps.predict --show`: the inputs of the model as files, one for each digit, none lost."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.command.inputs import InputFolder
from digits.synthetic import fonts
from support import ROOT, run


@pytest.fixture
def six(tmp_path: Path) -> Path:
    Image.fromarray(fonts.page("6", fonts.fonts()[0], fonts.GlyphStyle())).save(tmp_path / "six.png")
    return tmp_path / "six.png"


def names(folder: Path) -> list[str]:
    return sorted(it.name for it in folder.iterdir())


def images(*shades: int) -> list[np.ndarray]:
    return [np.full((28, 28), it, np.uint8) for it in shades]


def test_show_writes_the_inputs_of_the_model(six: Path, tmp_path: Path):
    run(["python", "-m", "apps.predict", "--show", tmp_path / "input", six], ROOT)
    (written,) = (tmp_path / "input").iterdir()
    image = Image.open(written)
    assert image.size == (28, 28)
    assert image.getbbox() is not None


def test_a_folder_that_cannot_be_written_to_is_named(six: Path):
    done = run(["python", "-m", "apps.predict", "--show", six / "input", six], ROOT, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"predict: --show cannot write to {six}/input: Not a directory\n"


@pytest.mark.parametrize(
    ("picture", "file"),
    [
        ("a/b.png", "a_b.png"),
        ("/a/b.tar.jpg", "a_b.tar.png"),
        ("../x/mid_3.png", "x_mid_3.png"),
        ("./../c", "c.png"),
        ("standard input", "standard input.png"),
    ],
)
def test_a_file_is_named_after_its_picture(tmp_path: Path, picture: str, file: str):
    InputFolder(tmp_path).write(picture, images(1))
    assert names(tmp_path) == [file]


def test_names_that_several_pictures_would_have_are_numbered(tmp_path: Path):
    folder = InputFolder(tmp_path)
    for shade, picture in enumerate(("a/b.png", "a_b.png", "a_b.jpg", "a_b-2.png")):
        folder.write(picture, images(shade))
    assert names(tmp_path) == ["a_b-2-2.png", "a_b-2.png", "a_b-3.png", "a_b.png"]
    shades = [int(np.asarray(Image.open(it))[0, 0]) for it in sorted(tmp_path.iterdir())]
    assert shades == [3, 1, 2, 0]


def test_digits_of_a_picture_are_numbered(tmp_path: Path):
    folder = InputFolder(tmp_path)
    folder.write("b.png", images(1, 2))
    folder.write("b-2.png", images(3))
    assert names(tmp_path) == ["b-1.png", "b-2-2.png", "b-2.png"]


def test_a_second_run_replaces_the_files_of_the_first(tmp_path: Path):
    for _ in range(2):
        InputFolder(tmp_path).write("b.png", images(1))
    assert names(tmp_path) == ["b.png"]
