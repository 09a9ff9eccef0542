"""The sections of params.yaml, typed and validated."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError, field_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from digits.config.errors import describe
from digits.config.recipes import Recipe, StrictModel, architecture_problems
from digits.core.errors import UserError

PATH = Path("params.yaml")
NOT_DIGITS = ("fashion_mnist", "kmnist", "emnist/letters", "emnist/balanced", "emnist/byclass", "emnist/bymerge")
DATASETS = ("mnist", "optdigits", "fashion_mnist", "kmnist", "emnist/digits", "emnist/letters", "mnist_corrupted/fog")
Strategy = Literal["single", "mirrored"]
Detector = Literal["max_softmax", "energy", "subspace"]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
RecipeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Probability = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Model = TypeVar("Model", bound=StrictModel)


class Fetch(StrictModel):
    dataset: str

    @field_validator("dataset")
    @classmethod
    def is_a_name(cls, dataset: str) -> str:
        if not re.fullmatch(r"[a-z0-9_]+(/[a-z0-9_]+)?", dataset):
            near = get_close_matches(dataset.lower().replace("-", "_"), DATASETS, n=1, cutoff=0)
            raise ValueError(f"no dataset has such a name; the nearest: {near[0]}")
        return dataset


class Preprocess(StrictModel):
    validation_fraction: Probability
    seed: Seed
    max_shared_images: Annotated[int, Field(ge=0)]


class Train(StrictModel):
    models: Annotated[list[RecipeName], Field(min_length=1)]
    seeds: Annotated[list[Seed], Field(min_length=1)]
    strategy: Strategy

    @field_validator("models", "seeds")
    @classmethod
    def no_repeats(cls, values: list) -> list:
        if len(set(values)) < len(values):
            raise ValueError("each value may be listed only once")
        return values


class Evaluate(StrictModel):
    confidence_level: Probability
    calibration_bins: Count
    n_bootstrap: Annotated[int, Field(ge=100)]
    n_predictions_shown: Count
    n_errors_shown: Count


class Export(StrictModel):
    recipe: RecipeName
    seed: Seed
    coverage: Annotated[float, Field(gt=0, le=1)]
    selective_accuracy: Annotated[float, Field(ge=0, le=1)]
    detector: Detector
    n_fit: Annotated[int, Field(ge=100)]
    explained_variance: Probability


class Params(StrictModel):
    """The sections of the core pipeline."""

    fetch: Fetch
    preprocess: Preprocess
    train: Train
    recipes: dict[RecipeName, Recipe]
    evaluate: Evaluate
    export: Export


def load_params(path: Path = PATH, changes: Mapping[str, Any] | None = None) -> Params:
    """Read and check all sections of the core, so that a mistake in any of them is caught by the first stage to run.

    `changes` are merged into the file first, by keys such as "recipes.fast.epochs". Raises UserError with one line that
    names every offending key, its value and what is allowed.
    """
    content = _read(path)
    for key, value in (changes or {}).items():
        _set(content, key.split("."), value)
    others = ["gate", *sorted(folder.name for folder in (path.parent / "studies").glob("[a-z]*"))]
    core = {key: value for key, value in content.items() if key not in others} if isinstance(content, dict) else content
    params = _validate(Params, core, "", path, others)
    if problems := _contradictions(params):
        raise UserError(f"{path}: {'; '.join(problems)}")
    return params


def load_section(name: str, model: type[Model], path: Path = PATH) -> Model:
    """The section `name` of params.yaml as a `model`: that of the gate or of a study.

    Raises UserError as `load_params` does.
    """
    content = _read(path)
    if not isinstance(content, dict) or name not in content:
        raise UserError(f"{path}: {name} is missing")
    return _validate(model, content[name], f"{name}.", path)


def flatten(section: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested keys joined by dots, as `dvc params diff` writes them."""
    flat: dict[str, Any] = {}
    for key, value in section.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _read(path: Path) -> Any:
    try:
        return YAML(typ="safe").load(path)  # YAML 1.2, as DVC reads it: `1e-3` is a number
    except YAMLError as error:
        raise UserError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error


def _validate(model: type[Model], content: Any, prefix: str, path: Path, others: Sequence[str] = ()) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(describe(problem, model, prefix, others) for problem in error.errors())
        raise UserError(f"{path}: {problems}") from error


def _contradictions(params: Params) -> list[str]:
    """What is wrong between keys that are each right by themselves."""
    problems = [it for name, recipe in params.recipes.items() for it in architecture_problems(name, recipe)]
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


def _set(section: dict[str, Any], key: list[str], value: Any) -> None:
    for part in key[:-1]:
        section[part] = section.get(part) or {}
        section = section[part]
    section[key[-1]] = value
