"""The command that reads digits from pictures, started as people start it, on printed digits."""

import csv
import json
import subprocess
import sys
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, run
from PIL import Image

from digits import glyphs

FONT = glyphs.fonts()[0]


def picture(digit: int, **look: object) -> Image.Image:
    return Image.fromarray(glyphs.page(str(digit), FONT, glyphs.Look(**look)))


def predict(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess:
    return run(["python", "-m", "apps.predict", *arguments], ROOT, check)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "gif", "bmp", "tif"])
def test_every_format_is_read(tmp_path: Path, suffix: str):
    for digit, dark_on_light in ((4, True), (7, False)):
        picture(digit, dark_on_light=dark_on_light).save(tmp_path / f"{digit}.{suffix}")
    lines = predict("--json", tmp_path, check=False).stdout
    assert [it["digit"] for it in json.loads(lines)] == [4, 7]


def test_transparent_ground_and_a_turned_camera(tmp_path: Path):
    ink = picture(5, dark_on_light=False)
    Image.merge("LA", (Image.new("L", ink.size, 0), ink)).save(tmp_path / "a.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    picture(7).rotate(90, expand=True).save(tmp_path / "b.jpg", exif=exif)
    assert [it["digit"] for it in json.loads(predict("--json", tmp_path, check=False).stdout)] == [5, 7]


def test_several_digits_are_read_from_left_to_right(tmp_path: Path):
    pages = [np.asarray(picture(digit, size=0.4)) for digit in (3, 1, 4, 1, 5, 9, 2, 6)]
    Image.fromarray(np.concatenate(pages, axis=1)).save(tmp_path / "pi.png")
    found = json.loads(predict("--many", "--json", tmp_path / "pi.png", check=False).stdout)
    assert [it["digit"] for it in found] == [3, 1, 4, 1, 5, 9, 2, 6]


def test_standard_input_as_a_table():
    content = BytesIO()
    picture(8).save(content, "png")
    done = subprocess.run(
        [sys.executable, "-m", "apps.predict", "-"], cwd=ROOT, input=content.getvalue(), capture_output=True
    )
    assert done.stdout.decode().split()[:3] == ["standard", "input", "8"]


def test_csv_quotes_what_must_be_quoted(tmp_path: Path):
    picture(2).save(tmp_path / 'a "b", c.png')
    rows = list(csv.DictReader(StringIO(predict("--csv", tmp_path, check=False).stdout)))
    assert rows[0]["file"] == str(tmp_path / 'a "b", c.png')
    assert (rows[0]["digit"], rows[0]["sure"]) == ("2", "True")


def test_exit_codes(tmp_path: Path):
    picture(3).save(tmp_path / "sure.png")
    Image.new("L", (100, 100), 255).save(tmp_path / "blank.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    assert predict(tmp_path / "sure.png").returncode == 0
    blank = predict(tmp_path / "blank.png", check=False)
    assert (blank.returncode, "no digit" in blank.stdout) == (1, True)
    broken = predict(tmp_path / "broken.png", tmp_path / "gone.png", tmp_path / "sure.png", check=False)
    assert broken.returncode == 2
    assert "3" in broken.stdout  # the others are read all the same
    first, second = broken.stderr.splitlines()
    assert "broken.png: not a whole picture" in first
    assert "gone.png: No such file" in second
    assert predict(tmp_path / "", check=False).returncode == 2


def test_an_empty_folder_is_named(tmp_path: Path):
    done = predict(tmp_path, check=False)
    assert (done.returncode, "a folder without pictures" in done.stderr) == (2, True)


def test_what_the_model_saw_is_kept(tmp_path: Path):
    picture(6).save(tmp_path / "six.png")
    predict("--show", tmp_path / "saw", tmp_path / "six.png")
    (seen,) = (tmp_path / "saw").iterdir()
    image = Image.open(seen)
    assert image.size == (28, 28)
    assert image.getbbox() is not None


def test_nothing_heavy_is_imported():
    code = "import sys; import apps.predict; print(*sys.modules)"
    loaded = set(run(["python", "-c", code], ROOT).stdout.split())
    assert not loaded & {"tensorflow", "keras", "pandas", "sklearn", "matplotlib", "scipy", "pydantic"}
