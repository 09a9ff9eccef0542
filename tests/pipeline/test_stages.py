"""What a user can do wrong to a stage: one clear line, exit code 2, nothing lost and nothing half-written."""

import os
import resource
import shutil
import subprocess
from pathlib import Path

import pytest

from support import BIN, assert_refused, run, stage


def edit_params(folder: Path, before: str, after: str) -> None:
    path = folder / "params.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


@pytest.mark.parametrize(
    ("name", "before", "after", "word"),
    [
        ("fetch", "dataset: optdigits", "datset: optdigits", "fetch.datset is not a known key"),
        ("fetch", "dataset: optdigits", "dataset: optdigit", "optdigit is not known"),
        ("train fast 0", "    - 8\n    - 24\n    - 48\n", "    - 8\n    - 24\n", "digits/networks/fast.py"),
        ("train mlp 0", "device: cpu", "device: gpu", "train.device is gpu"),
    ],
)
def test_a_slip_in_params_stops_the_stage(workspace: Path, name: str, before: str, after: str, word: str):
    edit_params(workspace, before, after)
    outs = [workspace / "data/raw", workspace / "models"]
    for path in outs:
        shutil.rmtree(path)
    assert_refused(stage(name, workspace), word)
    assert not any(path.exists() for path in outs)


def test_an_unknown_recipe_is_named_by_dvc(workspace: Path):
    edit_params(workspace, "- mlp", "- mpl")
    done = run(["dvc", "repro", "report"], workspace, check=False)
    assert done.returncode != 0
    assert "digits/networks/mpl.py" in done.stderr


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("preprocess", "data/raw"),
        ("train mlp 0", "data/processed"),
        ("evaluate mlp 0", "data/processed/test"),
        ("evaluate mlp 0", "models"),
        ("report", "metrics/test"),
    ],
)
def test_a_missing_input_is_named(workspace: Path, name: str, missing: str):
    shutil.rmtree(workspace / missing)
    assert_refused(stage(name, workspace), missing, "dvc repro")


def test_only_evaluate_opens_the_test_images(workspace: Path):
    for folder in ("data/raw", "data/processed"):
        shutil.rmtree(workspace / folder / "test")
    for command in (["stages.train", "fast", "0"], ["stages.export"], ["stages.report"]):
        run(["python", "-m", *command], workspace)
    assert_refused(stage("evaluate mlp 0", workspace), "data/processed/test")


@pytest.mark.parametrize(
    ("name", "damaged", "output"),
    [
        ("preprocess", "data/raw/train/labels.npy", "data/processed/train/labels.npy"),
        ("train mlp 0", "data/processed/train/images.npy", "models/mlp-0.keras"),
        ("evaluate mlp 0", "models/mlp-0.keras", "metrics/test/mlp-0.json"),
        ("report", "metrics/test/mlp-0.json", "reports/report.md"),
        ("report", "predictions/mlp-0.npz", "reports/report.md"),
    ],
)
def test_a_damaged_input_is_named_the_output_stays(workspace: Path, name: str, damaged: str, output: str):
    path, expected = workspace / damaged, (workspace / output).read_bytes()
    content = path.read_bytes()
    path.unlink()  # a link to DVC's cache
    path.write_bytes(content[: len(content) // 2])
    assert_refused(stage(name, workspace), damaged)
    assert (workspace / output).read_bytes() == expected


@pytest.mark.parametrize("name", ["fetch", "train mlp 0"])
def test_a_full_disk_leaves_what_was_there(workspace: Path, name: str):
    before = {path: path.read_bytes() for path in [*workspace.glob("data/raw/*/*"), *workspace.glob("models/*.keras")]}
    done = subprocess.run(
        [BIN / "python", "-m", *f"stages.{name}".split()],
        cwd=workspace,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert_refused(done, "the disk may be full")
    assert {path: path.read_bytes() for path in before} == before
    assert not list(workspace.rglob(".*partial*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(workspace: Path):
    (workspace / "data").chmod(0o500)
    assert_refused(stage("fetch", workspace), "Permission denied", "data/.raw.partial")
    (workspace / "data").chmod(0o700)


def test_a_file_in_the_way_of_a_folder_is_named(workspace: Path):
    shutil.rmtree(workspace / "data")
    (workspace / "data").write_text("in the way")
    assert_refused(stage("fetch", workspace), "data")
