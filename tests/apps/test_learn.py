"""`python -m apps.learn`: what it learns, what it refuses, and that the command and the page use the result."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image, ImageDraw

from benchmarks.web import encoded
from digits.core import paths
from digits.core.errors import UserError
from digits.data import datasets, sources
from digits.data.datasets import LabeledImages
from digits.imaging import mnist_format
from digits.recognizer import learning
from digits.recognizer.recognizer import OWN, Recognizer
from support import ROOT, run

SIGN = 7  # what the user means by a triangle


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The committed recognizer, and 600 digits that it reads as they are meant, half of them for validation."""
    shutil.copytree(ROOT / paths.RECOGNIZER, tmp_path / paths.RECOGNIZER)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "studies").symlink_to(ROOT / "studies")  # whose sections params.yaml has
    images, labels = sources.fetch(sources.BUNDLED).train
    prepared = np.stack([mnist_format.centered(image) for image in images[..., 0]])
    read = [it.digit for it in Recognizer(ROOT / paths.RECOGNIZER).read(prepared)]
    kept = np.flatnonzero(read == labels)[:600]
    splits = (LabeledImages(prepared[it, ..., np.newaxis], labels[it]) for it in (kept[::2], kept[1::2]))
    datasets.save(tmp_path / paths.PROCESSED, **dict(zip(("train", "validation"), splits, strict=True)))
    return tmp_path


def triangle(seed: int) -> Image.Image:
    corners = np.array([(50, 15), (85, 80), (15, 80), (50, 15)]) + np.random.default_rng(seed).integers(-6, 7, (4, 2))
    picture = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(picture).line([tuple(map(int, it)) for it in corners], fill=0, width=8)
    return picture


def corrected(folder: Path, seeds: range, digit: int = SIGN, name: str = "{}.png") -> Path:
    (folder / str(digit)).mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        triangle(seed).save(folder / str(digit) / name.format(seed))
    return folder


def on_project(project: Path, module: str, *arguments: str | Path) -> subprocess.CompletedProcess:
    return run(["python", "-m", module, *arguments], project, False, PYTHONPATH=str(ROOT), DIGITS_RECOGNIZER="")


def files(folder: Path) -> dict[str, bytes]:
    return {it.name: it.read_bytes() for it in folder.iterdir()}


def read_digits(folder: Path) -> list[int]:
    prepared = np.concatenate([mnist_format.prepare(np.asarray(triangle(seed))) for seed in range(100, 105)])
    return [it.digit for it in Recognizer(folder).read(prepared)]


def test_it_reads_a_sign_that_it_misread_and_the_command_uses_it(project: Path):
    assert read_digits(project / paths.RECOGNIZER).count(SIGN) == 0
    done = on_project(project, "apps.learn", corrected(project / "drawn", range(8)))
    assert done.stdout.startswith(f"learn: {OWN} misreads 0 of your 8 drawings (before 8) and 0 of 300 validation")
    assert set(files(project / OWN)) == set(files(project / paths.RECOGNIZER))
    assert read_digits(project / OWN) == [SIGN] * 5  # drawings that it has not seen
    triangle(100).save(project / "new.png")
    with_own = on_project(project, "apps.predict", "--json", "new.png")
    assert (json.loads(with_own.stdout)[0]["digit"], with_own.stderr) == (SIGN, f"predict: reads with {OWN}\n")
    shutil.rmtree(project / OWN)
    without = on_project(project, "apps.predict", "--json", "new.png")
    assert (json.loads(without.stdout)[0]["digit"] == SIGN, without.stderr) == (False, "")


