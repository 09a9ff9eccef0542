"""Versions side by side: the working tree, commits and experiments, in a git repository with results made by hand."""

import json
from pathlib import Path

import pytest

from digits import results
from support import commit_all, git, run

PARAMS = "preprocess: {{seed: 0}}\nrecipes:\n  mlp: {{epochs: {epochs}, channels: [8, 16]}}\n  fast: {{epochs: 2}}\n"


def set_version(folder: Path, epochs: int, errors: int, evaluated: bool = True) -> None:
    """`mlp` trained for so many epochs with so many errors of 100; `fast` is the same always."""
    (folder / "params.yaml").write_text(PARAMS.format(epochs=epochs))
    for name, wrong in (("mlp-0", errors), ("fast-0", 1)):
        scores = {"accuracy": 1 - wrong / 100, "errors": wrong, "nll": 0.5, "ece": 0.01}
        for kind, content in (("test", scores), ("train", {"validation_accuracy": 0.99})):
            (folder / "metrics" / kind).mkdir(parents=True, exist_ok=True)
            (folder / "metrics" / kind / f"{name}.json").write_text(json.dumps(content))
    model, used = "models/mlp-0.keras", epochs if evaluated else "another"
    (folder / "dvc.lock").write_text(
        f"stages:\n  train@mlp-0: {{outs: [{{path: {model}, md5: '{epochs}'}}]}}\n"
        f"  evaluate@mlp-0: {{deps: [{{path: {model}, md5: '{used}'}}]}}\n"
    )


def experiment(folder: Path, name: str, **version: int) -> None:
    """A commit that no branch has, as DVC makes them."""
    head = git(folder, "rev-parse", "HEAD").strip()
    set_version(folder, **version)
    commit_all(folder, name)
    git(folder, "update-ref", f"refs/exps/{head[:2]}/{head[2:]}/{name}", "HEAD")
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
    table = results.compare(list(names)).astype(object)
    table = table.where(table.notna(), None)
    return [tuple(row) for row in table[["version", "model", "errors", "changes"]].to_numpy()]


def test_experiments_are_listed_with_what_they_changed(repository: Path):
    experiment(repository, "longer", epochs=30, errors=3)
    experiment(repository, "nothing-new", epochs=10, errors=4)
    here = [("workspace", "fast-0", 1, ""), ("workspace", "mlp-0", 4, "")]
    assert rows() == [*here, ("longer", "mlp-0", 3, "epochs=30")]


def test_named_versions_are_listed_whole(repository: Path):
    assert rows("HEAD~1")[2:] == [("HEAD~1", "fast-0", 1, ""), ("HEAD~1", "mlp-0", 5, "epochs=20")]
    assert rows("of-the-first")[2:] == [("of-the-first", "fast-0", 1, ""), ("of-the-first", "mlp-0", 9, "epochs=1")]
    with pytest.raises(ValueError, match="v9 is neither a commit nor an experiment"):
        results.compare(["v9"])


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("{seed: 0}", "{seed: 1}", "preprocess.seed=1"),
        ("channels: [8, 16]", "dropout: 0.5", "-channels dropout=0.5"),
        ("fast: {epochs: 2}", "fast: {epochs: 3}", ""),
        (
            "preprocess:",
            "gate: {a: 1}\ntrain: {models: [mlp], seeds: [1], device: gpu}\npreprocess:",
            "train.device=gpu",
        ),
    ],
)
def test_changes_are_those_that_the_model_depends_on(repository: Path, old: str, new: str, changes: str):
    text = (repository / "params.yaml").read_text()
    (repository / "params.yaml").write_text(text.replace(old, new))
    assert rows()[1] == ("workspace", "mlp-0", 4, changes)


def test_a_model_that_was_only_trained_has_no_test_scores(repository: Path):
    experiment(repository, "trained", epochs=30, errors=4, evaluated=False)
    assert rows()[2] == ("trained", "mlp-0", None, "epochs=30")
    assert "| trained   | mlp-0   | 99.00% | -      | -" in results.side_by_side([])


def test_the_table_fits_120_columns(repository: Path):
    experiment(repository, "an-experiment-whose-name-says-" + "very-" * 9 + "much", epochs=30, errors=3)
    text = (repository / "params.yaml").read_text()
    (repository / "params.yaml").write_text(text.replace("[8, 16]", str([100] * 50)))
    lines = results.side_by_side(["main"]).splitlines()
    assert {len(line) for line in lines} == {120}
    assert "an-experiment…very-very-much" in lines[-1]
