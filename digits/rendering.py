"""Pages from the Jinja templates in templates/."""

from pathlib import Path
from typing import Any

import jinja2
import pandas as pd

TEMPLATES = Path(__file__).with_name("templates")


def render(name: str, context: dict[str, Any], **more: Any) -> str:
    """Template `name` filled in; raises jinja2.UndefinedError if a name that it uses is not given."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(context, **more)


LOSSES = ("nll", "brier", "ece")  # columns that hold no fractions


def markdown(table: pd.DataFrame) -> str:
    """`table` in Markdown, padded so that it reads well in a terminal too; the numbers as they are."""
    return table.to_markdown(index=False, disable_numparse=True) + "\n"


def formatted(values: pd.Series, form: str) -> pd.Series:
    """`values` as text in a format such as "{:.2f}"; "-" if there is no value."""
    return values.map(lambda value: "-" if pd.isna(value) else form.format(value))


def percent(values: pd.Series, decimals: int = 2) -> pd.Series:
    """`values` as percentages; "-" if there is no value."""
    return formatted(values, f"{{:.{decimals}%}}")


def as_text(table: pd.DataFrame, decimals: int) -> pd.DataFrame:
    """`table` as people read it: underscores become spaces; "-" if there is no number, an empty text stays empty.

    Integers have their thousands separated, LOSSES four decimals; other floats are percentages with `decimals`.
    """

    def text(values: pd.Series) -> pd.Series:
        if values.dtype.kind == "f":
            return formatted(values, "{:.4f}") if values.name in LOSSES else percent(values, decimals)
        return formatted(values, "{:,}") if values.dtype.kind == "i" else values.fillna("")

    return table.apply(text).rename(columns=lambda name: name.replace("_", " ")).replace("_", " ", regex=True)
