"""Adapting to someone's handwriting: the last layer, what is refused, and that the command and the page use it."""

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
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression

from digits import config, data, sources
from digits.data import LabeledImages
from digits.files import UserError
from digits.imaging import mnist_format
from digits.recognizer import Recognizer, learning
from digits.recognizer.reading import MODEL, RECOGNIZER, USER_MODEL, run_model, session
from photos import saved
from support import ROOT, assert_refused, run

SIGN = 7  # what the user means by a triangle


@pytest.fixture(scope="module")
def model() -> bytes:
    return (ROOT / RECOGNIZER / MODEL).read_bytes()


def test_its_own_weights_give_the_committed_file_back(model: bytes):
    assert learning.replaced(model, learning.weights(model)) == model


def test_features_times_weights_are_the_logits(model: bytes, noise: LabeledImages):
    logits = learning.last_layer_features(model, noise.images) @ learning.weights(model)
    assert softmax(logits, axis=1) == pytest.approx(run_model(session(model), noise.images)[0], abs=1e-6)


def test_other_weights_leave_the_ood_score(model: bytes, noise: LabeledImages):
    changed = learning.replaced(model, -learning.weights(model))
    before, after = (run_model(session(content), noise.images) for content in (model, changed))
    assert np.array_equal(before[0].argmax(axis=1), after[0].argmin(axis=1))
    assert np.array_equal(before[1], after[1])


def test_without_smoothing_it_is_logistic_regression(monkeypatch: pytest.MonkeyPatch):
    """Scikit-learn's, from weights 0 and with train images whose features are 0, which say nothing."""
    monkeypatch.setattr(learning, "SMOOTHING", 0.0)
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(60, 4)), np.tile(np.arange(10), 6)
    fitted = learning.fit_layer(np.zeros((4, 10)), features, labels, np.zeros((3, 4)))
    strength = learning.WEIGHT / len(labels) / learning.L2
    expected = LogisticRegression(C=strength, fit_intercept=False, tol=1e-10).fit(features, labels).coef_.T
    assert fitted == pytest.approx(expected, abs=2e-4)


def test_predictions_on_train_images_are_held():
    """A correction that contradicts a train image moves the weights less than without that image."""
    present = np.zeros((2, 10))
    present[0, 3] = 5.0
    correction, label = np.array([[1.0, 0.0]]), np.array([7])
    held = learning.fit_layer(present, correction, label, correction)
    free = learning.fit_layer(present, correction, label, np.array([[0.0, 1.0]]))
    assert held[0].argmax() == 3
    assert held[0, 7] < free[0, 7]


@pytest.fixture
def project(tmp_path: Path, recognizer: Recognizer) -> Path:
    """The committed recognizer, and 600 digits that it reads as they are meant, half of them for validation."""
    shutil.copytree(ROOT / RECOGNIZER, tmp_path / RECOGNIZER)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    (tmp_path / "studies").symlink_to(ROOT / "studies")  # whose sections params.yaml has
    images, labels = sources.fetch(sources.BUNDLED).train
    prepared = np.stack([mnist_format.centered(image) for image in images[..., 0]])
    right = np.flatnonzero(recognizer.probabilities(prepared).argmax(axis=1) == labels)[:600]
    splits = (LabeledImages(prepared[half, ..., np.newaxis], labels[half]) for half in (right[::2], right[1::2]))
    data.save(tmp_path / config.PROCESSED, **dict(zip(("train", "validation"), splits, strict=True)))
    return tmp_path


def triangle(seed: int) -> Image.Image:
    corners = np.array([(50, 15), (85, 80), (15, 80), (50, 15)]) + np.random.default_rng(seed).integers(-6, 7, (4, 2))
    picture = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(picture).line([tuple(map(int, corner)) for corner in corners], fill=0, width=8)
    return picture


def corrected(folder: Path, seeds: range) -> Path:
    (folder / str(SIGN)).mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        triangle(seed).save(folder / str(SIGN) / f"{seed}.png")
    return folder


def learn(project: Path, *arguments: str | Path, module: str = "learning") -> subprocess.CompletedProcess:
    """Run this module, or another one of the recognizer, in `project`."""
    command = ["python", "-m", f"digits.recognizer.{module}", *arguments]
    return run(command, project, False, PYTHONPATH=str(ROOT), DIGITS_RECOGNIZER="")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read_signs(folder: Path) -> list[int]:
    prepared = np.concatenate([mnist_format.prepare(np.asarray(triangle(seed))) for seed in range(100, 105)])
    return [prediction.digit for prediction in Recognizer(folder).read(prepared)]


