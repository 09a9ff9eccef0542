"""`python -m apps.predict` on printed digits: formats, output, exit codes, start-up."""

import csv
import json
import subprocess
import sys
import tomllib
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
from PIL import Image

from digits.synthetic import fonts
from support import ROOT, run

FONT = fonts.fonts()[0]


def picture(character: int | str, **style: object) -> Image.Image:
    return Image.fromarray(fonts.page(str(character), FONT, fonts.GlyphStyle(**style)))


def predict(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess:
    return run(["python", "-m", "apps.predict", *arguments], ROOT, check)


def predict_json(*arguments: str | Path) -> list[dict]:
    return json.loads(predict("--json", *arguments, check=False).stdout)


def test_every_format_in_a_folder_is_recognized(tmp_path: Path):
    for digit, suffix in enumerate(("png", "jpg", "webp", "gif", "bmp", "tif"), start=2):
        picture(digit, dark_on_light=digit % 2 == 0).save(tmp_path / f"{digit}.{suffix}")
    (tmp_path / "notes.txt").write_text("no picture")
    found = predict_json(tmp_path)
    assert [it["digit"] for it in found] == [2, 3, 4, 5, 6, 7]
    assert list(found[0]) == ["file", "digit", "confidence", "in_distribution", "sure", "probabilities"]
    assert found[0]["probabilities"][2] == found[0]["confidence"]


def test_transparency_and_exif_orientation(tmp_path: Path):
    ink = picture(5, dark_on_light=False)
    Image.merge("LA", (Image.new("L", ink.size, 0), ink)).save(tmp_path / "a.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held on its side
    picture(7).rotate(90, expand=True).save(tmp_path / "b.jpg", exif=exif)
    assert [it["digit"] for it in predict_json(tmp_path)] == [5, 7]


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


def test_exit_code_0_if_all_are_sure(tmp_path: Path):
    picture(3).save(tmp_path / "sure.png")
    assert predict(tmp_path / "sure.png").returncode == 0


def test_exit_code_1_without_a_digit(tmp_path: Path):
    Image.new("L", (100, 100), 255).save(tmp_path / "blank.png")
    done = predict("--json", tmp_path / "blank.png", check=False)
    (found,) = json.loads(done.stdout)
    assert (done.returncode, found["digit"], found["sure"]) == (1, None, None)


def test_exit_code_1_unlike_any_digit(tmp_path: Path):
    picture("#").save(tmp_path / "sign.png")
    done = predict(tmp_path / "sign.png", check=False)
    assert (done.returncode, "unlike any digit" in done.stdout) == (1, True)


def test_exit_code_2_names_what_cannot_be_read_and_recognizes_the_rest(tmp_path: Path):
    picture(3).save(tmp_path / "sure.png")
    (tmp_path / "damaged.png").write_bytes(b"\x89PNG")
    done = predict(tmp_path / "damaged.png", tmp_path / "gone.png", tmp_path / "sure.png", check=False)
    assert done.returncode == 2
    assert done.stdout.split()[1] == "3"
    first, second = done.stderr.splitlines()
    assert "damaged.png: not a picture of a known format" in first
    assert "gone.png: No such file" in second


def test_an_empty_folder_is_named(tmp_path: Path):
    done = predict(tmp_path, check=False)
    assert (done.returncode, "the folder contains no pictures" in done.stderr) == (2, True)


def test_nothing_slow_is_imported():
    code = "import sys; import apps.predict; print(*sys.modules)"
    loaded = set(run(["python", "-c", code], ROOT).stdout.split())
    assert not loaded & {"tensorflow", "keras", "pandas", "sklearn", "matplotlib", "scipy", "pydantic"}


def test_the_wheel_contains_what_the_command_imports(tmp_path: Path):
    """Which is imported from the wheel in tests/slow/test_wheel.py."""
    pages = [np.asarray(picture(digit, size=0.4)).astype(int) for digit in (3, 1)]
    shadow = np.linspace(0, 60, 2 * pages[0].shape[1])
    Image.fromarray((np.concatenate(pages, axis=1) - shadow).clip(0).astype(np.uint8)).save(tmp_path / "photo.png")
    code = f"""if True:
        import sys
        from digits.recognizer import Recognizer
        import digits.command.main
        Recognizer().read_picture({str(tmp_path / "photo.png")!r}, many=True)
        print(*(it.__file__ for name, it in sys.modules.items() if name.split(".")[0] == "digits"))"""
    imported = {str(Path(it).relative_to(ROOT)) for it in run(["python", "-c", code], ROOT).stdout.split()}
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "digits/imaging/segmentation.py" in imported
    assert not {it for it in imported if not it.startswith(tuple(wheel["only-include"]))}
    assert not {it for it in wheel["only-include"] if not (ROOT / it).exists()}
