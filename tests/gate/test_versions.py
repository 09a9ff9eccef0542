"""Reading a version: damaged files, and which measures of studies are of its models."""

import hashlib
import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from ruamel.yaml import YAML

from digits.files import UserError
from digits.gate import versions
from digits.gate.versions import WorkingTree

GOOD = b"image,actual,predicted\n0123456789ab,7,2\n12345678e901,4,9\n"
MODELS = {"mlp-0": "mlp", "fast-0": "fast", "recognizer": "recognizer"}
METRICS = Path("metrics/robustness/mlp-0.json")


def write(path: str | Path, content: object) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    YAML().dump(content, Path(path))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose study `robustness` was run for mlp, `handwriting` for the recognizer, and fast never."""
    monkeypatch.chdir(tmp_path)
    subprocess.run(["git", "init", "--quiet"], check=True)
    write("dvc.yaml", {"stages": {}})
    write("dvc.lock", {"stages": {}})
    of_models, of_recognizer = (
        "metrics/robustness/${item.model}-${item.seed}.json",
        "metrics/handwriting/recognizer.json",
    )
    declared = [{of_models: {"meta": {"lower_is_better": ["worst"]}}}, of_recognizer, "metrics/labels/audit.json"]
    write("studies/dvc.yaml", {"stages": {str(number): {"metrics": [path]} for number, path in enumerate(declared)}})
    stages = {}
    for dep, path in (("models/mlp-0.keras", METRICS), ("models/recognizer", Path(of_recognizer))):
        write(path, {"x": 1})
        path.write_text(json.dumps({f"{path.parts[1]}_accuracy": 0.5}))
        digest = hashlib.md5(path.read_bytes()).hexdigest()
        deps = [{"path": dep, "md5": "a"}, {"path": "data/corrupted", "md5": "other"}]
        stages[dep] = {"deps": deps, "outs": [{"path": str(path), "md5": digest}]}
    write("studies/dvc.lock", {"stages": stages})
    return tmp_path


def read(model_digest: str = "a") -> tuple:
    outs = {"models/mlp-0.keras": {"md5": model_digest}, "models/recognizer": {"md5": "a"}}
    return versions.read_measures(WorkingTree(), MODELS, outs)


def test_measures_are_of_the_model_in_the_file_name(repository: Path):
    measures, directions, gaps = read()
    assert measures == {
        "mlp-0": {"robustness_accuracy": 0.5},
        "fast-0": {},
        "recognizer": {"handwriting_accuracy": 0.5},
    }
    assert gaps == [("robustness", "fast")]
    assert directions["worst"] is False
    assert directions["worst_recall"] is True


@pytest.mark.parametrize(("model", "accuracy"), [("b", 0.5), ("a", 0.99)])  # trained again, edited metrics
def test_studies_of_other_models_are_stale(repository: Path, model: str, accuracy: float):
    METRICS.write_text(json.dumps({"robustness_accuracy": accuracy}))
    measures, _, gaps = read(model)
    assert measures["mlp-0"] == {}
    assert measures["recognizer"] == {"handwriting_accuracy": 0.5}
    assert gaps[0] == ("robustness", "mlp")


def test_a_list_without_rows_is_a_list():
    assert versions.misread_images(GOOD.splitlines()[0] + b"\n").empty


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"image,actual", b"picture,actual"),
        (b",7,", b",x,"),
        (b",9\n", b",10\n"),
        (b",9\n", b",nan\n"),
        (b"0123456789ab", b"<<<<<<< HEAD"),
        (b",7,2", b",7"),
        (b"4,9", b"4,9,1"),
        (b"4,9", b"4,\xff"),
    ],
)
def test_a_damaged_list_of_errors_is_refused(old: bytes, new: bytes):
    assert versions.misread_images(GOOD)["image"].tolist() == ["0123456789ab", "12345678e901"]
    with pytest.raises((ValueError, KeyError)):
        versions.misread_images(GOOD.replace(old, new))


@pytest.mark.parametrize("content", ['{"a": 1, "b" 2}', "", "[1]", '{"a": "2"}', '{"a": NaN}', '{"a": true}'])
def test_damaged_numbers_are_refused_by_name(content: str, repository: Path):
    METRICS.write_text(content)
    with pytest.raises(UserError, match=f"{METRICS} of the working tree is damaged"):
        WorkingTree().numbers(METRICS)


def test_confusion_and_recall_follow_from_the_errors():
    errors = pd.DataFrame({"image": list("abc"), "actual": [7, 7, 3], "predicted": [2, 2, 5]})
    counts = np.array([4, 4, 4, 2, 4, 4, 4, 8, 4, 4])
    matrix = versions.confusion(errors, counts)
    assert matrix.sum(axis=1).tolist() == counts.tolist()
    assert (matrix[7, 2], matrix[7, 7], matrix[3, 5], matrix[0, 0]) == (2, 6, 1, 4)
    recalls = versions.recalls(matrix)
    assert (recalls["recall_7"], recalls["recall_0"], recalls["worst_recall"]) == (0.75, 1.0, 0.5)
