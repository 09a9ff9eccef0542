"""What cannot be swept is reported before anything runs; a remote that does not answer is tried again."""

import argparse
from pathlib import Path

import pytest

from apps import sweep
from digits.core.errors import UserError
from digits.experiments import sweep_spec, workspaces
from digits.experiments.plans import Job
from digits.experiments.sweep_spec import JobResult, SweepSpec
from support import commit_all, run

DEFAULTS = {"recipes": [], "seeds": None, "settings": [], "samples": None, "draw": 0, "halving": None}


def request(**values: object) -> list[Job]:
    arguments = argparse.Namespace(**{**DEFAULTS, **values})
    jobs = sweep.plan(arguments)
    sweep.check(jobs, arguments.halving)
    return jobs


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"recipes": ["vgg"]}, r"train.models.*vgg"),
        ({"recipes": ["mlp"], "seeds": [-1]}, r"train.seeds"),
        ({"recipes": ["mlp"], "settings": ["recipes.mlp.epoch=1"]}, r"recipes.mlp.epoch is not a known key"),
        ({"recipes": ["mlp", "fast"], "halving": 3}, "not of fast, mlp; name one"),
        ({"recipes": ["mlp"], "halving": 1}, "--halving 1 keeps every variant"),
    ],
)
def test_an_impossible_request_is_refused(in_root: None, values: dict[str, object], words: str):
    with pytest.raises(UserError, match=words):
        request(**values)


def test_without_arguments_it_is_what_params_yaml_lists(in_root: None):
    assert [str(job.run) for job in request()][:2] == ["mlp-0", "sigmoid-0"]


def test_a_sweep_needs_a_commit_and_a_remote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run(["git", "init", "--quiet"], tmp_path)
    run(["dvc", "init", "--quiet"], tmp_path)
    (tmp_path / "file").write_text("one")
    commit_all(tmp_path, "first")
    with pytest.raises(UserError, match=r"there is no default one \(known: none\): dvc remote add"):
        sweep_spec.pack("train", None)
    (tmp_path / "file").write_text("two")
    with pytest.raises(UserError, match="the working tree differs"):
        sweep_spec.pack("train", None)


@pytest.mark.parametrize(("failures", "patience", "attempts"), [(2, 10.0, 3), (99, 0.5, 3), (99, 0.0, 1)])
def test_work_that_fails_is_tried_again_for_a_while(
    monkeypatch: pytest.MonkeyPatch, failures: int, patience: float, attempts: int
):
    monkeypatch.setattr(workspaces, "PAUSE", 0.1)
    done = []

    def work() -> None:
        done.append(1)
        if len(done) <= failures:
            raise UserError("no answer")

    if failures < attempts:
        workspaces.retry(work, patience)
    else:
        with pytest.raises(UserError, match="no answer"):
            workspaces.retry(work, patience)
    assert len(done) == attempts


def test_a_failed_job_is_a_result_and_its_output_is_kept(
    in_root: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (job,) = request(recipes=["mlp"], seeds=[0])
    result = workspaces.run(SweepSpec(b"no bundle", "0" * 40, "", "train", patience=0), job)
    assert isinstance(result, JobResult)
    assert result.reason.startswith("`git clone --quiet")
    monkeypatch.chdir(tmp_path)
    sweep.keep_output(result)
    text = (sweep.FAILURES / f"{job.name}.log").read_text()
    assert result.reason in text
    assert result.output in text
