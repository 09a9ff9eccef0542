"""The arithmetic of the benchmarks by hand, and the page that they write."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import gate, page, training
from digits.files import UserError
from digits.gate.statistics import mcnemar, seed_overdispersion
from support import ROOT


def errors(*images: int) -> pd.DataFrame:
    return pd.DataFrame({"image": [f"{image:04}" for image in images], "actual": 3})


def test_flips_count_equal_images_apart():
    assert gate.count_flips([errors(1, 2, 2), errors(2, 3)]).tolist() == [[1, 2], [2, 1]]


def test_independent_seeds_rarely_alarm():
    rng = np.random.default_rng(3)
    tables = [errors(*np.flatnonzero(rng.random(gate.IMAGES) < 0.02)) for _ in range(24)]
    flips = gate.count_flips(tables)
    assert len(flips) == 24 * 23
    assert seed_overdispersion(*flips.T) < 0.03
    assert 0.01 < np.mean([mcnemar(*pair) <= 0.05 for pair in flips.tolist()]) < 0.08


def test_greater_losses_are_detected_more_often():
    same, other = np.zeros((1, 2), int), np.full((200, 2), 50)
    assert gate.detected(same, 0.0004, 0.05, 0.0) == 0  # four negative flips and no positive one: p = 1/16
    assert gate.detected(same, 0.0005, 0.05, 0.0) == 1
    rates = [gate.detected(other, loss, 0.05, 0.0) for loss in (0.001, 0.0025, 0.01)]
    assert rates[0] == 0
    assert rates[2] == 1
    assert rates == sorted(rates)


def test_medians_and_how_many_times_as_fast_as_cnn():
    rows = [("cnn", 90.0), ("fast", 10.0), ("cnn", 110.0), ("fast", 14.0), ("cnn", 100.0), ("fast", 12.5)]
    lines = training.table(pd.DataFrame(rows, columns=["name", "fit"])).splitlines()
    assert [cell.strip() for cell in lines[-1].strip("|").split("|")] == ["fast", "12.50", "10.00", "8.00"]


def test_an_unknown_recipe_is_named(in_root: None):
    with pytest.raises(UserError, match="there is no slow"):
        training.main(["slow"], 1)


@pytest.mark.parametrize("part", ["training", "web"])
def test_only_the_part_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str):
    before = (ROOT / page.PAGE).read_text()
    monkeypatch.chdir(tmp_path)
    page.PAGE.parent.mkdir()
    page.PAGE.write_text(before)
    page.write(part, "new")
    after = page.PAGE.read_text()
    block = f"<!-- {part}: start -->.*<!-- {part}: end -->"
    assert re.sub(block, "", before, flags=re.DOTALL) == re.sub(block, "", after, flags=re.DOTALL)
    assert after.count("\nnew\n") == 1
