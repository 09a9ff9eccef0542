"""An experiment and a new recipe run what they reach, and nothing else: real DVC, real git, the bundled digits."""

import csv
import io
import json
import re
from pathlib import Path

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


def of_run(recipe: str) -> list[str]:
    return [f"train@{recipe}-0", f"evaluate@{recipe}-0", "report"]


def test_an_experiment_runs_what_its_parameter_reaches(workspace: Path):
    command = ["dvc", "exp", "run", "--set-param", "recipes.mlp.epochs=2", "--name", "short"]
    identity = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = run(command, workspace, **identity)
    assert stages_run(done.stdout) == of_run("mlp")
    rows = list(csv.DictReader(io.StringIO(run(["dvc", "exp", "show", "--csv"], workspace).stdout)))
    assert {row["recipes.mlp.epochs"] for row in rows} == {"2", "20"}
    changed = json.loads(run(["dvc", "metrics", "diff", "--json"], workspace).stdout)
    metrics = {path for path, change in changed.items() if change}
    assert metrics == {"metrics/train/mlp-0.json", "metrics/test/mlp-0.json"}
    files = git(workspace, "diff", "--name-only").split()
    of_mlp = {
        f"metrics/{name}" for name in ("train/mlp-0.json", "test/mlp-0.json", "errors/mlp-0.csv", "errors/mlp-0.png")
    }
    assert set(files) == {"params.yaml", "dvc.lock", *of_mlp}


def test_a_new_recipe_trains_itself_alone(workspace: Path):
    (workspace / "digits/networks/softmax.py").write_text(SOFTMAX)
    yaml = YAML()
    params = yaml.load(workspace / "params.yaml")
    params["recipes"]["softmax"] = {**params["recipes"]["mlp"], "epochs": 1}
    params["train"]["models"].append("softmax")
    yaml.dump(params, workspace / "params.yaml")
    assert stages_run(run(["dvc", "repro"], workspace).stdout) == of_run("softmax")
    assert json.loads((workspace / "metrics/train/softmax-0.json").read_text())["parameters"] == 784 * 10 + 10
