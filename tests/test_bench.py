"""The benchmark: its arithmetic by hand, and one real round on the bundled digits."""

from pathlib import Path

import numpy as np
import pandas as pd
from conftest import git, run

from apps import bench, bench_worker


def test_ratios_come_first_and_are_to_the_median_of_the_textbook_net():
    rows = [
        {"name": "cnn", "peak MiB": 700.0, "fit": 90.0, "fit to target": 60.0},
        {"name": "fast", "peak MiB": 600.0, "fit": 10.0, "fit to target": None},
        {"name": "cnn", "peak MiB": 700.0, "fit": 110.0, "fit to target": 60.0},
        {"name": "fast", "peak MiB": 600.0, "fit": 14.0, "fit to target": 12.0},
        {"name": "cnn", "peak MiB": 700.0, "fit": 100.0, "fit to target": 60.0},
        {"name": "fast", "peak MiB": 600.0, "fit": 12.5, "fit to target": None},
    ]
    text = bench.page(pd.DataFrame(rows), pd.DataFrame(), rounds=3)
    ratios, seconds = text.split("## Seconds")
    assert "| fast | 8.00 | 5.00          |" in ratios
    assert "| fast | 12.50 | 12.00         | 600      |" in seconds


def test_the_cost_of_an_image_is_against_one_copy_and_without_the_trace():
    rows = [(1, 13.0, 3.0), (10, 125.0, 5.0), (1, 12.0, 2.0), (10, 125.0, 5.0)]
    scaled = pd.DataFrame(rows, columns=["copies", "epoch", "first steps"]).assign(**{"peak MiB": 900.0})
    assert bench.scaling(scaled)["cost of an image"].tolist() == [1.0, 1.2]
    assert "| 10     | 120   | 900      | 1.20             |" in bench.table(bench.scaling(scaled))


def test_copies_are_all_images_each_moved_by_its_own_pixels(noise):
    larger = bench_worker.repeated(noise, 3)
    assert larger.images.dtype == np.uint8
    assert larger.labels.tolist() == 3 * noise.labels.tolist()
    assert np.array_equal(larger.images[40:80], noise.images)
    assert np.array_equal(larger.images[80:, :, 1:], noise.images[:, :, :-1])


def test_a_recipe_and_the_tutorial_are_timed_part_by_part(workspace: Path):
    out = run(["python", "-m", "apps.bench", "--rounds", "1", "cnn", "tutorial"], workspace).stdout
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in out.splitlines() if line.startswith("|")]
    header, cnn, tutorial = rows[-4], rows[-2], rows[-1]
    assert header == ["name", *bench.PARTS]
    for row in (cnn, tutorial):
        seconds = dict(zip(header, row, strict=True))
        assert float(seconds["fit"]) > float(seconds["first steps"]) > 0
        assert float(seconds["100 steps"]) > 0
        assert float(seconds["epoch"]) < float(seconds["fit"])
        assert 300 < float(seconds["peak MiB"]) < 2048
    assert tutorial[header.index("data pipeline")] == "-"  # it has none
    assert git(workspace, "status", "--porcelain") == ""  # only a whole round is written


def test_what_cannot_be_timed_is_named(workspace: Path):
    done = run(["python", "-m", "apps.bench", "slow"], workspace, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("bench: there is no slow; there are mlp, sigmoid, cnn, fast, best, tutorial")
