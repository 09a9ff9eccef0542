"""The section `labels` of params.yaml."""

from typing import Annotated

from pydantic import Field

from digits.config.params import Count, RecipeName, Seed, load_section
from digits.config.recipes import StrictModel


class Labels(StrictModel):
    recipe: RecipeName
    folds: Annotated[int, Field(ge=2)]
    seed: Seed
    n_shown: Count


def load() -> Labels:
    """Raises UserError if a key is missing, unknown or out of range."""
    return load_section("labels", Labels)
