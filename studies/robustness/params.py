"""The section `robustness` of params.yaml."""

from typing import Annotated

from pydantic import Field

from digits.config.params import Count, Seed, load_section
from digits.config.recipes import StrictModel


class Robustness(StrictModel):
    images: Count
    seed: Seed
    attacked_images: Count
    epsilons: Annotated[list[Annotated[float, Field(gt=0, le=1)]], Field(min_length=1)]


def load() -> Robustness:
    """Raises UserError if a key is missing, unknown or out of range."""
    return load_section("robustness", Robustness)
