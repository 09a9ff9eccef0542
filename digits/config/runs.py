"""Runs: the trained models that params.yaml asks for, and where the artifacts of each lie."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from digits.config.params import Train
from digits.core.paths import LOGS


@dataclass(frozen=True)
class Run:
    """One trained model: a recipe and a seed. Its properties are the paths of what is made of it."""

    recipe: str
    seed: int

    def __str__(self) -> str:
        return f"{self.recipe}-{self.seed}"

    @property
    def model(self) -> Path:
        return Path(f"models/{self}.keras")

    @property
    def train_metrics(self) -> Path:
        return Path(f"metrics/train/{self}.json")

    @property
    def history(self) -> Path:
        """Accuracy and loss of every epoch."""
        return Path(f"plots/history/{self}.csv")

    @property
    def tensorboard(self) -> Path:
        return LOGS / "tensorboard" / str(self)

    @property
    def test_metrics(self) -> Path:
        return Path(f"metrics/test/{self}.json")

    @property
    def errors(self) -> Path:
        """The misread test images, by the digest of their pixels."""
        return Path(f"metrics/errors/{self}.csv")

    @property
    def error_images(self) -> Path:
        """The misread images, one below the other in the order of `errors`."""
        return Path(f"metrics/errors/{self}.png")

    @property
    def predictions(self) -> Path:
        """The labels of the test images and the model's probabilities for each."""
        return Path(f"predictions/{self}.npz")

    @property
    def confusion(self) -> Path:
        return Path(f"plots/confusion/{self}.csv")

    @property
    def reliability(self) -> Path:
        return Path(f"plots/reliability/{self}.csv")

    @property
    def calibrated(self) -> Path:
        """As `reliability`, after temperature scaling."""
        return Path(f"plots/calibrated/{self}.csv")

    @property
    def coverage(self) -> Path:
        """Accuracy of the most confident predictions against their share."""
        return Path(f"plots/coverage/{self}.csv")

    @property
    def digits(self) -> Path:
        """A folder of pictures of test images: predictions and errors."""
        return Path(f"plots/digits/{self}")


def all_runs(train: Train) -> list[Run]:
    """All runs of the `train` section, recipe by recipe."""
    return [Run(recipe, seed) for recipe in train.models for seed in train.seeds]


def first_seed(runs: list[Run]) -> list[Run]:
    """One run of each recipe."""
    return [run for run in runs if run.seed == runs[0].seed]


def from_arguments(description: str | None) -> Run:
    """The run that the command line names: a recipe and a seed."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipe", help="a section of `recipes` in params.yaml")
    parser.add_argument("seed", type=int)
    arguments = parser.parse_args()
    return Run(arguments.recipe, arguments.seed)
