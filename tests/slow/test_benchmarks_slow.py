"""One real round of the training benchmark, on the bundled digits; the server under load and attack."""

from pathlib import Path

import pytest

from benchmarks import training, web
from support import git, run


def test_a_recipe_and_the_tutorial_are_timed(workspace: Path, monkeypatch: pytest.MonkeyPatch):
    out = run(["python", "-m", "benchmarks.training", "--rounds", "1", "fast", "tutorial"], workspace).stdout
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in out.splitlines() if line.startswith("|")]
    header, _, *timed = rows
    for row in timed:
        seconds = dict(zip(header, row, strict=True))
        assert 0 < float(seconds["epoch"]) < float(seconds["fit"])
        assert 300 < float(seconds["peak MiB"]) < 2048
    assert [row[0] for row in timed] == ["fast", training.TUTORIAL]
    assert git(workspace, "status", "--porcelain") == ""  # only a round of everything is written
    monkeypatch.chdir(workspace)
    assert 0 < training.run_alone("keras", "cnn")["100 steps"] < 100 * 128 * 0.1  # stops after the timed steps


def test_the_server_survives_load_and_attack():
    with web.served() as (address, process):
        assert web.load(f"{address}/api/read", 2, 4, process)["reads"] == "4"
        statuses = web.attack(f"{address}/api/read", 40)
    assert statuses.total() == 40
    assert {kind.split(": ")[1] for kind in statuses} <= {"200", "422"}
