"""The line on how far a sweep is, with a clock set by hand."""

from digits.paths import Cell
from digits.progress import Progress
from digits.sweeps import Job

JOBS = [Job(Cell("fast", seed), ()) for seed in range(5)]


def accuracy(value: float) -> dict[str, float]:
    return {"validation_accuracy": value, "validation_loss": 1.0}


def test_all_is_told_in_one_line(capsys):
    now = 0.0
    progress = Progress(len(JOBS), lambda: 2, lambda: now)
    assert progress.line() == "0 of 5 done, 2 running, 0 failed"
    progress.restored(JOBS[0], accuracy(0.5))
    assert "min left" not in progress.line()  # nothing was timed yet
    now = 120.0
    progress.done(JOBS[1], accuracy(0.9), "here")
    assert progress.line() == (f"2 of 5 done, 2 running, 0 failed, best 90.00% by {JOBS[1].name}, about 6 min left")
    now = 240.0
    progress.failed(JOBS[2], "no space left")
    progress.done(JOBS[3], accuracy(0.7), "10.0.0.7")
    assert progress.line() == f"3 of 5 done, 1 running, 1 failed, best 90.00% by {JOBS[1].name}, about 1 min left"
    said = capsys.readouterr().out
    assert f"sweep: {JOBS[2].name}: failed: no space left" in said
    assert f"sweep: {JOBS[3].name}: 70.00% on validation, 10.0.0.7" in said
    assert progress.results == (
        {JOBS[0]: accuracy(0.5), JOBS[1]: accuracy(0.9), JOBS[3]: accuracy(0.7)},
        {JOBS[2]: "no space left"},
    )
