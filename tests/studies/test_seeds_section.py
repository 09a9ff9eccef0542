"""The page's section on many seeds: what it shows of which dataset, and which recipe was trained in several sizes."""

from pathlib import Path

import pandas as pd
import pytest

from digits.config.params import load_params
from digits.config.runs import all_runs, first_seed
from digits.core import artifacts, paths
from digits.experiments import seeds
from studies.report import seeds_section
from studies.seeds.paths import SUMMARY, VARIANCE
from support import ROOT


def test_ensembles_of_another_dataset_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    artifacts.write_json(paths.DATASET, {"dataset": "some digits", "digest": "here"})
    trainings = [("fast", "here"), ("best", "other")]
    measured = [{"name": name, "recipe": name, "parameters": 10, "dataset": dataset} for name, dataset in trainings]
    artifacts.write_csv(seeds.TABLE, pd.DataFrame(measured))
    for path in (SUMMARY, VARIANCE, *map(seeds.ensembles_of, ("fast", "best"))):
        artifacts.write_csv(path, pd.DataFrame({"members": [2], "mean": [0.99]}))
    found = seeds_section.content([], load_params(ROOT / "params.yaml"))
    assert found is not None
    assert list(found["ensembles"]) == ["fast"]
    assert found["ensembles"]["fast"].to_dict("records") == [{"members": "2", "mean": "99.000%"}]


def test_the_curves_are_of_the_recipes_with_several_sizes():
    measured = pd.DataFrame(
        {
            "name": ["big", "big", "big-half", "a-try", "plain"],
            "recipe": ["big", "big", "big", "big", "plain"],
            "parameters": [200, 200, 100, 200, 50],
            "accuracy": [0.98, 1.0, 0.97, 0.5, 0.9],
        }
    )
    found = seeds_section.curves(measured)
    assert list(found) == ["big"]
    assert dict(zip(found["big"]["name"], found["big"]["accuracy"], strict=True)) == {"big": 0.99, "big-half": 0.97}
    assert found["big"]["std"].tolist() == pytest.approx([0.02 / 2**0.5, float("nan")], nan_ok=True)


def test_the_page_draws_the_curves_the_other_recipes_and_what_others_published(in_root: None):
    params = load_params()
    content = seeds_section.content(first_seed(all_runs(params.train)), params)
    assert content is not None
    for name in ("tiny", "small", "best-wide", "cnn", "diverse", "EVA4"):
        assert f">{name}</text>" in content["size_curve"], name
