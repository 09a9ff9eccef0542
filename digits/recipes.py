"""What a recipe may set of a training, typed: the part of params.yaml that models and their training are built by.

Knows names, types and ranges, and what every section of params.yaml has in common. The other sections, and the reading
of the file, are known to `params`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

RecipeName = Literal["mlp", "sigmoid", "cnn", "fast", "best"]
Loss = Literal["sparse_categorical_crossentropy", "categorical_crossentropy"]
Schedule = Literal["constant", "cosine", "one_cycle"]
Optimizer = Literal["adam", "sgd"]


class Section(BaseModel):
    """What all sections share: no unknown keys, no silent conversions, no changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


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
    light: Annotated[float, Field(ge=0, lt=1)] = 0.0  # which older experiments do not name


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
