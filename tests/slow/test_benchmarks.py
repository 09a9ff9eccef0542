"""Benchmarks on the bundled digits: one real round of the training benchmark, some steps of the one of larger data."""

import json
from pathlib import Path

from benchmarks import training
from support import git, run


def test_a_recipe_and_the_tutorial_are_timed_part_by_part(workspace: Path):
    out = run(["python", "-m", "benchmarks.training", "--rounds", "1", "fast", "tutorial"], workspace).stdout
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in out.splitlines() if line.startswith("|")]
    header, fast, tutorial = rows[-4], rows[-2], rows[-1]
    assert header == ["name", *training.PARTS, training.MEMORY]
    for row in (fast, tutorial):
        seconds = dict(zip(header, row, strict=True))
        assert float(seconds["fit"]) > float(seconds["first steps"]) > 0
        assert float(seconds["epoch"]) < float(seconds["fit"])
        assert 300 < float(seconds["peak MiB"]) < 2048
    assert tutorial[header.index("data pipeline")] == "-"  # it has none
    assert git(workspace, "status", "--porcelain") == ""  # only a round of everything is written


def test_a_training_stops_after_the_steps_that_are_timed(workspace: Path):
    words = ["--epochs", "1", "--steps", "8"]
    out = run(["python", "-m", "benchmarks.training_worker", "cnn", *words], workspace).stdout
    found = json.loads(out.splitlines()[-1])
    assert 0 < found["100 steps"] < 100 * 128 * 0.1
    assert "evaluation" not in found
