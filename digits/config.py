"""params.yaml, typed and checked; recipes; runs and the paths of their artifacts.

The gate and the studies type their own sections, with `load_section`. All paths are relative to the root of the
repository; a test compares them with dvc.yaml.
"""

import argparse
import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from digits.files import UserError

PATH = Path("params.yaml")
RAW = Path("data/raw")  # as fetched: train/ and test/
PROCESSED = Path("data/processed")  # checked and split: train/, validation/ and test/
NORMALIZATION = PROCESSED / "normalization.json"
DATASET = Path("metrics/dataset.json")
SPLITS = Path("metrics/splits.json")
CLASS_COUNTS = Path("plots/class_counts.csv")
CLASS_SAMPLES = Path("plots/class_samples.png")
EXPORT = Path("metrics/export.json")
REPORT_PAGE = Path("reports/index.html")
REPORT_MARKDOWN = Path("reports/report.md")
LOGS = Path("logs")  # tracked by nothing: TensorBoard's files

NETWORKS = Path(__file__).with_name("networks")
NOT_DIGITS = ("fashion_mnist", "kmnist", "emnist/letters", "emnist/balanced", "emnist/byclass", "emnist/bymerge")
OTHER_SECTIONS = ("gate", "robustness", "ood", "labels", "handwriting")  # typed where they are used

Share = Annotated[float, Field(ge=0, lt=1)]
Probability = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
RecipeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class StrictModel(BaseModel):
    """A section of params.yaml: no unknown keys, no silent conversions, no changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Fetch(StrictModel):
    dataset: str

    @field_validator("dataset")
    @classmethod
    def is_a_name(cls, dataset: str) -> str:
        if not re.fullmatch(r"[a-z0-9_]+(/[a-z0-9_]+)?", dataset):
            raise ValueError("no dataset has such a name; try mnist, optdigits, fashion_mnist or emnist/digits")
        return dataset


class Preprocess(StrictModel):
    validation_fraction: Probability
    seed: Seed
    max_shared_images: Annotated[int, Field(ge=0)]


class Train(StrictModel):
    models: Annotated[list[RecipeName], Field(min_length=1)]
    seeds: Annotated[list[Seed], Field(min_length=1)]
    device: Literal["cpu", "gpu"]

    @field_validator("models", "seeds")
    @classmethod
    def no_repeats(cls, values: list) -> list:
        if len(set(values)) < len(values):
            raise ValueError("each value may be listed only once")
        return values


class Augmentation(StrictModel):
    """Strength of the random changes to each training image, see `digits/augmentation.py`."""

    rotation: Annotated[float, Field(ge=0, le=90)]
    shift: Annotated[float, Field(ge=0, le=14)]
    zoom: Share
    shear: Annotated[float, Field(ge=0, le=1)]
    background: Share = 0.0


class Recipe(StrictModel):
    """How a network is trained. All other keys of its section are arguments of the network's `layers`."""

    model_config = ConfigDict(extra="allow")

    epochs: Count
    batch_size: Count
    learning_rate: Annotated[float, Field(gt=0)]
    schedule: Literal["constant", "cosine", "one_cycle"]
    optimizer: Literal["adam", "sgd", "muon"] = "adam"
    label_smoothing: Share = 0.0
    augmentation: Augmentation | None = None
    drawn_digits: Annotated[int, Field(ge=0)] = 0

    @property
    def network_arguments(self) -> dict[str, Any]:
        return self.model_extra or {}


class Evaluate(StrictModel):
    confidence_level: Probability
    calibration_bins: Count
    n_bootstrap: Annotated[int, Field(ge=100)]


class Export(StrictModel):
    recipe: RecipeName
    seed: Seed
    target_coverage: Annotated[float, Field(gt=0, le=1)]
    target_selective_accuracy: Annotated[float, Field(ge=0, le=1)]


class Params(StrictModel):
    """The sections of the core pipeline."""

    fetch: Fetch
    preprocess: Preprocess
    train: Train
    recipes: dict[RecipeName, Recipe]
    evaluate: Evaluate
    export: Export

    def recipe(self, name: str) -> Recipe:
        """Raises UserError if there is none of this name."""
        if name not in self.recipes:
            raise UserError(f"there is no recipe {name!r}; there are {', '.join(self.recipes)}")
        return self.recipes[name]


Section = TypeVar("Section", bound=StrictModel)


def load_params(path: Path = PATH, changes: Mapping[str, Any] | None = None) -> Params:
    """Read and check all sections of the core, so that a mistake in any of them is caught by the first stage to run.

    `changes` are merged into the file first, by keys such as "recipes.fast.epochs". Raises UserError with one line that
    names every offending key.
    """
    content = _read(path)
    for key, value in (changes or {}).items():
        *parents, name = key.split(".")
        section = content
        for part in parents:
            section[part] = section.get(part) or {}
            section = section[part]
        section[name] = value
    params = _validate(Params, {key: content[key] for key in content if key not in OTHER_SECTIONS}, "", path)
    if problems := _contradictions(params):
        raise UserError(f"{path}: {'; '.join(problems)}")
    return params


