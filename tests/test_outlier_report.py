"""The report's part on what is no digit: the numbers of the draw to measure on, the winner of the draw to choose by."""

from pathlib import Path

import pandas as pd
import pytest

from digits import artifacts, detectors, outlier_report, paths
from digits.detectors import DETECTORS
from digits.paths import Cell


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cell:
    """A cell of which tables were written: energy is best to choose by, the greatest probability to measure on."""
    monkeypatch.chdir(tmp_path)
    cell = Cell("mlp", 0)
    rows = [
        {"kind": kind, "images": 7, "detector": detector, "auroc": auroc, "fpr95": 0.25, "draw": draw}
        for draw, best in (("choosing", "energy"), ("measuring", "max_softmax"))
        for detector in DETECTORS
        for kind, auroc in (("blank", 0.9 if detector == best else 0.6), ("two_digits", 0.7))
    ]
    table = pd.DataFrame(rows)
    artifacts.write_csv(cell.detectors, table)
    artifacts.write_json(cell.detection, detectors.summary(table))
    held_out = table[(table["draw"] == "measuring") & (table["kind"] == "blank")].assign(kind="0 1", accuracy=1.0)
    artifacts.write_csv(paths.HELD_OUT_DIGITS, held_out)
    return cell


def test_what_was_measured_stands_beside_what_is_best_to_choose_by(measured: Cell):
    found = outlier_report.context([measured], measured)
    (row,) = found["models"].to_dict("records")
    assert row == {
        "model": "mlp",
        "greatest probability": "0.8000, 25.0%",
        "energy": "0.6500, 25.0%",
        "share within the subspace": "0.6500, 25.0%",
        "best to choose by": "energy",
    }


def test_kinds_and_digits_never_seen_have_a_line_each(measured: Cell):
    found = outlier_report.context([measured], measured)
    assert found["kinds"]["kind"].tolist() == ["blank", "two digits"]
    assert found["kinds"]["greatest probability"].tolist() == ["0.9000, 25.0%", "0.7000, 25.0%"]
    assert found["held_out"].to_dict("records")[0]["never seen"] == "0 1"
