"""Tables of results: rows that stay, means and intervals by hand, ensembles by hand; the committed ones."""

import itertools
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from digits import files
from digits.config import Augmentation
from digits.sweep import plans, tables
from support import ROOT

ROW = {"group": "g", "recipe": "mlp", "changes": "", "parameters": 1000, "validation_accuracy": 0.9}


def rows(variant: str, errors: list[int], **others: object) -> list[dict]:
    return [
        {**ROW, "variant": variant, "seed": seed, "validation_errors": wrong, "validation_loss": 0.1, **others}
        for seed, wrong in enumerate(errors)
    ]


def shown(path: Path, *listed: list[dict]) -> pd.DataFrame:
    """What `side_by_side` shows of a table with these rows, by variant."""
    for row in itertools.chain(*listed):
        tables.write_row(path, row)
    text = tables.side_by_side(path, set(tables.read(path)))
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    return pd.DataFrame(cells[2:], columns=cells[0]).set_index("variant")


def test_a_new_row_takes_the_place_of_its_older_one(tmp_path: Path):
    path = tmp_path / "table.csv"
    for row in (*rows("base", [7, 8], commit="0123456e7"), *rows("other", [9], changes="epochs=2")):
        tables.write_row(path, row)
    before = path.read_text().splitlines()
    tables.write_row(path, {**rows("base", [5])[0], "errors": 3, "validation_accuracy": 1 / 3})
    table = files.read_csv(path)
    assert table["validation_errors"].tolist() == [5, 8, 9]
    assert table["validation_accuracy"].tolist() == [0.333333, 0.9, 0.9]
    assert before[2].endswith("0123456e7")
    assert path.read_text().splitlines()[2] == before[2].replace(",0.9,", ",0.9,,")


def test_an_interval_is_students():
    assert tables.interval(pd.Series([23, 29, 23]), "{:.4g}".format) == "25 (16.39 to 33.61)"  # 25 ± 4.303 · 3.464 / √3
    assert tables.interval(pd.Series([23]), "{:.4g}".format) == "23"


def test_differences_are_paired_by_seed(tmp_path: Path):
    table = shown(tmp_path / "table.csv", rows("base", [10, 20]), rows("better", [8, 16])[::-1])
    assert list(table.index) == ["better", "base"]
    assert table.loc["better", "difference to the first"].startswith("-3 (-15.7 ")  # -3 ± 12.71 · 1.414 / √2
    assert table.loc["base", "difference to the first"] == "+0"


def test_the_best_by_its_selection_metric_comes_first(tmp_path: Path):
    few, equal, many = rows("few", [1]), rows("equal", [1], validation_loss=0.05), rows("many", [9])
    path = tmp_path / "table.csv"
    assert list(shown(path, few, equal, many).index) == ["equal", "few", "many"]
    scores = zip((few, equal, many), (0.5, 0.6, 0.9), strict=True)
    selected = [[{**row, "validation_handwriting_accuracy": score} for row in listed] for listed, score in scores]
    assert list(shown(path, *selected).index) == ["many", "equal", "few"]


def test_models_with_different_errors_correct_each_other():
    labels = np.array([0, 1])
    sure, unsure = [0.9, 0.1], [0.55, 0.45]
    members = np.zeros((2, 2, 10))
    members[0, :, :2] = [sure, unsure]  # misreads the second image, narrowly
    members[1, :, :2] = [unsure[::-1], sure[::-1]]  # misreads the first, narrowly
    table = tables.ensembles(labels, members, level=0.95, bins=15)
    columns = ["members", "ensembles", "mean", "min", "max"]
    assert table[columns].to_numpy().tolist() == [[1, 2, 0.5, 0.5, 0.5], [2, 1, 1.0, 1.0, 1.0]]
    means = [(0.9 + 0.45) / 2, (0.45 + 0.9) / 2]  # of the true class, by hand
    assert table["nll"].iloc[1] == pytest.approx(-np.log(means).mean())


@pytest.mark.parametrize("name", ["search", "seeds"])
def test_a_committed_table_has_its_whole_plan(name: str, in_root: None, tmp_path: Path):
    plan = plans.load(Path(f"plans/{name}.yaml"))
    planned = [training.key for name, group in plan.groups.items() for training in plans.trainings(name, group)]
    table = tables.read(Path(plan.table))
    assert list(table) == planned
    for row in table.values():
        assert int(row["validation_errors"]) == round(int(row["judged"]) * (1 - float(row["validation_accuracy"])))
        assert re.fullmatch("[0-9a-f]{9}", row["commit"])
    copy = tmp_path / "copy.csv"
    copy.write_bytes(Path(plan.table).read_bytes())
    tables.write_row(copy, {"changes": "", **table[planned[0]]})
    assert copy.read_bytes() == Path(plan.table).read_bytes()


def test_each_augmentation_of_a_plan_names_every_key():
    text = (ROOT / "plans/search.yaml").read_text(encoding="utf-8")
    for change in re.findall(r"augmentation=\{.*?\}", text):  # merged into that of params.yaml
        assert re.findall(r"(\w+):", change) == list(Augmentation.model_fields), change


def test_misread_images_are_as_many_as_errors(in_root: None):
    table = Path("metrics/seeds/seeds.csv")
    for row in files.read_csv(table).itertuples():
        assert len(files.read_csv(tables.errors(row.variant, row.seed, table))) == row.errors
