"""The page's section on out-of-distribution images: the test set's numbers, and the detector of the validation set."""

from pathlib import Path

import pandas as pd
import pytest

from digits.config.runs import Run
from digits.core import artifacts
from digits.ood.scores import DETECTORS
from studies.ood import detection, paths
from studies.report import ood_section


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run with tables in which energy is best on the validation set and max softmax on the test set."""
    monkeypatch.chdir(tmp_path)
    run = Run("mlp", 0)
    rows = [
        {"kind": kind, "images": 7, "detector": detector, "auroc": auroc, "fpr95": 0.25, "ood_set": ood_set}
        for ood_set, best in (("val", "energy"), ("test", "max_softmax"))
        for detector in DETECTORS
        for kind, auroc in (("blank", 0.9 if detector == best else 0.6), ("two_digits", 0.7))
    ]
    table = pd.DataFrame(rows)
    artifacts.write_csv(paths.table(run), table)
    artifacts.write_json(paths.metrics(run), detection.summary(table))
    return run


def test_a_model_has_the_numbers_of_the_test_set_and_the_selected_detector(measured: Run):
    (row,) = ood_section.model_table([measured]).to_dict("records")
    assert row == {
        "model": "mlp",
        "max softmax": "0.8000, 25.0%",
        "energy": "0.6500, 25.0%",
        "subspace": "0.6500, 25.0%",
        "selected": "energy",
    }


def test_each_kind_has_a_row_and_each_detector_a_column(measured: Run):
    table = artifacts.read_csv(paths.table(measured))
    found = ood_section.detector_table(table[table["ood_set"] == "test"], "kind")
    assert found["kind"].tolist() == ["blank", "two digits"]
    assert found["max softmax"].tolist() == ["0.9000, 25.0%", "0.7000, 25.0%"]
