"""Figures and pictures: what matplotlib was told to draw, and that the bytes depend on nothing else."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from digits import metrics, plots
from digits.data import LabeledImages

HISTORY = pd.DataFrame({"epoch": [1, 2], "accuracy": [0.5, 0.7], "val_accuracy": [0.6, 0.65]})


@pytest.fixture
def labels() -> np.ndarray:
    return np.arange(40) % 10


@pytest.fixture
def probabilities(labels: np.ndarray) -> np.ndarray:
    """Correct except for three images, which are read as the next digit with growing confidence."""
    probabilities = 0.9 * np.eye(10)[labels] + 0.01
    for position, confidence in ((4, 0.6), (11, 0.8), (25, 0.99)):
        probabilities[position] = (1 - confidence) / 9
        probabilities[position, (labels[position] + 1) % 10] = confidence
    return probabilities


def test_reliability_leaves_empty_bins_out(labels: np.ndarray, probabilities: np.ndarray):
    axes = Figure().subplots()
    plots.draw_reliability(axes, metrics.reliability(labels, probabilities, 15))
    measured = next(line for line in axes.get_lines() if line.get_label() == "measured")
    assert not np.isnan(measured.get_ydata()).any()


def test_the_most_confident_errors_come_first(labels: np.ndarray, probabilities: np.ndarray):
    assert plots.most_confident_errors(labels, probabilities, most=2).tolist() == [25, 11]


def test_captions_say_what_is_read_and_written(labels: np.ndarray, probabilities: np.ndarray):
    images = np.zeros((40, 28, 28, 1), np.uint8)
    figure = plots.sample_predictions(images[24:26], labels[24:26], probabilities[24:26])
    assert [axes.get_title() for axes in figure.axes][:2] == ["4 (91.0%)\nis 4", "6 (99.0%)\nis 5"]
    assert plots.confidence_text(0.9996) == ">99.9%"  # no prediction is called certain


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_strip_gives_its_images_back(tmp_path: Path, noise: LabeledImages, count: int):
    plots.write_strip(tmp_path / "errors.png", noise.images[:count])
    assert np.array_equal(plots.read_strip(tmp_path / "errors.png"), noise.images[:count, :, :, 0])


def test_pictures_have_the_same_bytes_and_no_version(tmp_path: Path, noise: LabeledImages):
    for name in ("one", "two"):
        grid = plots.digit_grid(noise.images[:7], ["a"] * 7, [False] * 7, columns=3)
        plots.save_png(grid, tmp_path / f"{name}.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with Image.open(tmp_path / "one.png") as picture:
        assert "Software" not in picture.info


def test_svg_is_repeatable_and_has_the_pages_color():
    draw = partial(plots.draw_history, history=HISTORY, measure="accuracy")
    drawing = plots.svg(draw, (3, 3))
    assert drawing == plots.svg(draw, (3, 3))
    assert drawing.startswith("<svg")
    assert "currentColor" in drawing
    assert plots.INK not in drawing


def test_the_size_curve_joins_sizes_in_order():
    sizes = pd.DataFrame(
        {"name": ["best", "half"], "parameters": [200_000, 5_000], "accuracy": [0.997, 0.99], "std": [0.001, np.nan]}
    )
    others = pd.DataFrame({"name": ["cnn"], "parameters": [225_034], "accuracy": [0.992]})
    published = others.assign(name="theirs")
    axes = Figure().subplots()
    plots.draw_size_curve(axes, {"best": sizes}, others, published)
    assert np.asarray(axes.lines[0].get_xydata()) == pytest.approx(np.array([[5_000, 0.01], [200_000, 0.003]]))
    [bars] = axes.collections[0].get_segments()[1:]
    assert bars[:, 1] == pytest.approx([0.002, 0.004])
    assert {text.get_text() for text in axes.texts} == {"best", "half", "cnn", "theirs"}
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
