"""What seeds have in common: which images every training misreads, which only some, and how much of the error is luck.

Knows lists of misread images, as `evaluate` writes them; what is not on a list was read rightly.
"""

from itertools import combinations

import pandas as pd

KEY = ["image", "actual"]


def over_seeds(errors: list[pd.DataFrame], images: int) -> dict[str, float | int]:
    """How trainings of one recipe differ on `images` test images, by their lists of `errors`.

    `misread_by_all`, `misread_by_most`, `misread_by_some` of them; `error`, the mean share misread; `bias`, the share
    that their most common answer misreads, and `variance`, how often one differs from that answer (Domingos 2000);
    `agreement`, how often two of them answer alike.
    """
    answers = pd.concat([table.assign(seed=seed) for seed, table in enumerate(errors)])
    counts = answers.groupby(KEY)["seed"].nunique()
    rightly = len(errors) - counts
    wrongly = answers.groupby([*KEY, "predicted"])["seed"].nunique().groupby(KEY).max()
    usual_is_wrong = wrongly > rightly.loc[wrongly.index]
    usual = wrongly.where(usual_is_wrong, rightly)
    return {
        "misread_by_all": int((counts == len(errors)).sum()),
        "misread_by_most": int((counts > len(errors) / 2).sum()),
        "misread_by_some": len(counts),
        "error": sum(map(len, errors)) / len(errors) / images,
        "bias": float(usual_is_wrong.sum()) / images,
        "variance": float((1 - usual / len(errors)).sum()) / images,
        "agreement": 1 - _differing(errors) / images,
    }


def _differing(errors: list[pd.DataFrame]) -> float:
    """The mean number of images that two trainings answer differently."""
    lists = [set(table[[*KEY, "predicted"]].itertuples(index=False, name=None)) for table in errors]
    pairs = [len({it[:2] for it in one ^ other}) for one, other in combinations(lists, 2)]
    return sum(pairs) / len(pairs)
