"""Which measures of the studies are of the present models."""

import json
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from digits.versions import studies
from digits.versions.git_tree import WorkingTree, md5
from digits.versions.studies import Gap
from support import ROOT

MODELS = {"mlp-0": "mlp", "fast-0": "fast", "recognizer": "recognizer"}
MODEL, METRICS = "models/mlp-0.keras", "metrics/robustness/mlp-0.json"


def write_yaml(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    YAML().dump(content, path)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose study `robustness` was run for mlp, `hands` for the recognizer, and fast never."""
    monkeypatch.chdir(tmp_path)
    write_yaml(Path("params.yaml"), {"train": {"models": ["mlp", "fast"], "seeds": [0]}})
    for study, stage in (
        ("robustness", "evaluate_robustness"),
        ("hands", "evaluate_recognizer"),
        ("labels", "audit_labels"),
    ):
        content = YAML(typ="safe").load(ROOT / "studies" / study / "dvc.yaml")
        write_yaml(Path("studies", study, "dvc.yaml"), {"stages": {stage: content["stages"][stage]}})
    outs = [{"path": path, "md5": "a", "size": 1} for path in (MODEL, "models/recognizer")]
    write_yaml(Path("dvc.lock"), {"stages": {"train@mlp-0": {"outs": outs}}})
    for study, dep, metrics in (
        ("robustness", MODEL, METRICS),
        ("hands", "models/recognizer", "metrics/hands/recognizer.json"),
    ):
        content = json.dumps({f"{study}_accuracy": 0.5})
        Path(metrics).parent.mkdir(parents=True)
        Path(metrics).write_text(content)
        deps = [{"path": dep, "md5": "a"}, {"path": "data/corrupted", "md5": "other"}]
        stage = {"deps": deps, "outs": [{"path": metrics, "md5": md5(content.encode())}]}
        write_yaml(Path(f"studies/{study}/dvc.lock"), {"stages": {f"evaluate_{study}@mlp-0": stage}})
    return tmp_path


def test_measures_are_of_the_run_that_their_file_is_named_after(repository: Path):
    measures, gaps = studies.read(WorkingTree(), MODELS)
    assert measures == {
        "mlp-0": {"robustness_accuracy": 0.5},
        "fast-0": {},
        "recognizer": {"hands_accuracy": 0.5},
    }
    assert gaps == [Gap("robustness", "fast", "not run")]


def test_a_model_that_was_trained_again_leaves_the_study_stale(repository: Path):
    lock = Path("dvc.lock")
    lock.write_text(lock.read_text().replace("md5: a", "md5: b", 1))
    measures, gaps = studies.read(WorkingTree(), MODELS)
    assert measures["mlp-0"] == {}
    assert measures["recognizer"] == {"hands_accuracy": 0.5}
    assert gaps[0] == Gap("robustness", "mlp", "stale", frozenset({"robustness_accuracy"}))
    assert gaps[0].explains("robustness_accuracy")
    assert not gaps[0].explains("robustness_acuracy")


def test_metrics_of_a_study_that_were_edited_are_stale(repository: Path):
    Path(METRICS).write_text('{"robustness_accuracy": 0.99}')
    measures, gaps = studies.read(WorkingTree(), MODELS)
    assert measures["mlp-0"] == {}
    assert gaps[0].reason == "stale"


def test_a_study_that_was_removed_leaves_no_gap(repository: Path):
    shutil.rmtree("studies/robustness")
    assert studies.read(WorkingTree(), MODELS)[1] == []
