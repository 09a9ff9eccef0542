"""Figures and pictures: what matplotlib was told to draw, and that the bytes depend on nothing else."""

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from digits.config.params import load_params
from digits.data.datasets import LabeledImages
from digits.evaluation import metrics
from digits.figures import digit_images, embedding, plots, tables
from support import ROOT


@pytest.fixture
def labels() -> np.ndarray:
    return np.arange(40) % 10


@pytest.fixture
def probabilities(labels: np.ndarray) -> np.ndarray:
    """Right but for three images, which are read as the next digit with growing confidence."""
    probabilities = 0.9 * np.eye(10)[labels] + 0.01
    for position, confidence in ((4, 0.6), (11, 0.8), (25, 0.99)):
        probabilities[position] = (1 - confidence) / 9
        probabilities[position, (labels[position] + 1) % 10] = confidence
    return probabilities


def test_history_draws_train_and_validation():
    axes = Figure().subplots()
    history = pd.DataFrame({"epoch": [1, 2], "accuracy": [0.5, 0.7], "val_accuracy": [0.6, 0.65]})
    plots.draw_history(axes, history, "accuracy")
    drawn = {line.get_label(): list(line.get_ydata()) for line in axes.get_lines()}
    assert drawn == {"train": [0.5, 0.7], "validation": [0.6, 0.65]}


def test_reliability_leaves_empty_bins_out(labels: np.ndarray, probabilities: np.ndarray):
    axes = Figure().subplots()
    plots.draw_reliability(axes, metrics.reliability(labels, probabilities, 15))
    measured = next(line for line in axes.get_lines() if line.get_label() == "measured")
    assert not np.isnan(measured.get_ydata()).any()


def test_the_most_confident_errors_come_first(labels: np.ndarray, probabilities: np.ndarray):
    assert digit_images.most_confident_errors(labels, probabilities, most=2).tolist() == [25, 11]
    assert digit_images.most_confident_errors(labels, np.eye(10)[labels], most=2).tolist() == []


def test_captions_tell_what_was_read_and_what_is_written(labels: np.ndarray, probabilities: np.ndarray):
    images = np.zeros((40, 28, 28, 1), np.uint8)
    figure = digit_images.predictions(images[24:26], labels[24:26], probabilities[24:26])
    assert [axes.get_title() for axes in figure.axes][:2] == ["4 (91.0%)\nis 4", "6 (99.0%)\nis 5"]


def test_no_prediction_is_called_certain():
    texts = [digit_images.confidence_text(confidence) for confidence in (0.5, 0.9994, 0.9996, 1.0)]
    assert texts == ["50.0%", "99.9%", ">99.9%", ">99.9%"]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_strip_gives_its_images_back(tmp_path: Path, noise: LabeledImages, count: int):
    digit_images.write_strip(tmp_path / "errors.png", noise.images[:count])
    assert np.array_equal(digit_images.read_strip(tmp_path / "errors.png"), noise.images[:count, :, :, 0])


def test_each_kind_has_a_row_and_its_name_stands_above_the_first_image(noise: LabeledImages):
    images = noise.images[..., 0]
    axes = plots.rows_of_kinds({"shot_noise": images[:3], "fog": images[3:6]}).axes
    assert [it.get_title() for it in axes] == ["shot noise", "", "", "fog", "", ""]
    assert all(np.array_equal(it.images[0].get_array(), image) for it, image in zip(axes, images[:6], strict=True))


def test_pictures_are_the_same_bytes_and_hold_no_version(tmp_path: Path, noise: LabeledImages):
    for name in ("one", "two"):
        grid = plots.digit_grid(noise.images[:7], ["a"] * 7, [False] * 7, columns=3)
        plots.save_png(grid, tmp_path / f"{name}.png")
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with Image.open(tmp_path / "one.png") as picture:
        assert "Software" not in picture.info


def test_drawings_for_the_page_take_its_text_color_and_are_repeatable():
    history = pd.DataFrame({"epoch": [1], "loss": [0.5], "val_loss": [0.4]})
    draw = partial(plots.draw_history, history=history, measure="loss")
    drawing = embedding.svg(draw, (3, 3))
    assert drawing == embedding.svg(draw, (3, 3))
    assert drawing.startswith("<svg")
    assert "currentColor" in drawing
    assert embedding.INK not in drawing


def test_the_size_curve_joins_the_sizes_of_a_network_in_order_and_names_every_point():
    sizes = pd.DataFrame(
        {"name": ["best", "half"], "parameters": [200_000, 5_000], "accuracy": [0.997, 0.99], "std": [0.001, np.nan]}
    )
    others, published = (
        pd.DataFrame({"name": [name], "parameters": [225_034], "accuracy": [0.992]}) for name in ("cnn", "theirs")
    )
    axes = Figure().subplots()
    plots.draw_size_curve(axes, {"best": sizes}, others, published)
    assert np.asarray(axes.lines[0].get_xydata()) == pytest.approx(np.array([[5_000, 0.01], [200_000, 0.003]]))
    [bars] = axes.collections[0].get_segments()[1:]
    assert bars[:, 1] == pytest.approx([0.002, 0.004])
    assert {text.get_text() for text in axes.texts} == {"best", "half", "cnn", "theirs"}
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_numbers_in_tables_are_written_as_what_they_are():
    table = pd.DataFrame(
        {
            "kind": ["two_words", None],
            "misread_by_all": [1234, 5],
            "mean": [0.99237, 1.0],
            "nll": [0.0229, 0.1],
            "std": [0.001, np.nan],
        }
    )
    assert tables.as_text(table, decimals=2).to_dict("list") == {
        "kind": ["two words", ""],
        "misread by all": ["1,234", "5"],
        "mean": ["99.24%", "100.00%"],
        "nll": ["0.0229", "0.1000"],
        "std": ["0.10%", "-"],
    }


def test_each_trained_recipe_has_a_color_of_its_own():
    assert len(set(plots.SERIES_COLORS)) >= len(load_params(ROOT / "params.yaml").train.models)