def test_a_misread_sign_is_learned_and_the_command_uses_it(project: Path):
    assert SIGN not in read_signs(project / RECOGNIZER)
    done = learn(project, corrected(project / "drawn", range(8)))
    assert done.stdout.startswith(f"{USER_MODEL} misreads 0 of your 8 drawings (before 8) and 0 of 300 validation")
    assert set(files(project / USER_MODEL)) == set(files(project / RECOGNIZER))
    assert read_signs(project / USER_MODEL) == [SIGN] * 5  # drawings that it has not seen
    triangle(100).save(project / "new.png")
    adapted = learn(project, "--json", "new.png", module="__main__")
    assert (json.loads(adapted.stdout)[0]["digit"], f"reads with {USER_MODEL}" in adapted.stderr) == (SIGN, True)
    shutil.rmtree(project / USER_MODEL)
    again = learn(project, "--json", "new.png", module="__main__")
    assert (json.loads(again.stdout)[0]["digit"] == SIGN, again.stderr) == (False, "")


@contextmanager
def page(project: Path, *arguments: str | Path) -> Iterator[tuple[httpx.Client, str]]:
    """A client of the running page, and what the page says it reads with."""
    command = [sys.executable, "-m", "digits.web", "--port", "0", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DIGITS_RECOGNIZER": ""}
    kind = {"Content-Type": "application/octet-stream"}
    with subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            address, line = process.stdout.readline().split()[1], process.stdout.readline()
            with httpx.Client(base_url=address, headers=kind, trust_env=False, timeout=120) as client:
                yield client, line
        finally:
            process.terminate()


def test_the_page_learns_and_reads_with_what_it_learned(project: Path):
    drawn = corrected(project / "drawn", range(4))
    with page(project, "--corrections", drawn) as (client, line):
        few = client.post("/api/learn")
        corrected(drawn, range(8))
        learned = client.post("/api/learn").json()
        about = client.get("/api/about").json()
        (answer,) = client.post("/api/read", content=saved(triangle(100), "PNG").getvalue()).json()["digits"]
    assert line == f"digits are read with {ROOT / RECOGNIZER}\n"
    assert (few.status_code, "drawn holds 4 drawings" in few.text, str(project) in few.text) == (422, True, False)
    assert (learned["used"], f"{USER_MODEL} misreads 0 of your 8" in learned["outcome"]) == (True, True)
    assert (about["model"], answer["digit"]) == ("my-recognizer", SIGN)
    with page(project) as (client, line):
        assert client.get("/api/about").json()["model"] == "my-recognizer"
    assert line == f"digits are read with {USER_MODEL}\n"


def test_names_and_order_of_drawings_change_no_byte(project: Path):
    assert learn(project, corrected(project / "first", range(6))).returncode == 0
    first = files(project / USER_MODEL)
    corrected(project / "second", range(6))
    for number in range(6):  # in the opposite order
        path = project / "second" / str(SIGN) / f"{number}.png"
        path.rename(path.with_name(f"x{9 - number}.png"))
    assert learn(project, project / "second").returncode == 0
    assert files(project / USER_MODEL) == first


def test_wrong_labels_are_refused_and_the_former_stays(project: Path):
    shutil.copytree(project / RECOGNIZER, project / USER_MODEL)
    images, labels = data.load(project / config.PROCESSED / "train")
    for number in range(120):
        folder = project / "wrong" / str((labels[number] + 1) % 10)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - images[number, ..., 0]).save(folder / f"{number}.png")
    done = learn(project, Path("wrong"))
    assert (done.returncode, done.stdout, done.stderr.startswith("learn: refused")) == (1, "", True)
    assert files(project / USER_MODEL) == files(project / RECOGNIZER)


def test_drawings_that_cannot_be_learned_from_are_named(tmp_path: Path):
    few, broken, blank = (corrected(tmp_path / name, range(4)) for name in ("few", "broken", "blank"))
    (broken / str(SIGN) / "bad.png").write_bytes(b"\x89PNG")
    Image.new("L", (50, 50), 255).save(blank / str(SIGN) / "blank.png")
    reasons = {few: "holds 4", broken: "bad.png: not a picture", blank: "has no ink", tmp_path / "none": "holds 0"}
    for folder, reason in reasons.items():
        with pytest.raises(UserError, match=reason):
            learning.load_corrections(folder)


def test_without_train_images_a_command_is_named(project: Path):
    shutil.rmtree(project / config.PROCESSED)
    assert_refused(learn(project, corrected(project / "drawn", range(5))), "dvc repro preprocess")
    assert not (project / USER_MODEL).exists()
