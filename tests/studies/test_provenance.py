"""Which models a study speaks of, by the digests in DVC's lock files."""

from pathlib import Path

import pytest

from studies.report import provenance

ROOT_LOCK = """
stages:
  train@one-0:
    deps: [{path: data/processed/train, md5: 11.dir}, {path: digits/core, md5: aa.dir}]
    outs: [{path: models/one-0.keras, md5: a234567890}]
"""
STUDY_LOCK = """
stages:
  evaluate_ood@one-0:
    deps: [{path: models/one-0.keras, md5: %s}, {path: data/processed/train, md5: 11.dir},
           {path: digits/core, md5: bb.dir}, {path: data/ood, md5: 22.dir}]
"""
VALIDATION_STAGE = """
  validate_ood@one-0:
    deps: [{path: models/one-0.keras, md5: b876543210}]
"""


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lock file of a study beside the root's."""
    monkeypatch.chdir(tmp_path)
    Path("dvc.lock").write_text(ROOT_LOCK)
    Path("studies/ood").mkdir(parents=True)
    return Path("studies/ood/dvc.lock")


def test_a_study_of_the_present_models_is_current(locks: Path):
    locks.write_text(STUDY_LOCK % "a234567890")
    assert provenance.of_study("ood") == provenance.Provenance({"one-0": "a2345678"}, [])


def test_a_model_that_was_trained_again_marks_the_study(locks: Path):
    locks.write_text(STUDY_LOCK % "b876543210")
    assert provenance.of_study("ood") == provenance.Provenance({"one-0": "b8765432"}, ["models/one-0.keras"])


def test_a_study_without_a_lock_file_has_no_provenance(locks: Path):
    assert provenance.of_study("ood") == provenance.Provenance({}, [])


def test_stages_that_the_page_shows_nothing_of_mark_nothing(locks: Path):
    locks.write_text(STUDY_LOCK % "a234567890" + VALIDATION_STAGE)
    assert provenance.of_study("ood") == provenance.Provenance({"one-0": "a2345678"}, [])
