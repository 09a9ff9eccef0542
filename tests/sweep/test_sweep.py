"""What is trained and what stands in the table, with results made by hand."""

import shutil
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from digits.files import UserError
from digits.sweep import __main__ as sweep
from digits.sweep import plans, tables, training
from digits.sweep.plans import Training
from digits.sweep.training import Result
from support import ROOT, commit_all, run

PLAN = """
table: table.csv
groups:
  one: {recipes: [mlp], seeds: [0, 1], grid: ["epochs=1,2"]}
  two: {recipes: [mlp], selection_metric: handwriting}
"""


@pytest.fixture
def trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The trainings that ran, in a folder with PLAN. Those with two epochs fail, as long as `fails` exists there."""
    for name in ("params.yaml", "digits", "studies"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    Path("plan.yaml").write_text(PLAN)
    ran = []

    def run_all(trainings: list[Training]) -> Iterator[Result]:
        for item in reversed(trainings):  # in any order
            ran.append(str(item))
            scores = {"parameters": 10, "judged": 100, "validation_errors": 7, "validation_accuracy": 0.93}
            row = dict(zip(tables.KEY, item.key, strict=True)) | scores
            failed = "epochs=2" in item.variant and Path("fails").exists()
            yield Result(item, reason="no luck") if failed else Result(item, row)

    monkeypatch.setattr(sweep, "run_all", run_all)
    return ran


def swept(*what: str, **options: object) -> None:
    given = {"seeds": None, "grid": [], "selection_metric": "validation", "again": False, "dry_run": False, **options}
    sweep.main(Namespace(what=what, **given))


def test_only_what_the_table_lacks_is_trained(trained: list[str]):
    swept("plan.yaml", "one")
    assert len(trained) == 4
    swept("plan.yaml", "one")
    assert len(trained) == 4
    Path("plan.yaml").write_text(PLAN.replace("[0, 1]", "[0, 1, 2]"))
    swept("plan.yaml", "one", dry_run=True)
    assert len(trained) == 4
    swept("plan.yaml", "one")
    assert trained[4:] == ["mlp epochs=2-2", "mlp epochs=1-2"]
    before = Path("table.csv").read_text()
    swept("plan.yaml", "one", again=True)
    assert len(trained) == 12
    assert Path("table.csv").read_text() == before
    swept("plan.yaml", "two")
    swept("plan.yaml", "two")  # its rows lack the selection metric
    assert trained[12:] == ["mlp-0"] * 2


def test_what_failed_is_listed_and_tried_again(trained: list[str], capsys: pytest.CaptureFixture):
    Path("fails").touch()
    with pytest.raises(SystemExit, match="1"):
        swept("plan.yaml", "one")
    assert "mlp epochs=2-0: no luck" in capsys.readouterr().err
    assert len(pd.read_csv("table.csv")) == 2
    Path("fails").unlink()
    swept("plan.yaml", "one")
    assert trained[4:] == ["mlp epochs=2-1", "mlp epochs=2-0"]


def test_the_command_line_is_a_plan_of_one_group(trained: list[str]):
    swept("mlp", "fast", seeds=[3], grid=["batch_size=64,128"])
    assert sorted(pd.read_csv("logs/sweep/mlp-fast.csv")["recipe"]) == ["fast", "fast", "mlp", "mlp"]


@pytest.mark.parametrize(
    ("what", "grid", "words"),
    [
        (["mlp"], ["epoch=3"], r"recipes\.mlp\.epoch"),
        (["mlp"], ["epochs=0"], r"recipes\.mlp\.epochs is 0"),
        (["vgg"], [], "vgg"),
        (["plan.yaml", "three"], [], "no group three"),
    ],
)
def test_a_mistake_is_named_before_anything_runs(trained: list[str], what: list[str], grid: list[str], words: str):
    with pytest.raises(UserError, match=words):
        swept(*what, grid=grid)
    assert trained == []


def test_a_sweep_trains_the_last_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", "params.yaml")
    run(["git", "init", "--quiet"], tmp_path)
    commit_all(tmp_path, "first")
    Path("params.yaml").write_text("two")
    with pytest.raises(UserError, match="differs from it"):
        training.pack([], on_cluster=False)


def test_a_training_that_cannot_start_is_a_result(in_root: None):
    (item, *_) = plans.trainings("one", plans.Group(recipes=["mlp"]))
    nothing = training.archive(Path(), [])
    assert training.run("0" * 40, nothing, item).reason.startswith("`dvc exp run")
