"""Tables of numbers as text: percentages, thousands, Markdown."""

import pandas as pd


def markdown(table: pd.DataFrame) -> str:
    """`table` in Markdown, padded so that it reads well in a terminal too; the numbers as they are."""
    return table.to_markdown(index=False, disable_numparse=True) + "\n"


def percent(values: pd.Series, decimals: int = 2) -> pd.Series:
    """`values` as percentages; "-" where there is none."""
    return values.map(lambda value: "-" if pd.isna(value) else f"{value:.{decimals}%}")


def shares(table: pd.DataFrame) -> pd.DataFrame:
    """`table` as text: its fractions are percentages, empty entries stay empty."""
    text = {
        name: column.map("{:.1%}".format) if column.dtype.kind == "f" else column.fillna("").map("{:}".format)
        for name, column in table.items()
    }
    return pd.DataFrame(text).rename(columns=lambda name: name.replace("_", " ")).replace("_", " ", regex=True)
