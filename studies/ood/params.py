"""The section `ood` of params.yaml."""

from typing import Annotated

from pydantic import Field

from digits.config.params import RecipeName, Seed, load_section
from digits.config.recipes import StrictModel

Digit = Annotated[int, Field(ge=0, le=9)]


class Ood(StrictModel):
    images: Annotated[int, Field(ge=10)]
    recipe: RecipeName
    seed: Seed
    novel_classes: Annotated[list[Annotated[list[Digit], Field(min_length=1)]], Field(min_length=1)]


def load() -> Ood:
    """Raises UserError if a key is missing, unknown or out of range."""
    return load_section("ood", Ood)
