"""The section `gate` of params.yaml, typed: what the gate tolerates."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from digits.config.params import PATH, load_params, load_section
from digits.config.recipes import StrictModel
from digits.core.errors import UserError

RECOGNIZER = "recognizer"  # the exported model, which has limits as the recipes have


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
    """See docs/gate.md. `tolerances` are by measure, `limits` by recipe (or "recognizer") and measure."""

    alpha: Annotated[float, Field(gt=0, le=0.5)]
    power: Annotated[float, Field(ge=0.5, lt=1)]
    seed_overdispersion: Annotated[float, Field(ge=0, lt=0.2)]
    tolerances: dict[str, Annotated[float, Field(ge=0)]]
    limits: dict[str, dict[str, Limits]]

    @field_validator("tolerances")
    @classmethod
    def accuracy_is_gated(cls, tolerances: dict[str, float]) -> dict[str, float]:
        if "accuracy" not in tolerances:
            raise ValueError("accuracy must be among them")
        return tolerances


def load_rules(path: Path = PATH) -> Rules:
    """Raises UserError where a key is missing, unknown or out of range, or limits are set for what is no recipe."""
    rules = load_section("gate", Rules, path)
    known = [*load_params(path).recipes, RECOGNIZER]
    if unknown := [name for name in rules.limits if name not in known]:
        raise UserError(f"{path}: gate.limits.{unknown[0]} is no recipe; allowed here: {', '.join(known)}")
    return rules


def rules_of(params: dict[str, Any], label: str) -> Rules:
    """The rules in `params`, the content of params.yaml of the version `label`.

    Raises UserError where that has none that are valid.
    """
    try:
        return Rules.model_validate(params.get("gate"))
    except ValidationError as error:
        raise UserError(f"the gate section of params.yaml of {label} is not valid; name another baseline") from error
