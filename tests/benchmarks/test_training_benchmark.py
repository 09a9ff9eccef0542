"""The benchmark of training: its arithmetic by hand."""

import numpy as np
import pandas as pd

from benchmarks import steps, training, training_worker
from support import ROOT, run

SCALED = pd.DataFrame(
    [(1, 13.0, 3.0), (10, 125.0, 5.0), (1, 12.0, 2.0), (10, 125.0, 5.0)], columns=["copies", "epoch", "first steps"]
).assign(**{"peak MiB": 900.0})
STEPS = pd.DataFrame({"recipe": ["best"], "way": [steps.KERAS], steps.COLUMN: [3.0]})


def cells(text: str) -> list[str]:
    """Of the last row of the table in `text`."""
    row = [line for line in text.splitlines() if line.startswith("|")][-1]
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_ratios_come_first_and_are_to_the_median_of_cnn():
    rows = [
        {"name": "cnn", "peak MiB": 700.0, "fit": 90.0, "fit to target": 60.0},
        {"name": "fast", "peak MiB": 600.0, "fit": 10.0, "fit to target": None},
        {"name": "cnn", "peak MiB": 700.0, "fit": 110.0, "fit to target": 60.0},
        {"name": "fast", "peak MiB": 600.0, "fit": 14.0, "fit to target": 12.0},
        {"name": "cnn", "peak MiB": 700.0, "fit": 100.0, "fit to target": 60.0},
        {"name": "fast", "peak MiB": 600.0, "fit": 12.5, "fit to target": None},
    ]
    text = training.page(pd.DataFrame(rows), STEPS, SCALED, rounds=3)
    ratios, seconds = text.split("## One step")[0].split("## Seconds")
    assert cells(ratios) == ["fast", "8.00", "5.00"]
    assert cells(seconds) == ["fast", "12.50", "12.00", "600"]
    assert cells(text) == ["10", "120", "900", "1.20"]


def test_the_time_per_image_is_relative_to_one_copy_and_without_the_tracing():
    assert training.scaling(SCALED)["time per image"].tolist() == [1.0, 1.2]


def test_a_step_is_compared_with_keras_in_the_same_round():
    rounds = [(2.0, 1.0), (3.0, 4.0), (10.0, 6.0)]
    pairs = [pair for keras, torch in rounds for pair in ((steps.KERAS, keras), (steps.PYTORCH, torch))]
    rows = [{"recipe": "fast", "way": way, steps.COLUMN: seconds} for way, seconds in pairs]
    assert cells(steps.table(pd.DataFrame(rows))) == ["fast", "PyTorch", "1.00", "4.00", "0.60"]


def test_copies_are_all_images_each_moved_by_its_own_pixels(noise):
    larger = training_worker.repeated(noise, 3)
    assert larger.images.dtype == np.uint8
    assert larger.labels.tolist() == 3 * noise.labels.tolist()
    assert np.array_equal(larger.images[40:80], noise.images)
    assert np.array_equal(larger.images[80:, :, 1:], noise.images[:, :, :-1])


def test_the_variant_is_timed_with_the_parameters_of_its_plan():
    timed = training.words("fast-once")
    assert timed[0] == "fast"
    assert "epochs=1" in timed[1:]
    assert training.words("cnn") == ["cnn"]


def test_an_unknown_recipe_is_named():
    done = run(["python", "-m", "benchmarks.training", "slow"], ROOT, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("bench: there is no slow; there are mlp, ")
    assert done.stderr.endswith(", tutorial\n")
