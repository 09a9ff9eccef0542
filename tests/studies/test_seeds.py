"""Many seeds: variance against a count over all images, tables and curves made by hand."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from digits import config, files
from studies import seeds


def as_errors(labels: np.ndarray, answers: np.ndarray) -> pd.DataFrame:
    wrong = np.flatnonzero(labels != answers)
    names = [f"{position:012x}" for position in wrong]
    return pd.DataFrame({"image": names, "actual": labels[wrong], "predicted": answers[wrong]})


def test_the_numbers_are_those_of_a_count():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 300)
    answers = np.stack([np.where(rng.random(300) < 0.2, rng.integers(0, 4, 300), labels) for _ in range(5)])
    answers[:, :9] = (labels[:9] + 1) % 10  # misread by all, alike
    numbers = seeds.variance([as_errors(labels, of_seed) for of_seed in answers], len(labels))
    wrong = (answers != labels).sum(axis=0)
    assert numbers["misread_by_all"] == (wrong == 5).sum() >= 9
    assert numbers["misread_by_most"] == (wrong >= 3).sum()
    assert numbers["misread_by_some"] == (wrong >= 1).sum()
    assert numbers["error"] == pytest.approx((answers != labels).mean())
    usual = []
    for label, column in zip(labels, answers.T, strict=True):
        counts = np.bincount(column, minlength=10)
        usual.append(label if counts[label] == counts.max() else counts.argmax())  # a tie goes to the label
    assert numbers["bias"] == pytest.approx((usual != labels).mean())
    assert numbers["variance"] == pytest.approx(np.mean([of_seed != usual for of_seed in answers]))
    pairs = [(one == other).mean() for one, other in combinations(answers, 2)]
    assert numbers["agreement"] == pytest.approx(np.mean(pairs))


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two trainings of `fast` and one of `best` on the dataset "here", one of `mlp` on another."""
    monkeypatch.chdir(tmp_path)
    rows = [("fast", 1, 0.98, "here"), ("fast", 2, 0.99, "here"), ("best", 1, 1.0, "here"), ("mlp", 1, 0.9, "other")]
    table = pd.DataFrame(rows, columns=["variant", "seed", "accuracy", "dataset"])
    files.write_csv(seeds.TABLE, table.assign(recipe=table["variant"], parameters=10))
    for name, text in (("fast-1", "a,1,2\nb,3,4\n"), ("fast-2", "a,1,7\n"), ("best-1", "")):
        files.write_text(seeds.ERRORS / f"{name}.csv", f"image,actual,predicted\n{text}")
    for name in ("fast", "mlp"):
        files.write_csv(seeds.ENSEMBLES / f"{name}.csv", pd.DataFrame({"members": [2], "mean": [0.99]}))
    files.write_json(config.DATASET, {"dataset": "mnist", "digest": "here", "test": 100})


def test_the_entries_of_this_dataset_are_summarized(measured: None):
    seeds.summarize()
    summary = files.read_csv(seeds.SUMMARY).set_index("name")
    assert summary["mean"].to_dict() == {"fast": 0.985, "best": 1.0}
    assert summary["std"]["fast"] == pytest.approx(0.01 / 2**0.5, abs=1e-6)
    (fast,) = files.read_csv(seeds.VARIANCE).to_dict("records")
    assert (fast["name"], fast["misread_by_all"], fast["misread_by_some"], fast["agreement"]) == ("fast", 1, 2, 0.98)
    ((name, table),) = seeds.section()["ensembles"].items()
    assert (name, table.to_dict("records")) == ("fast", [{"members": "2", "mean": "99.000%"}])


def test_on_another_dataset_there_is_nothing(measured: None):
    files.write_json(config.DATASET, {"dataset": "mnist", "digest": "new", "test": 100})
    seeds.summarize()
    assert seeds.SUMMARY.read_text() == "name,parameters,seeds,mean,std,min,max\n"
    assert len(files.read_csv(seeds.VARIANCE)) == 0
    assert seeds.section() is None


def test_the_curves_are_of_recipes_in_several_sizes():
    rows = [("big", "big", 200, 0.98), ("big", "big", 200, 1.0), ("big-half", "big", 100, 0.97)]
    rows += [("a-try", "big", 200, 0.5), ("plain", "plain", 50, 0.9)]
    curves = seeds.by_size(pd.DataFrame(rows, columns=["name", "recipe", "parameters", "accuracy"]))
    assert list(curves) == ["big"]
    assert dict(zip(curves["big"]["name"], curves["big"]["accuracy"], strict=True)) == {"big": 0.99, "big-half": 0.97}
    assert curves["big"]["std"].tolist() == pytest.approx([0.02 / 2**0.5, float("nan")], nan_ok=True)


def test_the_curve_shows_ours_and_the_published(in_root: None):
    drawing = seeds.size_curve(seeds.on_this_dataset())
    for name in ("tiny", "small", "best-wide", "cnn", "diverse", "EVA4"):
        assert f">{name}</text>" in drawing, name