def load_section(name: str, model: type[Section], path: Path = PATH) -> Section:
    """The section `name` of params.yaml as a `model`. Raises UserError as `load_params` does."""
    content = _read(path)
    if name not in content:
        raise UserError(f"{path}: {name} is missing")
    return _validate(model, content[name], f"{name}.", path)


def flatten(section: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested keys joined by dots, as `dvc params diff` writes them."""
    flat: dict[str, Any] = {}
    for key, value in section.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _read(path: Path) -> dict[str, Any]:
    try:
        content = YAML(typ="safe").load(path)  # YAML 1.2, as DVC reads it: `1e-3` is a number
    except YAMLError as error:
        raise UserError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise UserError(f"{path} holds no sections")
    return content


def _validate(model: type[Section], content: Any, prefix: str, path: Path) -> Section:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(_describe(problem, prefix) for problem in error.errors())
        raise UserError(f"{path}: {problems}") from error


def _describe(problem: ErrorDetails, prefix: str) -> str:
    """One problem: the key with `prefix` before it, its value and what is allowed."""
    key = (prefix + ".".join(str(part) for part in problem["loc"])).rstrip(".")
    if problem["type"] == "extra_forbidden":
        return f"{key} is not a known key"
    if problem["type"] == "missing":
        return f"{key} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    if isinstance(problem["input"], dict):  # of several keys together
        return f"{key}: {message}"
    return f"{key} is {problem['input']!r}; {message[0].lower()}{message[1:]}"


def _contradictions(params: Params) -> list[str]:
    """What is wrong between keys that are each right by themselves."""
    problems = [problem for name, recipe in params.recipes.items() for problem in _network_problems(name, recipe)]
    for name in params.train.models:
        if name not in params.recipes:
            problems.append(f"train.models names {name!r}, which is no recipe; there are {', '.join(params.recipes)}")
        elif params.recipes[name].drawn_digits and params.fetch.dataset in NOT_DIGITS:
            problems.append(f"recipes.{name}.drawn_digits must be 0, since {params.fetch.dataset} is no set of digits")
    if params.export.recipe not in params.train.models:
        problems.append(f"export.recipe is {params.export.recipe!r}, which is not among train.models; change either")
    if params.export.seed not in params.train.seeds:
        problems.append(f"export.seed is {params.export.seed}, which is not among train.seeds; change either")
    return problems


def _network_problems(name: str, recipe: Recipe) -> list[str]:
    """What is wrong between the section `recipes.<name>` and its module in `digits/networks/`, in words."""
    module = NETWORKS / f"{name}.py"
    shown = f"digits/networks/{name}.py"
    if not module.is_file():
        return [f"recipes.{name} needs its network in {shown}, which does not exist"]
    arguments = _arguments_of_layers(module)
    if arguments is None:
        return [f"{shown} has no function `layers`, which returns the hidden layers of recipes.{name}"]
    known = ", ".join([*Recipe.model_fields, *arguments])
    given = recipe.network_arguments
    return [
        *(f"recipes.{name}.{key} is not a known key; allowed here: {known}" for key in given if key not in arguments),
        *(f"recipes.{name}.{key} is missing; {shown} needs it" for key in arguments if key not in given),
    ]


def _arguments_of_layers(module: Path) -> list[str] | None:
    """The arguments of the function `layers` in `module`, which is not imported: Keras takes seconds."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == "layers":
            return [argument.arg for argument in node.args.args]
    return None


@dataclass(frozen=True)
class Run:
    """One trained model: a recipe and a seed. Its properties are its output paths."""

    recipe: str
    seed: int

    def __str__(self) -> str:
        return f"{self.recipe}-{self.seed}"

    @property
    def model(self) -> Path:
        return Path(f"models/{self}.keras")

    @property
    def tensorboard(self) -> Path:
        return LOGS / "tensorboard" / str(self)

    @property
    def train_metrics(self) -> Path:
        return Path(f"metrics/train/{self}.json")

    @property
    def history(self) -> Path:
        """Accuracy and loss of every epoch."""
        return Path(f"plots/history/{self}.csv")

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
    def reliability_calibrated(self) -> Path:
        """As `reliability`, after temperature scaling."""
        return Path(f"plots/reliability_calibrated/{self}.csv")

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


def run_from_arguments(description: str | None) -> Run:
    """The run that the command line names: a recipe and a seed."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("recipe", help="a section of `recipes` in params.yaml")
    parser.add_argument("seed", type=int)
    arguments = parser.parse_args()
    return Run(arguments.recipe, arguments.seed)
