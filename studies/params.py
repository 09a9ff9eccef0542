"""The sections of params.yaml that the studies read."""

from typing import Annotated, Literal

from pydantic import Field

from digits.config import Count, RecipeName, StrictModel


class Robustness(StrictModel):
    n_images: Count
    n_attacked: Count
    epsilons: Annotated[list[Annotated[float, Field(gt=0, le=1)]], Field(min_length=1)]


class Ood(StrictModel):
    n_images: Annotated[int, Field(ge=10)]
    recipe: RecipeName
    digits_left_out: Annotated[int, Field(ge=1, le=5)]


class Labels(StrictModel):
    recipe: RecipeName
    folds: Annotated[int, Field(ge=2)]


class Handwriting(StrictModel):
    sets: list[Literal["semeion", "usps"]]
    n_photos: Count
