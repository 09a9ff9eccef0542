"""A plan carried out by results made by hand: what is trained, what stands in the table, what is named."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from digits.core.errors import UserError
from digits.experiments import plans, sweep_spec, workspaces
from digits.experiments.jobs import Job
from digits.experiments.sweep import Sweep
from digits.experiments.sweep_spec import SweepSpec
from digits.experiments.workspaces import JobResult
from support import ROOT, commit_all, run

GROUP = {"recipes": ["mlp"], "seeds": [0, 1], "grid": ["epochs=1,2"]}


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("params.yaml", "metrics/dataset.json", "requirements/base.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("digits", "studies"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)


def swept(trained: list[Job], failing: str = "never", chosen: tuple = (), **groups: object) -> Sweep:
    """Carry out a plan of `groups`; the jobs that ran are added to `trained`, those of the variant `failing` fail."""
    sweep = Sweep("plan", plans.checked({"table": "table.csv", "groups": groups}, "here"), chosen)

    def execute(jobs: list[Job]) -> Iterator[JobResult]:
        for job in reversed(jobs):  # in any order
            trained.append(job)
            if failing in job.variant:
                yield JobResult(job, reason="no luck", output="the last line", node="one")
            else:
                accuracy = 0.9 + 0.001 * len(job.variant) + 0.0001 * job.run.seed
                measures = {"parameters": 10, "judged": 100, "validation_errors": 7, "validation_loss": 0.1}
                yield JobResult(job, {**measures, "validation_accuracy": accuracy, "accuracy": 0.5, "errors": 50})

    sweep.run(execute)
    return sweep


def test_what_is_done_is_not_done_again_and_what_is_stale_is():
    first: list[Job] = []
    swept(first, fast=GROUP)
    assert len(first) == 4
    table = Path("table.csv").read_text()
    again: list[Job] = []
    longer = swept(again, fast={**GROUP, "seeds": [0, 1, 2]})
    assert [job.run.seed for job in again] == [2, 2]
    assert longer.page().count("| mlp epochs=") == 2  # of rows that were read and rows that are new
    swept(again, fast=GROUP)
    assert len(again) == 2
    assert Path("table.csv").read_text() == table  # in the plan's order, without what is no longer in the plan
    params = Path("params.yaml").read_text()
    Path("params.yaml").write_text(params.replace("learning_rate: 0.002", "learning_rate: 0.004"))
    swept(again, fast=GROUP)
    assert len(again) == 6


def test_a_longer_run_is_needed_where_another_judge_is_asked():
    trained: list[Job] = []
    swept(trained, fast={**GROUP, "judge": "hands"})
    swept(trained, fast={**GROUP, "judge": "hands"})  # its measure is not among the results
    assert len(trained) == 8


def test_a_chosen_group_leaves_the_rows_of_the_others():
    trained: list[Job] = []
    swept(trained, one=GROUP, two=GROUP)
    swept(trained, chosen=("two",), one=GROUP, two={**GROUP, "seeds": [5]})
    table = pd.read_csv("table.csv")
    assert table["group"].tolist() == ["one"] * 4 + ["two"] * 2
    assert table["seed"].tolist() == [0, 1, 0, 1, 5, 5]


def test_what_failed_is_named_and_only_that_is_tried_again():
    trained: list[Job] = []
    sweep = swept(trained, failing="epochs=2", fast=GROUP)
    assert len(sweep.failed) == 2
    text = sweep.failures.read_text()
    for job in sweep.failed:
        assert f"## {job.name}\n\nno luck\n\n```\nthe last line\n```" in text
    again: list[Job] = []
    assert swept(again, fast=GROUP).failed == set()
    assert {job.variant for job in again} == {"mlp epochs=2"}
    assert not sweep.failures.exists()


def test_after_a_sweep_that_failed_whole_the_next_one_starts():
    trained: list[Job] = []
    swept(trained, failing="mlp", fast=GROUP)
    assert swept(trained, fast=GROUP).failed == set()
    assert len(pd.read_csv("table.csv")) == 4


def test_halving_goes_on_with_the_best_alone():
    trained: list[Job] = []
    swept(trained, fast={**GROUP, "grid": ["batch_size=1,10,100,1000"], "halving": 2})
    rounds: dict[str, set[str]] = {}
    for job in trained:
        rounds.setdefault(job.group, set()).add(job.variant.split("=")[1])
    assert list(rounds) == ["fast, 5 epochs", "fast, 10 epochs", "fast, 20 epochs"]
    assert [len(it) for it in rounds.values()] == [4, 2, 1]


def test_a_sweep_needs_a_commit_and_on_a_cluster_a_remote(tmp_path: Path):
    for name in ("digits", "studies"):
        (tmp_path / name).unlink()
    run(["git", "init", "--quiet"], tmp_path)
    run(["dvc", "init", "--quiet"], tmp_path)
    commit_all(tmp_path, "first")
    with pytest.raises(UserError, match="there is no default one: dvc remote add"):
        sweep_spec.pack([], shares_disk=False)
    (tmp_path / "params.yaml").write_text("two")
    with pytest.raises(UserError, match="the working tree differs"):
        sweep_spec.pack([], shares_disk=True)


def test_a_failed_job_is_a_result():
    (job, *_) = Sweep("plan", plans.checked({"table": "table.csv", "groups": {"one": GROUP}}, "here")).planned
    result = workspaces.run(SweepSpec(b"no bundle", "0" * 40, "", False), job)
    assert result.reason.startswith("`git clone --quiet")
    assert "no bundle" not in result.output
