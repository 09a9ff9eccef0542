"""What the gate lets pass, typed: the section `gate` of params.yaml. What comes of it is known to `gate`."""

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from digits.recipes import RecipeName, Section


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
