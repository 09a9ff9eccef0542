"""The page of all studies: which sections it has, and which models they speak of."""

from pathlib import Path

import pytest

from digits import config, files
from studies import report
from support import ROOT

CORE_LOCK = """
stages:
  train@one-0:
    cmd: python -m stages.train one 0
    outs: [{path: models/one-0.keras, md5: a234567890}]
"""
LOCK = """
stages:
  evaluate_ood@one-0:
    cmd: python -m studies.ood evaluate one 0
    deps: [{path: models/one-0.keras, md5: %s}, {path: data/ood, md5: 22.dir}]
  validate_ood@two-0:
    cmd: python -m studies.ood validate two 0
    deps: [{path: models/two-0.keras, md5: b876543210}]
"""


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project in which no study was run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    files.write_json(config.DATASET, {"dataset": "some digits", "digest": "abc"})


@pytest.mark.parametrize(("present", "marks"), [(True, 0), (False, 1)])
def test_a_study_that_was_run_has_its_section(empty: None, monkeypatch: pytest.MonkeyPatch, present: bool, marks: int):
    audit = {"suspects": 1, "images": 2, "folds": 3, "recipe": "fast", "out_of_fold_accuracy": 0.5, "n_shown": 6}
    section = {**audit, "pictures": "data:,"}
    monkeypatch.setitem(report.SECTIONS, "labels", ("Label quality", lambda: section))
    monkeypatch.setattr(report, "models_of", lambda study: {"fast-0": ("a234567890", present)})
    report.page()
    page = report.PAGE.read_text()
    assert page.count("<section") == 1
    assert "fast-0 <code>a2345678</code>" in page
    assert page.count("Changed since: fast-0") == marks
    assert "Not run: robustness, out-of-distribution images, recognizer, many seeds." in page


@pytest.mark.parametrize(("digest", "present"), [("a234567890", True), ("b876543210", False)])
def test_a_study_names_its_models(empty: None, digest: str, present: bool):
    assert report.models_of("ood") == {}
    files.write_text(report.CORE_LOCK, CORE_LOCK)
    files.write_text(report.LOCK, LOCK % digest)
    assert report.models_of("ood") == {"one-0": (digest, present)}
