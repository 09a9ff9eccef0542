"""The wheel in an empty virtual environment, with packages from the registry: it reads pictures, without TensorFlow."""

import json
import sys
import zipfile
from pathlib import Path

import pytest

from digits.recognizer import Recognizer
from digits.recognizer.reading import RECOGNIZER
from photos import printed
from support import ROOT, run

EVERY_MODULE = """
import importlib, pkgutil, digits
for module in pkgutil.walk_packages(digits.__path__, "digits."):
    importlib.import_module(module.name)
    print(module.name)
"""
READ = "from digits.recognizer import Recognizer; print(*vars(Recognizer().read_picture('photo.png')[0]).values())"


@pytest.fixture(autouse=True)
def _model_of_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIGITS_RECOGNIZER")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel, a picture of a 5 and a virtual environment that holds the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("installed")
    run([sys.executable, "-m", "venv", "venv"], folder)
    pip = [folder / "venv/bin/python", "-m", "pip"]
    done = run([*pip, "download", "--quiet", "--no-deps", "--dest", "downloaded", "hatchling"], folder, check=False)
    if done.returncode:
        pytest.skip(f"the package registry cannot be reached: {done.stderr.strip().splitlines()[-1]}")
    run([*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT], folder)
    run([*pip, "install", "--quiet", *folder.glob("*.whl")], folder)
    printed("5").save(folder / "photo.png")
    return folder


def test_command_and_library_read_as_here(installed: Path):
    done = run([installed / "venv/bin/digits-read", "--json", "photo.png"], installed)
    (answer,) = json.loads(done.stdout)
    assert (answer["file"], answer["digit"], answer["sure"], done.stderr) == ("photo.png", 5, True, "")
    digit, confidence, _, sure, *_ = run([installed / "venv/bin/python", "-c", READ], installed).stdout.split()
    (here,) = Recognizer().read_picture(installed / "photo.png")
    assert (digit, float(confidence), sure) == ("5", pytest.approx(here.confidence, abs=1e-4), "True")


def test_every_module_in_the_wheel_can_be_imported(installed: Path):
    modules = run([installed / "venv/bin/python", "-c", EVERY_MODULE], installed).stdout.split()
    assert {"digits.recognizer.command", "digits.recognizer.reading", "digits.imaging.cutting"} <= set(modules)


def test_packages_of_the_pipeline_are_not_needed(installed: Path):
    listed = run([installed / "venv/bin/python", "-m", "pip", "list", "--format=json"], installed).stdout
    names = {package["name"].lower() for package in json.loads(listed)}
    assert {"digits", "onnxruntime", "numpy", "pillow", "scipy"} <= names
    assert not names & {"tensorflow", "keras", "pandas", "dvc", "scikit-learn", "matplotlib", "pydantic"}


def test_the_wheel_holds_the_committed_model(installed: Path):
    (wheel,) = installed.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        for path in (ROOT / RECOGNIZER).iterdir():
            assert content.read(f"digits/recognizer/model/{path.name}") == path.read_bytes()
