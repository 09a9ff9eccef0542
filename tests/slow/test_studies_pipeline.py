"""All studies on the bundled digits, run by real DVC: their metrics, their page, and the same bytes when run again."""

import re
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from digits.core import artifacts
from support import RECIPES, clone_for_bundled_digits, contents, run

WITHOUT_TRAINING = (
    "preprocess",
    "evaluate",
    "export",
    "studies/robustness/dvc.yaml:make_corruptions",
    "studies/robustness/dvc.yaml:evaluate_robustness",
    "studies/ood/dvc.yaml:make_ood",
    "studies/ood/dvc.yaml:evaluate_ood",
    "studies/hands/dvc.yaml:evaluate_recognizer",
    "studies/report/dvc.yaml:report_studies",
)
# What users may have set, and what libraries choose on other processors.
EVERY_FEATURE = "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"
USERS = [
    {"OPENBLAS_CORETYPE": "Haswell", "NPY_DISABLE_CPU_FEATURES": EVERY_FEATURE, "OMP_NUM_THREADS": "4"},
    {"OPENBLAS_CORETYPE": "Zen", "NPY_DISABLE_CPU_FEATURES": "", "ONEDNN_DEFAULT_FPMATH_MODE": "ANY"},
    {"OPENBLAS_CORETYPE": "SkylakeX", "NPY_DISABLE_CPU_FEATURES": EVERY_FEATURE, "OPENBLAS_L2_SIZE": "2048"},
]


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
    audit = artifacts.read_json(project / "metrics/labels/audit.json")
    assert audit["suspects"] == len(artifacts.read_csv(project / "metrics/labels/suspects.csv"))


def test_the_page_shows_each_study_and_names_the_one_that_was_not_run(page: str):
    assert re.findall(r'<section id="(\w+)">', page) == ["robustness", "ood", "labels", "hands"]
    assert "Not run: many seeds." in page  # they were trained on MNIST
    assert page.count("Measured on ") == 3  # the label audit trains its own models
    assert "Measured on earlier models" not in page
    for recipe in RECIPES:
        assert re.search(rf"{recipe}-0 <code>[0-9a-f]{{8}}</code>", page)


def test_the_page_loads_nothing(page: str):
    sources = re.findall(r'\b(?:src|href|xlink:href)="([^"]*)"', page)
    assert sources
    assert all(source.startswith(("data:", "#")) for source in sources)
    assert "<script" not in page
    assert "@import" not in page


def locked(folder: Path) -> dict[str, dict]:
    """What DVC recorded of every stage: the digests of all dependencies and outputs."""
    locks = sorted([folder / "dvc.lock", *folder.glob("studies/*/dvc.lock")])
    return {str(lock.relative_to(folder)): YAML(typ="safe").load(lock)["stages"] for lock in locks}


def test_every_stage_writes_the_same_bytes_in_a_second_clone_with_other_kernels(project: Path, tmp_path: Path):
    second = clone_for_bundled_digits(tmp_path / "second")
    run(["dvc", "repro", "--force", "--all-pipelines"], second, **USERS[0], TZ="Asia/Tokyo", LC_ALL="C")
    assert locked(second) == locked(project)
    first, again = contents(project), contents(second)
    assert first.keys() == again.keys()
    assert [name for name in first if first[name] != again[name]] == []
    assert len(first) > 60


@pytest.mark.parametrize("user", USERS[1:], ids=lambda user: user["OPENBLAS_CORETYPE"])
def test_stages_that_train_nothing_write_the_same_bytes_with_any_kernels(project: Path, user: dict[str, str]):
    before = locked(project)
    run(["dvc", "repro", "--single-item", "--force", *WITHOUT_TRAINING], project, **user)
    assert locked(project) == before


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
    assert stale.count("Measured on earlier models") == 2  # robustness and out-of-distribution images
    assert f"Changed since: models/{RECIPES[0]}-0.keras" in stale
