"""Sweeps as people run them: real Ray nodes, a real SSH server, real DVC; and without Ray."""

import re
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import cluster
import pytest
from conftest import ROOT, clone_for_bundled_digits, commit_all, git, run
from ruamel.yaml import YAML


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which the data are ready and one recipe is trained for two epochs."""
    folder = clone_for_bundled_digits(tmp_path_factory.mktemp("sweep") / "project")
    set_params(folder, seeds=[0])
    run(["dvc", "repro", "preprocess"], folder)
    commit_all(folder, "data")
    return folder


def set_params(folder: Path, seeds: list[int]) -> None:
    yaml = YAML()
    params = yaml.load(folder / "params.yaml")
    params["train"].update(models=["mlp"], seeds=seeds)
    params["export"].update(recipe="mlp", seed=seeds[0])
    params["recipes"]["mlp"]["epochs"] = 2
    yaml.dump(params, folder / "params.yaml")


def local_remote(project: Path, folder: Path | str) -> None:
    """A folder or an address as the project's DVC remote, known to this checkout alone."""
    run(["dvc", "remote", "add", "--local", "--force", "--default", "storage", folder], project)


def without_ray(folder: Path) -> dict[str, str]:
    """An environment in which Ray cannot be imported."""
    (folder / "ray.py").write_text("raise ImportError\n")
    return {"PYTHONPATH": str(folder)}


@pytest.mark.skipif(cluster.SSHD is None, reason="needs an OpenSSH server")
def test_from_laptop_to_cluster_as_documented(project: Path, tmp_path: Path):
    """The five commands of docs/sweeps.md, in their order, two trainings on two nodes."""
    text = (ROOT / "docs/sweeps.md").read_text().split("## From laptop to cluster in five commands")[1]
    commands = text.split("```sh\n")[1].split("```")[0].splitlines()
    assert len(commands) == 5
    set_params(project, seeds=[0, 1])
    commit_all(project, "two seeds")
    other = tmp_path / "other"
    with cluster.second_host() as (here, there, _), cluster.ssh_server(tmp_path / "storage", here) as server:
        shell = partial(documented, HEAD=here, STORAGE=server.url)
        try:
            shell(commands[0], project)
            run(["dvc", "remote", "modify", "--local", "storage", "keyfile", server.key], project)
            shell(commands[1], tmp_path)
            shell(commands[2], tmp_path, before=there)
            done = shell(commands[3], project)
            git(tmp_path, "clone", "--quiet", str(project), str(other))
            shutil.copy(project / ".dvc/config.local", other / ".dvc/config.local")
            pulled = shell(commands[4], other)
        finally:
            cluster.stop()
    assert "2 of 2 done, 0 running, 0 failed" in done
    if there:
        assert set(re.findall(r"on validation, (\S+)", done)) == {cluster.HEAD, cluster.OTHER}
    shown = run(["dvc", "exp", "list", "--name-only"], project).stdout.split()
    assert {name.rsplit("-", 1)[0] for name in shown} >= {"sweep-mlp-0", "sweep-mlp-1"}
    assert "train@mlp-1" in pulled
    assert "Running stage" not in pulled
    found = [path.read_bytes() for path in results(other)]
    run(["dvc", "repro", "--force", "--single-item", "--no-run-cache", "train@mlp-0", "train@mlp-1"], other)
    assert [path.read_bytes() for path in results(other)] == found


def documented(command: str, folder: Path, before: Sequence[str] = (), **variables: str) -> str:
    """What a line of the documentation prints, run by a shell, on another host if that is what is put `before`."""
    return run([*before, "bash", "-c", command], folder, **cluster.SETTINGS, **variables).stdout


def results(folder: Path) -> list[Path]:
    found = [path for name in ("models", "metrics/train", "plots/history") for path in (folder / name).glob("mlp-*")]
    assert len(found) == 6
    return sorted(found)


def test_without_ray_what_failed_is_named_and_only_that_is_tried_again(project: Path, tmp_path: Path):
    local_remote(project, tmp_path / "storage")
    words = ["python", "-m", "apps.sweep", "mlp", "--seeds", "0", "-S", "recipes.mlp.learning_rate=0.01,1e30"]
    first = run(words, project, check=False, **without_ray(tmp_path))
    assert first.returncode == 1
    assert "1 of 2 done, 0 running, 1 failed" in first.stdout
    assert re.search(r"^sweep: sweep-mlp-0-\w+ recipes.mlp.learning_rate=1e\+30 failed: .*train", first.stderr, re.M)
    again = run(words, project, check=False, **without_ray(tmp_path))
    assert "1 of 2 done, 1 running, 0 failed" in again.stdout.splitlines()[0]
    assert again.stdout.count("on validation,") == 0
    assert len(re.findall(r"^\| sweep-", again.stdout, re.M)) == 1


def test_halving_gives_all_epochs_to_the_best_alone(project: Path, tmp_path: Path):
    local_remote(project, tmp_path / "storage")
    words = ["--seeds", "0", "-S", "recipes.mlp.learning_rate=1e-9,0.01", "--halving", "2"]
    done = run(["python", "-m", "apps.sweep", "mlp", *words], project)
    assert "on Ray on this machine" in done.stdout
    rows = re.findall(r"^\| sweep-mlp.*\| +(.*?) +\|$", done.stdout, re.M)
    assert sorted(rows) == [
        "recipes.mlp.learning_rate=0.01 recipes.mlp.epochs=1",
        "recipes.mlp.learning_rate=0.01 recipes.mlp.epochs=2",
        "recipes.mlp.learning_rate=1e-09 recipes.mlp.epochs=1",
    ]


def test_what_lies_before_the_training_can_be_swept_and_is_done_once(project: Path, tmp_path: Path):
    """The workspaces have no data but what the remote has of it; what ran before comes from there too."""
    local_remote(project, tmp_path / "storage")
    words = ["python", "-m", "apps.sweep", "mlp", "--seeds", "0", "-S", "preprocess.seed=1,2"]
    done = run(words, project, **without_ray(tmp_path))
    assert "2 of 2 done, 0 running, 0 failed" in done.stdout


def test_what_cannot_be_swept_is_said_at_once(project: Path, tmp_path: Path):
    def said(*words: str) -> str:
        done = run(["python", "-m", "apps.sweep", *words], project, check=False, **without_ray(tmp_path))
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        return done.stderr

    (project / ".dvc/config.local").unlink(missing_ok=True)
    assert "dvc remote add" in said("mlp")
    assert "train.models.0 is 'vgg'" in said("vgg")
    assert "recipes.mlp.epoch is not a known key" in said("mlp", "-S", "recipes.mlp.epoch=1")
    assert "name one" in said("mlp", "fast", "--halving", "3")
    (project / "README.md").open("a").write("more\n")
    assert "differs from the last commit" in said("mlp")
    git(project, "checkout", "README.md")