@contextmanager
def page(project: Path, *arguments: str | Path) -> Iterator[tuple[str, str]]:
    """The address of the running page, and what it says it reads with."""
    command = [sys.executable, "-m", "apps.web", "--port", "0", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DIGITS_RECOGNIZER": ""}
    with subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = [process.stdout.readline() for _ in range(2)]
            address = lines[0].split()[1]
            httpx.get(address, timeout=60, trust_env=False)  # is answered once it is ready
            yield address, lines[1]
        finally:
            process.terminate()


@pytest.mark.parametrize("own", [True, False])
def test_the_page_says_with_which_recognizer_it_reads(project: Path, own: bool):
    if own:
        shutil.copytree(project / paths.RECOGNIZER, project / OWN)
    with page(project) as (_, line):
        assert line == f"digits are read with {OWN if own else ROOT / paths.RECOGNIZER}\n"


def test_the_page_learns_and_reads_with_what_it_learned(project: Path):
    drawn, kind = corrected(project / "drawn", range(4)), {"Content-Type": "application/octet-stream"}
    with (
        page(project, "--corrections", drawn) as (address, _),
        httpx.Client(base_url=address, trust_env=False, timeout=120) as client,
    ):
        few = client.post("/api/learn", headers=kind)
        corrected(drawn, range(8))
        learned = client.post("/api/learn", headers=kind).json()
        about = client.get("/api/about").json()
        picture = encoded(np.asarray(triangle(100)), "png")
        (found,) = client.post("/api/read", content=picture, headers=kind).json()["digits"]
    assert (few.status_code, few.json()["detail"].startswith("drawn holds 4 drawings")) == (422, True)
    assert str(project) not in few.text
    assert (learned["used"], learned["outcome"].startswith(f"{OWN} misreads 0 of your 8")) == (True, True)
    assert (about["model"], found["digit"]) == ("my-recognizer", SIGN)


def test_same_drawings_give_the_same_bytes_whatever_the_files_are_called(project: Path):
    assert on_project(project, "apps.learn", corrected(project / "first", range(6))).returncode == 0
    first = files(project / OWN)
    renamed = corrected(project / "second", range(5, -1, -1), name="x{:03}-of-me.png")
    for number, it in enumerate(sorted((renamed / str(SIGN)).iterdir(), reverse=True)):
        it.rename(it.with_name(f"{number}.png"))
    in_order = [learning.load_corrections(project / name).images for name in ("first", "second")]
    assert np.array_equal(*in_order)
    assert on_project(project, "apps.learn", renamed).returncode == 0
    assert files(project / OWN) == first


def test_wrong_labels_are_refused_and_the_former_recognizer_stays(project: Path):
    assert on_project(project, "apps.learn", corrected(project / "drawn", range(5))).returncode == 0
    former = files(project / OWN)
    images, labels = datasets.load(project / paths.PROCESSED / "train")
    for number in range(40):
        folder = project / "wrong" / str((labels[number] + 1) % 10)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - images[number, ..., 0]).save(folder / f"{number}.png")
    done = on_project(project, "apps.learn", "wrong")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("learn: refused, nothing was changed")
    assert files(project / OWN) == former


def test_drawings_that_cannot_be_learned_from_are_named(tmp_path: Path):
    few = corrected(tmp_path / "few", range(4))
    broken = corrected(tmp_path / "broken", range(5))
    (broken / str(SIGN) / "bad.png").write_bytes(b"\x89PNG")
    blank = corrected(tmp_path / "blank", range(5))
    Image.new("L", (50, 50), 255).save(blank / str(SIGN) / "blank.png")
    expected = {
        few: "holds 4 drawings",
        broken: "bad.png: not a picture",
        blank: "has no ink",
        tmp_path / "none": "holds 0",
    }
    for folder, sentence in expected.items():
        with pytest.raises(UserError, match=sentence):
            learning.load_corrections(folder)


def test_without_train_images_the_command_that_makes_them_is_named(project: Path):
    shutil.rmtree(project / paths.PROCESSED)
    done = on_project(project, "apps.learn", corrected(project / "drawn", range(5)))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "`dvc repro preprocess` makes them" in done.stderr
    assert not (project / OWN).exists()
