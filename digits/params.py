"""The only reader of params.yaml: a typed, frozen model per section.

Knows which keys there are, their types and their ranges; those of a recipe are in `recipes`, the gate's in
`gate_params`, and `params_errors` puts into words what is wrong. Leaves to its callers what the values mean.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from digits.gate_params import Gate
from digits.params_errors import describe
from digits.recipes import RecipeName, Recipes, Section

Strategy = Literal["single", "mirrored"]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Digit = Annotated[int, Field(ge=0, le=9)]


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
        problems = "; ".join(describe(problem, Params) for problem in error.errors())
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
