"""The section `gate` of params.yaml, typed: what the gate tolerates. See docs/gate.md."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from digits.config import PATH, Probability, StrictModel, flatten, load_params, load_section
from digits.files import UserError
from digits.gate import RECOGNIZER

if TYPE_CHECKING:  # it reads tables with pandas, which takes as long to import as all else that `make repro` checks
    from digits.gate.versions import Snapshot


class Limits(StrictModel):
    min: float | None = None
    max: float | None = None


class Rules(StrictModel):
    """`seed_overdispersion` is by recipe, "default" for those that it does not name; `tolerances` are by measure;
    `limits`, which apply to `dataset` alone, by recipe (or RECOGNIZER) and measure."""

    alpha: Annotated[float, Field(gt=0, le=0.5)]
    power: Probability
    seed_overdispersion: dict[str, Annotated[float, Field(ge=0, lt=0.2)]]
    dataset: str
    tolerances: dict[str, Annotated[float, Field(ge=0)]]
    limits: dict[str, dict[str, Limits]]

    @model_validator(mode="after")
    def nothing_is_missing(self) -> Self:
        if "accuracy" not in self.tolerances or "default" not in self.seed_overdispersion:
            raise ValueError("tolerances must have accuracy, seed_overdispersion must have default")
        return self

    def apply_to(self, version: "Snapshot") -> bool:
        """Whether the limits are for the dataset of `version`."""
        return version.dataset["dataset"] == self.dataset

    def overdispersion(self, recipe: str) -> float:
        return self.seed_overdispersion.get(recipe, self.seed_overdispersion["default"])


def load_rules(path: Path = PATH) -> Rules:
    """Raises UserError if a key is missing, unknown or out of range, or names what is no recipe."""
    rules = load_section("gate", Rules, path)
    known = {*load_params(path).recipes, RECOGNIZER, "default"}
    if unknown := ({*rules.limits} | {*rules.seed_overdispersion}) - known:
        raise UserError(f"{path}: the section gate has rules for {min(unknown)}, which is no recipe")
    return rules


def rules_between(before: "Snapshot", new_rules: Rules) -> Rules:
    """The rules of `before`, and for recipes that it lacks the limits of `new_rules`, those of the other version."""
    try:
        rules = Rules.model_validate(before.params.get("gate"))
    except ValidationError as error:
        raise UserError(f"the section gate of params.yaml of {before.label} is not valid here; name another") from error
    new = {recipe: limits for recipe, limits in new_rules.limits.items() if recipe not in (*before.results, RECOGNIZER)}
    return rules.model_copy(update={"limits": rules.limits | new})


def changed_params(before: "Snapshot", after: "Snapshot") -> dict[str, tuple[Any, Any]]:
    """The parameters that differ, by dotted key; None where a version has none of that name."""
    old, new = flatten(before.params), flatten(after.params)
    return {key: (old.get(key), new.get(key)) for key in new | old if old.get(key) != new.get(key)}


def changed_rules(before: "Snapshot", after: "Snapshot") -> list[str]:
    """The changes of the gate's section, such as "gate.alpha 0.05 -> 0.1"; not those of a recipe, or a measure of the
    exported model, that only one has."""
    one_sided = (before.results.keys() ^ after.results.keys()) | (before.recognizer.keys() ^ after.recognizer.keys())
    return [
        f"{key} {old} -> {new}"
        for key, (old, new) in changed_params(before, after).items()
        if key.startswith("gate.") and not one_sided & set(key.split("."))
    ]
