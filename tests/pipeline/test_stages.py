"""What a user can do wrong to a stage: one clear line, exit code 2, nothing lost and nothing half-written."""

import os
import resource
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from support import BIN, run, stage


def assert_one_line(done: subprocess.CompletedProcess, *words: str) -> None:
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr


def edit_params(folder: Path, before: str, after: str) -> None:
    path = folder / "params.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("dataset: optdigits", "datset: optdigits", "fetch.datset is not a known key; allowed here: dataset"),
        ("dataset: optdigits", "dataset: optdigit", "optdigit is not known to TensorFlow Datasets"),
        ("epochs: 10", "epochs: -10", "recipes.cnn.epochs is -10"),
    ],
)
def test_a_slip_in_params_stops_the_first_stage(workspace: Path, before: str, after: str, words: str):
    edit_params(workspace, before, after)
    shutil.rmtree(workspace / "data/raw")
    assert_one_line(stage("fetch", workspace), words)
    assert not (workspace / "data/raw").exists()


def test_an_unknown_recipe_is_named_by_dvc_and_by_the_stage(workspace: Path):
    edit_params(workspace, "- mlp", "- mpl")
    done = run(["dvc", "repro", "report"], workspace, check=False)
    assert done.returncode != 0
    assert "digits/architectures/mpl.py" in done.stderr
    assert_one_line(stage("report", workspace), "train.models names 'mpl', which is no recipe; there are mlp, sigmoid")


def test_a_recipe_without_a_network_names_the_file_that_is_missing(workspace: Path):
    edit_params(
        workspace,
        "  mlp:      ",
        "  softmax:\n    epochs: 1\n    batch_size: 8\n    learning_rate: 0.1\n"
        "    schedule: constant\n    loss: categorical_crossentropy\n  mlp:      ",
    )
    assert_one_line(stage("fetch", workspace), "digits/architectures/softmax.py, which does not exist")


def test_values_that_do_not_fit_the_network_are_named(workspace: Path):
    edit_params(workspace, "    - 96\n    optimizer", "    optimizer")
    words = "recipes.fast does not fit digits/architectures/fast.py: not enough values"
    assert_one_line(stage("train", workspace, "fast", "0"), words)


@pytest.mark.parametrize(
    ("name", "arguments", "missing"),
    [
        ("preprocess", (), "data/raw"),
        ("train", ("mlp", "0"), "data/processed"),
        ("evaluate", ("mlp", "0"), "data/processed/test"),
        ("evaluate", ("mlp", "0"), "models"),
        ("report", (), "metrics/test"),
    ],
)
def test_a_stage_before_its_inputs_says_what_is_missing(
    workspace: Path, name: str, arguments: tuple[str, ...], missing: str
):
    shutil.rmtree(workspace / missing)
    assert_one_line(stage(name, workspace, *arguments), missing, "does not exist; run `dvc repro`")


def test_training_and_the_report_do_without_the_test_images(workspace: Path):
    for folder in ("data/raw", "data/processed"):
        shutil.rmtree(workspace / folder / "test")
    for command in (["stages.train", "fast", "0"], ["stages.export"], ["stages.report"]):
        run(["python", "-m", *command], workspace)
    assert_one_line(stage("evaluate", workspace, "mlp", "0"), "data/processed/test", "does not exist")


def test_a_truncated_array_stops_training_and_keeps_the_model(workspace: Path):
    path = workspace / "data/processed/train/images.npy"
    path.write_bytes(path.read_bytes()[:-1000])
    before = (workspace / "models/mlp-0.keras").read_bytes()
    assert_one_line(stage("train", workspace, "mlp", "0"), "train/images.npy is not a whole .npy array")
    assert (workspace / "models/mlp-0.keras").read_bytes() == before


def test_labels_out_of_range_stop_preprocess_and_keep_the_splits(workspace: Path):
    path = workspace / "data/raw/train/labels.npy"
    labels = np.load(path)
    labels[7] = 200
    np.save(path, labels)
    assert_one_line(stage("preprocess", workspace), "data/raw/train: label 200 at position 7", "expected 0 to 9")
    assert (workspace / "data/processed/train/labels.npy").exists()


def test_a_file_that_is_no_model_stops_evaluate(workspace: Path):
    (workspace / "models/mlp-0.keras").write_bytes(b"no model")
    assert_one_line(stage("evaluate", workspace, "mlp", "0"), "models/mlp-0.keras is not a Keras model")


def test_a_broken_metrics_file_stops_the_report(workspace: Path):
    (workspace / "metrics/test/mlp-0.json").write_text('{"accuracy": 0.9')
    assert_one_line(stage("report", workspace), "metrics/test/mlp-0.json is not valid JSON", "line 1 column")


@pytest.mark.parametrize(("name", "arguments"), [("fetch", ()), ("train", ("mlp", "0"))])
def test_a_full_disk_leaves_what_was_there(workspace: Path, name: str, arguments: tuple[str, ...]):
    def limit_files_to_100_kilobytes() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    kept = {path: path.read_bytes() for path in [*workspace.glob("data/raw/*/*"), *workspace.glob("models/*.keras")]}
    done = subprocess.run(
        [BIN / "python", "-m", f"stages.{name}", *arguments],
        cwd=workspace,
        capture_output=True,
        text=True,
        preexec_fn=limit_files_to_100_kilobytes,
    )
    assert_one_line(done, "not written whole", "the disk may be full")
    assert {path: path.read_bytes() for path in kept} == kept
    assert not list(workspace.rglob(".*partial*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_named(workspace: Path):
    (workspace / "data").chmod(0o500)
    assert_one_line(stage("fetch", workspace), "Permission denied", "data/.raw.partial")
    (workspace / "data").chmod(0o700)


def test_a_file_in_the_way_of_a_folder_is_named(workspace: Path):
    shutil.rmtree(workspace / "data")
    (workspace / "data").write_text("in the way")
    assert_one_line(stage("fetch", workspace), "data")
