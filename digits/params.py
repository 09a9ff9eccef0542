"""The only reader of params.yaml: a typed, frozen model per section, and errors that name the key.

Knows which keys there are, their types and their ranges. Leaves to its callers what the values mean.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeGuard, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

RecipeName = Literal["mlp", "sigmoid", "cnn", "fast", "best"]
Loss = Literal["sparse_categorical_crossentropy", "categorical_crossentropy"]
Schedule = Literal["constant", "cosine", "one_cycle"]
Optimizer = Literal["adam", "sgd"]
Seed = Annotated[int, Field(ge=0, lt=2**32)]


class Section(BaseModel):
    """What all sections share: no unknown keys, no silent conversions, no changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Fetch(Section):
    dataset: Annotated[str, Field(pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)?$")]


class Preprocess(Section):
    validation_fraction: Annotated[float, Field(gt=0, lt=1)]
    seed: Seed
    max_shared_images: Annotated[int, Field(ge=0)]


class Train(Section):
    models: Annotated[list[RecipeName], Field(min_length=1)]
    seeds: Annotated[list[Seed], Field(min_length=1)]

    @field_validator("models", "seeds")
    @classmethod
    def no_repeats(cls, values: list) -> list:
        if len(set(values)) < len(values):
            raise ValueError("each value may be listed only once")
        return values


class Recipe(Section):
    epochs: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)]
    learning_rate: Annotated[float, Field(gt=0)]
    schedule: Schedule
    loss: Loss


class CnnRecipe(Recipe):
    dropout: Annotated[float, Field(ge=0, lt=1)]


class Augmentation(Section):
    rotation: Annotated[float, Field(ge=0, le=90)]
    shift: Annotated[float, Field(ge=0, le=14)]
    zoom: Annotated[float, Field(ge=0, lt=1)]
    shear: Annotated[float, Field(ge=0, le=1)]
    elastic: Annotated[float, Field(ge=0, le=14)]


class FlagshipRecipe(Recipe):
    channels: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=4, max_length=4)]
    optimizer: Optimizer
    weight_decay: Annotated[float, Field(ge=0)]
    label_smoothing: Annotated[float, Field(ge=0, lt=1)]
    weight_average: Annotated[float, Field(ge=0, lt=1)]
    augmentation: Augmentation | None


class Recipes(Section):
    mlp: Recipe
    sigmoid: Recipe
    cnn: CnnRecipe
    fast: FlagshipRecipe
    best: FlagshipRecipe


class Evaluate(Section):
    confidence_level: Annotated[float, Field(gt=0, lt=1)]
    calibration_bins: Annotated[int, Field(ge=1)]
    sample_predictions: Annotated[int, Field(ge=1)]
    pictured_errors: Annotated[int, Field(ge=1)]


class Params(Section):
    fetch: Fetch
    preprocess: Preprocess
    train: Train
    recipes: Recipes
    evaluate: Evaluate


def load(path: Path = Path("params.yaml")) -> Params:
    """Read and check the whole of params.yaml, so that a slip in any section is caught by the first stage to run.

    Raises ValueError with one line that names every offending key, its value and what is allowed.
    """
    try:
        content = YAML(typ="safe").load(path)  # YAML 1.2, as DVC reads it: `1e-3` is a number
    except YAMLError as error:
        raise ValueError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(_describe(problem) for problem in error.errors())
        raise ValueError(f"{path}: {problems}") from error


def _describe(problem: ErrorDetails) -> str:
    key = ".".join(str(part) for part in problem["loc"]) or "the file"
    if problem["type"] == "extra_forbidden":
        return f"{key} is not a known key; allowed here: {', '.join(_siblings(problem['loc']))}"
    if problem["type"] == "missing":
        return f"{key} is missing"
    return f"{key} is {problem['input']!r}; {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _is_section(annotation: object) -> TypeGuard[type[Section]]:
    return isinstance(annotation, type) and issubclass(annotation, Section)


def _siblings(location: tuple[int | str, ...]) -> list[str]:
    """The keys that the section around `location` allows."""
    section: type[BaseModel] = Params
    for part in location[:-1]:
        annotation = section.model_fields[str(part)].annotation
        (section,) = [choice for choice in (annotation, *get_args(annotation)) if _is_section(choice)]
    return list(section.model_fields)
