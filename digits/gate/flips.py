"""Test images whose prediction changed between two versions, found in the lists of misread images."""

import pandas as pd

from digits.gate.run_results import Results

IMAGE = ["image", "actual", "copy"]  # identifies a test image in two versions; `copy` counts equal images
PREDICTION = ["image", "actual", "predicted"]

Seeds = dict[int, Results]


def same(before: Seeds, after: Seeds) -> bool:
    """Whether two versions predict the same for every image, with the same seeds."""
    return _predictions(before) == _predictions(after)


def _predictions(seeds: Seeds) -> dict[int, list[tuple]]:
    return {seed: list(results.errors[PREDICTION].itertuples(index=False)) for seed, results in seeds.items()}


def usually_misread(seeds: Seeds) -> pd.DataFrame:
    """The images that more than half of `seeds` misread: IMAGE, `predicted` by the first of those seeds, and where its
    picture is: `seed` and `row` of that seed's strip."""
    tables = [results.errors.assign(seed=seed, row=range(len(results.errors))) for seed, results in seeds.items()]
    if not tables:
        return pd.DataFrame(columns=[*IMAGE, "predicted", "seed", "row"])
    table = pd.concat(tables)
    table["copy"] = table.groupby(["seed", "image", "actual"]).cumcount()
    often = table.groupby(IMAGE)["seed"].transform("count") > len(seeds) / 2
    return table[often].drop_duplicates(IMAGE)


def without(table: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The rows of `table` whose image is not in `other`, sorted by image."""
    known = pd.MultiIndex.from_frame(other[IMAGE])
    left = table[~pd.MultiIndex.from_frame(table[IMAGE]).isin(known)]
    return left.sort_values(IMAGE)
