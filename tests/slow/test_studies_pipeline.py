"""All studies on the bundled digits, run by real DVC: their metrics, their page, and the same bytes when run again."""

import re
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from digits import files
from support import RECIPES, clone_for_bundled_digits, contents, run

TRAIN_NOTHING = ["make_corruptions", "evaluate_robustness", "make_ood", "evaluate_ood", "evaluate_recognizer"]
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


def test_a_second_run_does_nothing(project: Path):
    assert "Running stage" not in run(["dvc", "repro", "--all-pipelines"], project).stdout


def test_every_study_has_its_metrics(project: Path):
    for recipe in RECIPES:
        robustness = files.read_json(project / f"metrics/robustness/{recipe}-0.json")
        assert 0 <= robustness["corrupted_worst_accuracy"] <= robustness["corrupted_accuracy"] <= 1
        ood = files.read_json(project / f"metrics/ood/{recipe}-0.json")
        assert 0.5 < ood["ood_auroc"] <= 1
    recognizer = files.read_json(project / "metrics/handwriting/recognizer.json")
    assert recognizer["agreement"] == 1
    assert recognizer["largest_difference"] < 1e-5
    audit = files.read_json(project / "metrics/labels/audit.json")
    assert audit["suspects"] == len(files.read_csv(project / "metrics/labels/suspects.csv"))


def test_the_page_shows_what_was_run_and_loads_nothing(project: Path):
    page = (project / "reports/studies.html").read_text(encoding="utf-8")
    assert re.findall(r'<section id="(\w+)">', page) == ["robustness", "ood", "labels", "handwriting"]
    assert "Not run: many seeds." in page  # they were trained on MNIST
    assert page.count("Measured on ") == 3  # the label audit trains its own models
    assert "Changed since" not in page
    for recipe in RECIPES:
        assert re.search(rf"{recipe}-0 <code>[0-9a-f]{{8}}</code>", page)
    sources = re.findall(r'\b(?:src|href|xlink:href)="([^"]*)"', page)
    assert sources
    assert all(source.startswith(("data:", "#")) for source in sources)
    assert "<script" not in page
    assert "@import" not in page


def locked(folder: Path) -> dict[str, dict]:
    """What DVC recorded of every stage: the digests of all dependencies and outputs."""
    return {name: YAML(typ="safe").load(folder / name)["stages"] for name in ("dvc.lock", "studies/dvc.lock")}


def test_a_second_clone_gives_the_same_bytes(project: Path, tmp_path: Path):
    second = clone_for_bundled_digits(tmp_path / "second")
    run(["dvc", "repro", "--force", "--all-pipelines"], second, **USERS[0], TZ="Asia/Tokyo", LC_ALL="C")
    assert locked(second) == locked(project)
    first, again = contents(project), contents(second)
    assert first.keys() == again.keys()
    assert [name for name in first if first[name] != again[name]] == []
    assert len(first) > 60


@pytest.mark.parametrize("user", USERS[1:], ids=lambda user: user["OPENBLAS_CORETYPE"])
def test_any_kernels_give_the_same_bytes(project: Path, user: dict[str, str]):
    before = locked(project)
    studies = [f"studies/dvc.yaml:{name}" for name in (*TRAIN_NOTHING, "report_studies")]
    run(["dvc", "repro", "--single-item", "--force", "preprocess", "evaluate", "export", *studies], project, **user)
    assert locked(project) == before
