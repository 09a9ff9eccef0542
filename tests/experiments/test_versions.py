"""Versions side by side: the working tree, commits and experiments, in a git repository with results made by hand."""

import json
from pathlib import Path

import pytest

from apps import results
from digits.core.errors import UserError
from digits.experiments import dvc_experiments, versions
from support import ROOT, commit_all, git, run

PARAMS = "preprocess: {{seed: 0}}\nrecipes:\n  mlp: {{epochs: {epochs}, channels: [8, 16]}}\n  fast: {{epochs: 2}}\n"


def set_version(folder: Path, epochs: int, errors: int, evaluated: bool = True) -> None:
    """`mlp` trained for so many epochs with so many errors of 100; `fast` is the same always."""
    (folder / "params.yaml").write_text(PARAMS.format(epochs=epochs))
    for kind in ("train", "test"):
        (folder / "metrics" / kind).mkdir(parents=True, exist_ok=True)
    for model, wrong in (("mlp-0", errors), ("fast-0", 1)):
        scores = {"accuracy": 1 - wrong / 100, "errors": wrong, "nll": 0.5, "ece": 0.01}
        (folder / f"metrics/test/{model}.json").write_text(json.dumps(scores))
        (folder / f"metrics/train/{model}.json").write_text(json.dumps({"validation_accuracy": 0.99}))
    model = "models/mlp-0.keras"
    used = epochs if evaluated else "another"
    (folder / "dvc.lock").write_text(
        f"stages:\n  train@mlp-0: {{outs: [{{path: {model}, md5: '{epochs}'}}]}}\n"
        f"  evaluate@mlp-0: {{deps: [{{path: {model}, md5: '{used}'}}]}}\n"
    )


def experiment(folder: Path, name: str, **version: int) -> None:
    """A commit that no branch has, as DVC makes them."""
    head = git(folder, "rev-parse", "HEAD").strip()
    set_version(folder, **version)
    commit_all(folder, name)
    git(folder, "update-ref", dvc_experiments.full_name(head, name), "HEAD")
    git(folder, "reset", "--quiet", "--hard", head)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    run(["git", "init", "--quiet", "--initial-branch=main"], tmp_path)
    set_version(tmp_path, epochs=20, errors=5)
    commit_all(tmp_path, "first")
    experiment(tmp_path, "of-the-first", epochs=1, errors=9)
    set_version(tmp_path, epochs=10, errors=4)
    commit_all(tmp_path, "second")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(*names: str) -> list[tuple]:
    table = versions.compare(list(names)).astype(object)
    table = table.where(table.notna(), None)
    return [tuple(row) for row in table[["version", "model", "errors", "changes"]].to_numpy()]


def test_experiments_of_the_last_commit_are_listed_with_what_they_changed(repository: Path):
    experiment(repository, "longer", epochs=30, errors=3)
    experiment(repository, "nothing-new", epochs=10, errors=4)
    here = [("workspace", "fast-0", 1, ""), ("workspace", "mlp-0", 4, "")]
    assert rows() == [*here, ("longer", "mlp-0", 3, "epochs=30")]


def test_named_commits_and_experiments_are_listed_whole(repository: Path):
    first = [("HEAD~1", "fast-0", 1, ""), ("HEAD~1", "mlp-0", 5, "epochs=20")]
    assert rows("HEAD~1")[2:] == first
    assert rows("of-the-first")[2:] == [("of-the-first", "fast-0", 1, ""), ("of-the-first", "mlp-0", 9, "epochs=1")]
    with pytest.raises(ValueError, match="v9 is neither a commit nor an experiment"):
        versions.compare(["v9"])


def test_of_several_experiments_of_one_name_the_one_of_the_last_commit_is_meant(repository: Path):
    first, second = (git(repository, "rev-parse", it).strip() for it in ("HEAD~1", "HEAD"))
    names = [dvc_experiments.full_name(commit, "of-the-first") for commit in (first, second)]
    experiment(repository, "of-the-first", epochs=2, errors=8)
    assert dvc_experiments.resolve("of-the-first") == names[1]
    commit_all(repository, "third")
    with pytest.raises(UserError, match="several commits have an experiment of-the-first") as error:
        dvc_experiments.resolve("of-the-first")
    assert all(name in str(error.value) for name in names)
    assert dvc_experiments.resolve(names[0]) == git(repository, "rev-parse", names[0]).strip()


def test_changes_of_every_core_section_are_listed_but_not_which_models_are_trained(repository: Path):
    added = "train: {models: [mlp], seeds: [1], strategy: mirrored}\nexport: {recipe: mlp, coverage: 0.9}\n"
    with (repository / "params.yaml").open("a") as file:
        file.write(added + "gate: {alpha: 0.1}\n")
    assert rows()[1] == ("workspace", "mlp-0", 4, "train.strategy=mirrored export.coverage=0.9")


def test_uncommitted_changes_are_those_of_the_workspace(repository: Path):
    text = (repository / "params.yaml").read_text().replace("channels: [8, 16]", "dropout: 0.5")
    (repository / "params.yaml").write_text(text)
    assert rows()[1] == ("workspace", "mlp-0", 4, "-channels dropout=0.5")


def test_a_model_that_was_only_trained_has_no_scores_of_another_one(repository: Path):
    experiment(repository, "trained", epochs=30, errors=4, evaluated=False)
    assert rows()[2] == ("trained", "mlp-0", None, "epochs=30")
    assert "| trained   | mlp-0   | 99.00% | -      | -" in results.side_by_side([])


def test_the_table_fits_120_columns(repository: Path):
    experiment(repository, "an-experiment-whose-name-says-" + "very-" * 9 + "much", epochs=30, errors=3)
    (repository / "params.yaml").write_text(
        (repository / "params.yaml").read_text().replace("[8, 16]", str([100] * 50))
    )
    lines = results.side_by_side(["main"]).splitlines()
    assert {len(line) for line in lines} == {120}
    assert "an-experiment…very-very-much" in lines[-1]


def test_the_brief_table_is_of_the_committed_results():
    done = run(["python", "-m", "apps.results", "--brief"], ROOT).stdout
    assert max(map(len, done.splitlines())) <= 120
    assert done.startswith("| model ")


def test_a_reader_that_ends_early_is_no_error(repository: Path):
    done = run(["bash", "-c", "python -m apps.results | true"], repository, PYTHONPATH=str(ROOT))
    assert done.stderr == ""
    assert "| workspace " in run(["python", "-m", "apps.results"], repository, PYTHONPATH=str(ROOT)).stdout
