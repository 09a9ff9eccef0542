"""The settings of a recipe: one section of `recipes` in params.yaml.

A recipe is that section and the module of the same name in `digits/architectures/`, whose function `layers` takes the
keys that are not listed here: a new network needs no change to this file.
"""

import ast
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Loss = Literal["sparse_categorical_crossentropy", "categorical_crossentropy"]
Share = Annotated[float, Field(ge=0, lt=1)]
ARCHITECTURES = Path(__file__).parents[1] / "architectures"


class StrictModel(BaseModel):
    """A section of params.yaml: no unknown keys, no silent conversions, no changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Augmentation(StrictModel):
    """Strength of the random changes to each training image, see `digits/training/augmentation.py`."""

    rotation: Annotated[float, Field(ge=0, le=90)]
    shift: Annotated[float, Field(ge=0, le=14)]
    zoom: Share
    shear: Annotated[float, Field(ge=0, le=1)]
    elastic: Annotated[float, Field(ge=0, le=14)]
    background: Share


class Recipe(StrictModel):
    """How a network is trained. All other keys of its section are arguments of its architecture."""

    model_config = ConfigDict(extra="allow")

    epochs: Annotated[int, Field(ge=1)]
    batch_size: Annotated[int, Field(ge=1)]
    learning_rate: Annotated[float, Field(gt=0)]
    schedule: Literal["constant", "cosine", "one_cycle"]
    loss: Loss
    optimizer: Literal["adam", "sgd"] = "adam"
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    label_smoothing: Share = 0.0
    ema_decay: Share = 0.0
    augmentation: Augmentation | None = None
    drawn_digits: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def smoothed_labels_are_one_hot(self) -> Self:
        if self.label_smoothing and self.loss != "categorical_crossentropy":
            raise ValueError("label_smoothing needs the loss categorical_crossentropy")
        return self

    @property
    def architecture(self) -> dict[str, Any]:
        """The arguments of the architecture's `layers`."""
        return self.model_extra or {}


def architecture_problems(name: str, recipe: Recipe) -> list[str]:
    """What is wrong between the section `recipes.<name>` and its module in `digits/architectures/`, in words."""
    module = ARCHITECTURES / f"{name}.py"
    shown = f"digits/architectures/{name}.py"
    if not module.is_file():
        return [f"recipes.{name} needs its network in {shown}, which does not exist"]
    wanted = _arguments(module)
    if wanted is None:
        return [f"{shown} has no function `layers`, which returns the hidden layers of recipes.{name}"]
    known = [*Recipe.model_fields, *wanted]
    unknown = [key for key in recipe.architecture if key not in wanted]
    return [
        *(f"recipes.{name}.{key} is not a known key; allowed here: {', '.join(known)}" for key in unknown),
        *(f"recipes.{name}.{key} is missing; {shown} needs it" for key in wanted if key not in recipe.architecture),
    ]


def _arguments(module: Path) -> list[str] | None:
    """The arguments of the function `layers` in `module`, which is not imported: Keras takes seconds."""
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == "layers":
            return [argument.arg for argument in node.args.args]
    return None
