"""The page of all studies if some were not run."""

from pathlib import Path

import pandas as pd
import pytest

from digits.config.params import load_params
from digits.config.runs import all_runs, first_seed
from digits.core import artifacts, paths
from studies.hands import paths as hands_paths
from studies.report import page
from support import ROOT


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project in which no study was run."""
    monkeypatch.chdir(tmp_path)
    artifacts.write_json(paths.DATASET, {"dataset": "some digits", "digest": "abc"})


def context() -> dict:
    params = load_params(ROOT / "params.yaml")
    return page.context(first_seed(all_runs(params.train)), params)


def test_a_page_without_studies_names_all_of_them(empty: None):
    found = context()
    assert found["studies"] == {}
    assert found["not_run"] == list(page.SECTIONS)
    rendered = page.render(found)
    assert all(title.lower() in rendered for title, _ in page.SECTIONS.values())
    assert "<section" not in rendered


def test_a_study_that_was_run_has_its_section(empty: None):
    names = ["agreement", "accuracy", "int8_accuracy", "coverage", "selective_accuracy", "ece", "nll"]
    numbers = dict.fromkeys([*names, "page_consistency", "page_difference"], 0.5)
    artifacts.write_json(hands_paths.RECOGNIZER, numbers)
    table = pd.DataFrame({"kind": ["letters_like_digits"], "pages": [3], "rejected": [1 / 3]})
    artifacts.write_csv(hands_paths.REJECTION, table)
    artifacts.write_csv(hands_paths.PRINTED, table)
    ways = [{"way": it, "accuracy": 0.5, "accepted": 0.4, "wrong_accepted": 0.01} for it in ("resized", "prepared")]
    artifacts.write_csv(hands_paths.HANDWRITING, pd.DataFrame({"set": "semeion", **it} for it in ways))
    artifacts.write_csv(hands_paths.PAPER, pd.DataFrame({"condition": "pen", **it} for it in ways))
    rendered = page.render(context())
    assert rendered.count("<section") == 1
    assert "33.3%" in rendered
    assert "Not run: robustness, out-of-distribution images, label quality, many seeds." in rendered
