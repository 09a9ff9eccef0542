"""All studies on the bundled digits, run by real DVC: their metrics, their page, and the same bytes when run again."""

import re
import shutil
from pathlib import Path

import pytest

from digits.core import artifacts
from support import RECIPES, run

CHEAP = ("studies/robustness/dvc.yaml:make_corruptions", "studies/ood/dvc.yaml:make_ood")
REPORT = "studies/report/dvc.yaml:report_studies"


@pytest.fixture(scope="module")
def project(pipeline: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the pipeline's clone in which all studies have run. Tests leave it as they find it."""
    folder = Path(shutil.copytree(pipeline, tmp_path_factory.mktemp("studies") / "clone"))
    run(["dvc", "repro", "--all-pipelines"], folder)
    return folder


@pytest.fixture(scope="module")
def page(project: Path) -> str:
    return (project / "reports/studies.html").read_text(encoding="utf-8")


def test_a_second_run_does_nothing(project: Path):
    assert "Running stage" not in run(["dvc", "repro", "--all-pipelines"], project).stdout


def test_every_study_has_its_metrics(project: Path):
    for recipe in RECIPES:
        robustness = artifacts.read_json(project / f"metrics/robustness/{recipe}-0.json")
        assert 0 <= robustness["corrupted_worst_accuracy"] <= robustness["corrupted_accuracy"] <= 1
        ood = artifacts.read_json(project / f"metrics/ood/{recipe}-0.json")
        assert 0.5 < ood["ood_auroc"] <= 1
    recognizer = artifacts.read_json(project / "metrics/hands/recognizer.json")
    assert recognizer["agreement"] == 1
    assert recognizer["largest_difference"] < 1e-5
    assert recognizer["user_pictures"] == 0
    audit = artifacts.read_json(project / "metrics/labels/audit.json")
    assert audit["suspects"] == len(artifacts.read_csv(project / "metrics/labels/suspects.csv"))


def test_the_page_shows_each_study_and_names_the_one_that_was_not_run(page: str):
    assert re.findall(r'<section id="(\w+)">', page) == ["robustness", "ood", "labels", "hands"]
    assert "Not run: many seeds." in page  # they were trained on MNIST
    assert page.count("Measured on ") == 3  # the label audit trains its own models
    assert "Of earlier models" not in page
    for recipe in RECIPES:
        assert re.search(rf"{recipe}-0 <code>[0-9a-f]{{8}}</code>", page)


def test_the_page_loads_nothing(page: str):
    sources = re.findall(r'\b(?:src|href|xlink:href)="([^"]*)"', page)
    assert sources
    assert all(source.startswith(("data:", "#")) for source in sources)
    assert "<script" not in page
    assert "@import" not in page


def test_stages_that_run_again_write_the_same_bytes(project: Path):
    locks = [project / f"studies/{name}/dvc.lock" for name in ("robustness", "ood", "report")]
    before = [lock.read_text() for lock in locks]
    run(["dvc", "repro", "--single-item", "--force", *CHEAP, REPORT], project)
    assert [lock.read_text() for lock in locks] == before


def test_the_page_marks_studies_that_lag_behind_the_models(project: Path, page: str):
    lock = project / "dvc.lock"
    content = lock.read_text()
    digest = re.search(rf"{RECIPES[0]}-0 <code>([0-9a-f]{{8}})</code>", page).group(1)
    try:
        lock.write_text(content.replace(f"md5: {digest}", "md5: 00000000"))
        run(["python", "-m", "studies.report.report_studies"], project)
        stale = (project / "reports/studies.html").read_text(encoding="utf-8")
    finally:
        lock.write_text(content)
        run(["dvc", "checkout", "--force", "reports/studies.html"], project)
    assert stale.count("Of earlier models") == 2  # robustness and out-of-distribution images
    assert f"Changed since: models/{RECIPES[0]}-0.keras" in stale
