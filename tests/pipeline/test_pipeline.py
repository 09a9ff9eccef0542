"""The core pipeline as its users run it: real DVC, real git, the bundled digits."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

from support import git, run

SOFTMAX = '''"""Softmax regression."""

import keras
from keras.layers import Flatten


def layers() -> list[keras.Layer]:
    return [Flatten(name="flatten")]
'''


def stages_run(output: str) -> list[str]:
    return re.findall(r"Running stage '([^']+)'", output)


def changed_params(folder: Path) -> tuple[YAML, dict]:
    yaml = YAML()
    return yaml, yaml.load(folder / "params.yaml")


def test_nothing_runs_again_without_a_change(pipeline: Path):
    assert stages_run(run(["dvc", "repro"], pipeline).stdout) == []
    assert git(pipeline, "status", "--porcelain") == ""


def test_models_learn_to_read(pipeline: Path):
    for path in (pipeline / "metrics/test").iterdir():
        assert json.loads(path.read_text())["accuracy"] > 0.85, path.name  # 0.1 is chance, 0.90 to 0.95 is usual


def test_errors_and_class_totals_are_the_confusion_matrix(pipeline: Path):
    totals = pd.read_csv(pipeline / "plots/class_counts.csv")["test"].to_numpy()
    errors = pd.read_csv(pipeline / "metrics/errors/mlp-0.csv", dtype={"image": str})
    assert errors.columns.tolist() == ["image", "actual", "predicted"]
    matrix = np.zeros((10, 10), int)
    np.add.at(matrix, (errors["actual"], errors["predicted"]), 1)
    matrix += np.diag(totals - matrix.sum(axis=1))
    confusion = pd.read_csv(pipeline / "plots/confusion/mlp-0.csv")
    assert confusion["images"].tolist() == matrix.reshape(-1).tolist()
    assert errors["image"].is_monotonic_increasing
    assert json.loads((pipeline / "metrics/test/mlp-0.json").read_text())["errors"] == len(errors)


def test_an_experiment_runs_only_what_its_parameter_reaches(workspace: Path):
    command = ["dvc", "exp", "run", "--set-param", "recipes.mlp.epochs=2", "--name", "short"]
    identity = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = run(command, workspace, **identity)
    assert stages_run(done.stdout) == ["train@mlp-0", "evaluate@mlp-0", "report"]
    rows = list(csv.DictReader(io.StringIO(run(["dvc", "exp", "show", "--csv"], workspace).stdout)))
    assert {row["recipes.mlp.epochs"] for row in rows} == {"2", "20"}
    changed = json.loads(run(["dvc", "metrics", "diff", "--json"], workspace).stdout)
    assert {path for path, change in changed.items() if change} == {
        "metrics/train/mlp-0.json",
        "metrics/test/mlp-0.json",
    }
    files = git(workspace, "diff", "--name-only").split()
    assert len(files) <= 12
    assert not [name for name in files if "fast" in name]


def test_a_new_recipe_is_one_file_and_one_section_and_trains_itself_alone(workspace: Path):
    (workspace / "digits/architectures/softmax.py").write_text(SOFTMAX)
    yaml, params = changed_params(workspace)
    params["recipes"]["softmax"] = {**params["recipes"]["mlp"], "epochs": 1}
    params["train"]["models"].append("softmax")
    yaml.dump(params, workspace / "params.yaml")
    done = run(["dvc", "repro"], workspace)
    assert stages_run(done.stdout) == ["train@softmax-0", "evaluate@softmax-0", "report"]
    assert json.loads((workspace / "metrics/train/softmax-0.json").read_text())["parameters"] == 784 * 10 + 10


def test_stages_that_need_no_tensorflow_do_not_import_it(workspace: Path):
    check = (
        "import runpy, sys; "
        "[runpy.run_module(f'stages.{it}', run_name='__main__') for it in ('preprocess', 'report')]; "
        "sys.exit(', '.join({'tensorflow', 'keras'} & set(sys.modules)) or 0)"
    )
    run(["python", "-c", check], workspace)
