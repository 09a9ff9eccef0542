"""The section `gate` of params.yaml, typed: what the gate tolerates."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from digits.config.params import PATH, flatten, load_params, load_section
from digits.config.recipes import StrictModel
from digits.core.errors import UserError
from digits.versions.snapshots import RECOGNIZER, Snapshot


class Limits(StrictModel):
    """The range in which a measure must lie."""

    min: float | None = None
    max: float | None = None

    @model_validator(mode="after")
    def not_empty(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("min, max or both are needed")
        return self


class Rules(StrictModel):
    """See docs/gate.md.

    `seed_overdispersion` is by recipe, with "default" for those that it does not name; `tolerances` are by measure;
    `limits`, which hold on `dataset` alone, by recipe (or "recognizer") and measure.
    """

    alpha: Annotated[float, Field(gt=0, le=0.5)]
    power: Annotated[float, Field(ge=0.5, lt=1)]
    seed_overdispersion: dict[str, Annotated[float, Field(ge=0, lt=0.2)]]
    dataset: str
    tolerances: dict[str, Annotated[float, Field(ge=0)]]
    limits: dict[str, dict[str, Limits]]

    @field_validator("tolerances")
    @classmethod
    def accuracy_is_gated(cls, tolerances: dict[str, float]) -> dict[str, float]:
        if "accuracy" not in tolerances:
            raise ValueError("accuracy must be among them")
        return tolerances

    @field_validator("seed_overdispersion")
    @classmethod
    def has_a_default(cls, values: dict[str, float]) -> dict[str, float]:
        if "default" not in values:
            raise ValueError("default must be among them")
        return values

    def hold_for(self, version: Snapshot) -> bool:
        """Whether the limits are for the dataset of `version`."""
        return version.dataset["dataset"] == self.dataset

    def overdispersion(self, recipe: str) -> float:
        return self.seed_overdispersion.get(recipe, self.seed_overdispersion["default"])


def load_rules(path: Path = PATH) -> Rules:
    """Raises UserError if a key is missing, unknown or out of range, or limits are set for what is no recipe."""
    rules = load_section("gate", Rules, path)
    recipes = list(load_params(path).recipes)
    for key, names, known in (
        ("limits", rules.limits, [*recipes, RECOGNIZER]),
        ("seed_overdispersion", rules.seed_overdispersion, [*recipes, "default"]),
    ):
        if unknown := [name for name in names if name not in known]:
            raise UserError(f"{path}: gate.{key}.{unknown[0]} is no recipe; allowed here: {', '.join(known)}")
    return rules


def rules_between(before: Snapshot, after: Snapshot) -> Rules:
    """The rules of `before`, and for recipes that it lacks the limits of `after`.

    Raises UserError if the rules of one of them are not valid.
    """
    old, new = _rules_of(before), _rules_of(after)
    own = {recipe: limits for recipe, limits in new.limits.items() if recipe not in (*before.results, RECOGNIZER)}
    return old.model_copy(update={"limits": old.limits | own})


def _rules_of(snapshot: Snapshot) -> Rules:
    try:
        return Rules.model_validate(snapshot.params.get("gate"))
    except ValidationError as error:
        raise UserError(
            f"the gate section of params.yaml of {snapshot.label} is not valid here; name a later commit as baseline"
        ) from error


def changed_params(before: Snapshot, after: Snapshot) -> dict[str, tuple[Any, Any]]:
    """The parameters that differ, by dotted key; None where a version has none of that name."""
    old, new = flatten(before.params), flatten(after.params)
    return {key: (old.get(key), new.get(key)) for key in new | old if old.get(key) != new.get(key)}


def changed_rules(before: Snapshot, after: Snapshot) -> list[str]:
    """The changes of the gate's section, such as "gate.alpha 0.05 -> 0.1"; not those of a recipe that only one has."""
    one_sided = before.results.keys() ^ after.results.keys()
    return [
        f"{key} {old} -> {new}"
        for key, (old, new) in changed_params(before, after).items()
        if key.startswith("gate.") and not one_sided & set(key.split("."))
    ]
