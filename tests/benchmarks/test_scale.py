"""Larger data: every repeat is another image; time and memory of a process; the page."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import measuring, scale
from digits.data import datasets
from digits.data.datasets import LabeledImages


def test_repeats_are_other_images_with_the_same_labels(noise: LabeledImages, tmp_path: Path):
    bar = np.zeros_like(noise.images)
    bar[:, 6:22, 12:16] = noise.images[:, 6:22, 12:16]
    scale.write_scaled(tmp_path / "train", LabeledImages(bar, noise.labels), 3, seed=0)
    found = datasets.load(tmp_path / "train")
    assert len(found.labels) == 3 * len(noise.labels)
    assert (found.images[:40] == bar).all()
    assert (found.labels.reshape(3, -1) == noise.labels).all()
    assert len(set(datasets.image_names(found.images))) == 120
    changed = found.images[40:].reshape(2, 40, -1).astype(int)
    assert np.abs(np.sort(changed).sum(axis=2) - np.sort(bar.reshape(40, -1)).sum(axis=1)).max() < 64 * scale.NOISE
    again = tmp_path / "again"
    scale.write_scaled(again, LabeledImages(bar, noise.labels), 3, seed=0)
    assert (again / "images.npy").read_bytes() == (tmp_path / "train/images.npy").read_bytes()


def test_mapped_files_do_not_count_as_allocated_memory(tmp_path: Path):
    np.save(tmp_path / "large.npy", np.ones(100 * 2**20, np.uint8))
    program = (
        "import sys, time, numpy as np; found = np.load(sys.argv[1], mmap_mode={!r}); found.sum(); time.sleep(0.5)"
    )
    held, mapped = (
        measuring.run(["-c", program.format(mode), str(tmp_path / "large.npy")], tmp_path) for mode in (None, "r")
    )
    assert 90 < held["allocated"] - mapped["allocated"] < 130
    assert mapped["resident"] > 100
    assert held["seconds"] > 0.5


def test_a_process_may_report_its_own_seconds_per_example(tmp_path: Path):
    assert measuring.run(["-c", "print('note'); print('{\"each\": 0.25}')"], tmp_path)["each"] == 0.25


def test_the_page_compares_each_stage_with_itself_at_1x():
    rows = [
        {"factor": factor, "stage": stage, "examples": 7, "seconds": 1.0, "allocated": 500.0, "resident": 900.0}
        | {"microseconds": each * (1.1 if factor == 100 else 1.0)}
        for factor in scale.FACTORS
        for stage, each in (("preprocess", 36.0), ("train", 360.0), ("evaluate", 3600.0))
    ]
    text = scale.page(pd.DataFrame(rows))
    lines = [line.split("|") for line in text.splitlines() if line.startswith("| 100 ")]
    assert [line[6].strip() for line in lines] == ["1.10", "1.10", "1.10"]
    # 10,000 times 70,000 images of 39.6 microseconds are 7.7 hours; 540 million of 396 are 59.4
    assert "8 hours for preprocess, 59 hours for an epoch of `cnn` and\n110 hours for evaluate." in text
