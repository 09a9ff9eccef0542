"""How trainings of one recipe from different seeds differ, from their lists of misread test images."""

from itertools import combinations

import pandas as pd

KEY = ["image", "actual"]
MEASURES = ["misread_by_all", "misread_by_most", "misread_by_some", "error", "bias", "variance", "agreement"]


def over_seeds(errors: list[pd.DataFrame], images: int) -> dict[str, float | int]:
    """MEASURES of two or more trainings, by their `errors` (`image`, `actual`, `predicted`) on `images` test images.

    - `misread_by_all`, `misread_by_most`, `misread_by_some`: the number of images misread by all trainings, by more
      than half of them, by at least one
    - `error`: the mean error rate, 0 to 1
    - `bias`: the share of images whose most common prediction is wrong; `variance`: the mean share of trainings that
      differ from it (Domingos 2000); a tie counts as correct
    - `agreement`: the mean share of images for which two trainings predict the same
    """
    misread = pd.concat([table.assign(seed=seed) for seed, table in enumerate(errors)])
    counts = misread.groupby(KEY)["seed"].nunique()
    correct = len(errors) - counts
    wrong = misread.groupby([*KEY, "predicted"])["seed"].nunique().groupby(KEY).max()
    is_biased = wrong > correct.loc[wrong.index]
    most_common = wrong.where(is_biased, correct)
    return {
        "misread_by_all": int((counts == len(errors)).sum()),
        "misread_by_most": int((counts > len(errors) / 2).sum()),
        "misread_by_some": len(counts),
        "error": sum(map(len, errors)) / len(errors) / images,
        "bias": float(is_biased.sum()) / images,
        "variance": float((1 - most_common / len(errors)).sum()) / images,
        "agreement": 1 - _differing(errors) / images,
    }


def _differing(errors: list[pd.DataFrame]) -> float:
    """The mean number of images that two trainings predict differently."""
    lists = [set(table[[*KEY, "predicted"]].itertuples(index=False, name=None)) for table in errors]
    pairs = [len({it[:2] for it in one ^ other}) for one, other in combinations(lists, 2)]
    return sum(pairs) / len(pairs)
