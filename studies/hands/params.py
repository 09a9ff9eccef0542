"""The section `hands` of params.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from digits.config.params import Count, load_section
from digits.config.recipes import StrictModel


class Hands(StrictModel):
    sets: list[Literal["semeion", "hwd1000", "usps"]]
    n_photos: Count
    corrections: Annotated[str, Field(min_length=1)]
    n_fonts: Count


def load() -> Hands:
    """Raises UserError if a key is missing, unknown or out of range."""
    return load_section("hands", Hands)
