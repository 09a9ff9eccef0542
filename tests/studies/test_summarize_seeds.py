"""The summary of many seeds, from tables made by hand."""

from pathlib import Path

import pandas as pd
import pytest

from digits.core import artifacts, paths
from digits.experiments import seeds
from studies.seeds import summarize_seeds
from studies.seeds.paths import SUMMARY, VARIANCE


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two trainings of `fast` and one of `best` on the dataset "here", one of `mlp` on another."""
    monkeypatch.chdir(tmp_path)
    rows = [("fast", 1, 0.98, 2, "here"), ("fast", 2, 0.99, 1, "here"), ("best", 1, 1.0, 0, "here")]
    rows += [("mlp", 1, 0.9, 10, "other")]
    table = pd.DataFrame(rows, columns=["name", "seed", "accuracy", "errors", "dataset"]).assign(parameters=10)
    artifacts.write_csv(seeds.TABLE, table)
    for name, seed, text in (("fast", 1, "a,1,2\nb,3,4\n"), ("fast", 2, "a,1,7\n"), ("best", 1, "")):
        artifacts.write_text(seeds.errors(name, seed), f"image,actual,predicted\n{text}")
    set_dataset("here")


def set_dataset(digest: str) -> None:
    artifacts.write_json(paths.DATASET, {"dataset": "mnist", "digest": digest, "test": 100})


def test_the_entries_of_this_dataset_are_summarized(measured: None):
    assert summarize_seeds.main() == "3 trainings of 2 entries in metrics/seeds/summary.csv"
    summary = artifacts.read_csv(SUMMARY).set_index("name")
    assert summary["mean"].to_dict() == {"fast": 0.985, "best": 1.0}
    assert summary["std"]["fast"] == pytest.approx(0.01 / 2**0.5, abs=1e-6)
    variance = artifacts.read_csv(VARIANCE).to_dict("records")
    assert [(row["name"], row["misread_by_all"], row["misread_by_some"]) for row in variance] == [("fast", 1, 2)]
    assert variance[0]["agreement"] == 0.98


def test_on_another_dataset_the_tables_are_empty_and_it_says_so(measured: None):
    set_dataset("new")
    assert "`make sweep PLAN=plans/seeds.yaml`" in summarize_seeds.main()
    assert SUMMARY.read_text() == "name,parameters,seeds,mean,std,min,max\n"
    assert len(artifacts.read_csv(VARIANCE)) == 0


def test_errors_that_do_not_match_the_table_are_refused(measured: None):
    artifacts.write_text(seeds.errors("fast", 2), "image,actual,predicted\n")
    with pytest.raises(ValueError, match=r"fast-2.csv has 0 errors, metrics/seeds/seeds.csv says 1"):
        summarize_seeds.main()
