"""The only reader of params.yaml: a typed, frozen model per section, and errors that name the key.

Knows which keys there are, their types and their ranges. Leaves to its callers what the values mean.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

RecipeName = Literal["mlp", "sigmoid", "cnn", "fast", "best"]
Loss = Literal["sparse_categorical_crossentropy", "categorical_crossentropy"]
Schedule = Literal["constant", "cosine", "one_cycle"]
Optimizer = Literal["adam", "sgd"]
Strategy = Literal["single", "mirrored"]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Digit = Annotated[int, Field(ge=0, le=9)]


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
    strategy: Strategy

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


class Calibrate(Section):
    resamples: Annotated[int, Field(ge=100)]


class Corrupt(Section):
    images: Annotated[int, Field(ge=1)]
    seed: Seed


class Robustness(Section):
    attacked_images: Annotated[int, Field(ge=1)]
    budgets: Annotated[list[Annotated[float, Field(gt=0, le=1)]], Field(min_length=1)]


class Outliers(Section):
    images: Annotated[int, Field(ge=10)]


class Detect(Section):
    fitted_on: Annotated[int, Field(ge=100)]
    variance: Annotated[float, Field(gt=0, lt=1)]


class HoldOut(Section):
    recipe: RecipeName
    seed: Seed
    groups: Annotated[list[Annotated[list[Digit], Field(min_length=1)]], Field(min_length=1)]


class AuditLabels(Section):
    recipe: RecipeName
    folds: Annotated[int, Field(ge=2)]
    seed: Seed
    pictured: Annotated[int, Field(ge=1)]


class Export(Section):
    recipe: RecipeName
    seed: Seed
    coverage: Annotated[float, Field(gt=0, le=1)]


class EvaluateRecogniser(Section):
    corrections: Annotated[str, Field(min_length=1)]
    faces: Annotated[int, Field(ge=1)]


class Limits(Section):
    least: float | None = None
    most: float | None = None

    @model_validator(mode="after")
    def not_empty(self) -> Self:
        if self.least is None and self.most is None:
            raise ValueError("least, most or both are needed")
        return self


class Gate(Section):
    level: Annotated[float, Field(gt=0, le=0.5)]
    power: Annotated[float, Field(ge=0.5, lt=1)]
    seed_asymmetry: Annotated[float, Field(ge=0, lt=0.2)]
    allowed_drops: dict[str, Annotated[float, Field(ge=0)]]
    limits: dict[RecipeName | Literal["recogniser"], dict[str, Limits]]

    @field_validator("allowed_drops")
    @classmethod
    def accuracy_is_gated(cls, drops: dict[str, float]) -> dict[str, float]:
        if "accuracy" not in drops:
            raise ValueError("accuracy must be among them")
        return drops


class Params(Section):
    fetch: Fetch
    preprocess: Preprocess
    train: Train
    recipes: Recipes
    evaluate: Evaluate
    calibrate: Calibrate
    corrupt: Corrupt
    robustness: Robustness
    outliers: Outliers
    detect: Detect
    hold_out: HoldOut
    audit_labels: AuditLabels
    export: Export
    evaluate_recogniser: EvaluateRecogniser
    gate: Gate

    @model_validator(mode="after")
    def what_is_exported_is_trained(self) -> Self:
        if self.export.recipe not in self.train.models:
            raise ValueError(f"export.recipe is {self.export.recipe!r}, which is not among train.models; change either")
        if self.export.seed not in self.train.seeds:
            raise ValueError(f"export.seed is {self.export.seed}, which is not among train.seeds; change either")
        return self


def load(path: Path = Path("params.yaml"), changes: Mapping[str, Any] | None = None) -> Params:
    """Read and check the whole of params.yaml, so that a slip in any section is caught by the first stage to run; as it
    would be with `changes`, by keys such as "recipes.fast.epochs".

    Raises ValueError with one line that names every offending key, its value and what is allowed.
    """
    try:
        content = YAML(typ="safe").load(path)  # YAML 1.2, as DVC reads it: `1e-3` is a number
    except YAMLError as error:
        raise ValueError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    for key, value in (changes or {}).items():
        _set(content, key.split("."), value)
    try:
        return Params.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(_describe(problem) for problem in error.errors())
        raise ValueError(f"{path}: {problems}") from error


def flatten(section: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested keys joined by dots, as `dvc params diff` writes them."""
    flat: dict[str, Any] = {}
    for key, value in section.items():
        flat |= flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat


def _set(section: dict[str, Any], key: list[str], value: Any) -> None:
    for part in key[:-1]:
        section[part] = section.get(part) or {}
        section = section[part]
    section[key[-1]] = value


def _describe(problem: ErrorDetails) -> str:
    if problem["type"] == "value_error" and not problem["loc"]:  # of several keys together
        return str(problem["ctx"]["error"])
    key = ".".join(str(part) for part in problem["loc"]) or "the file"
    if problem["type"] == "extra_forbidden":
        return f"{key} is not a known key; allowed here: {', '.join(_siblings(problem['loc']))}"
    if problem["type"] == "missing":
        return f"{key} is missing"
    return f"{key} is {problem['input']!r}; {problem['msg'][0].lower()}{problem['msg'][1:]}"


def _siblings(location: tuple[int | str, ...]) -> list[str]:
    """The keys that the section around `location` allows."""
    annotation: object = Params
    for part in location[:-1]:
        is_mapping = get_origin(annotation) is dict
        annotation = get_args(annotation)[1] if is_mapping else _section(annotation).model_fields[str(part)].annotation
    return list(_section(annotation).model_fields)


def _section(annotation: object) -> type[Section]:
    """The section that `annotation` allows, alone or beside None."""
    choices = (annotation, *get_args(annotation))
    return next(choice for choice in choices if isinstance(choice, type) and issubclass(choice, Section))
