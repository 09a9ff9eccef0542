"""Plans of what to train: groups of variants, each from every seed and for every fold, and where their table goes."""

from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, ValidationError, model_validator
from ruamel.yaml import YAML

from digits.config.params import Count, RecipeName, Seed
from digits.config.recipes import StrictModel
from digits.core.errors import UserError


class Judge(NamedTuple):
    """The stage that judges, the one that makes its data, the folder of its metrics, its measure and its own code."""

    stage: str
    data: str
    metrics: str
    measure: str
    code: tuple[str, ...] = ()


JUDGES = {
    "validation": Judge("train", "preprocess", "metrics/train", "validation_accuracy"),
    "test": Judge("evaluate", "preprocess", "metrics/test", "accuracy"),
    "corruptions": Judge(
        "studies/robustness/dvc.yaml:validate_robustness",
        "studies/robustness/dvc.yaml:make_corruptions",
        "metrics/robustness_validation",
        "validation_corrupted_accuracy",
        ("studies/robustness/*.py", "digits/imaging/mnist_format.py"),
    ),
    "hands": Judge(
        "studies/hands/dvc.yaml:validate_hands",
        "studies/hands/dvc.yaml:fetch_hands",
        "metrics/hands_validation",
        "validation_handwriting_accuracy",
        ("studies/hands/*.py", "digits/imaging/*.py"),
    ),
}


class Group(StrictModel):
    """Trainings that are compared with each other; docs/sweeps.md explains the keys."""

    recipes: Annotated[list[RecipeName], Field(min_length=1)]
    seeds: list[Seed] = Field([0], min_length=1)
    common: list[str] = Field([])
    variants: dict[str, list[str]] = Field({})
    grid: list[str] = Field([])
    samples: Count | None = None
    draw: Seed = 0
    halving: Annotated[int, Field(ge=2)] | None = None
    folds: Annotated[int, Field(ge=2)] | None = None
    judge: Literal["validation", "test", "corruptions", "hands"] = "validation"

    @model_validator(mode="after")
    def choices_see_no_test_image(self) -> Self:
        if self.judge == "test" and (self.folds or self.halving):
            raise ValueError("folds and halving are for choices; test images have no part in them")
        if self.halving and len(self.recipes) > 1:
            raise ValueError(f"halving compares variants of one recipe, not of {', '.join(self.recipes)}")
        return self


class Plan(StrictModel):
    """What to train, the `table` of the results and the `page` that shows them to people, as paths."""

    table: str
    page: str | None = None
    groups: dict[str, Group]


def load(path: Path) -> Plan:
    """Raises UserError that names what is wrong in the plan."""
    return checked(YAML(typ="safe").load(path), str(path))


def checked(content: Any, source: str) -> Plan:
    try:
        return Plan.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, it['loc']))}: {it['msg']}" for it in error.errors())
        raise UserError(f"{source}: {problems}") from error
