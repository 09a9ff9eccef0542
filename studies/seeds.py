"""Study: how much the results of a recipe depend on the seed. A sweep of plans/seeds.yaml trains and measures."""

from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from digits import config, files, plots, rendering, report
from digits.config import all_runs, first_seed, load_params
from studies import run_stage

TABLE = Path("metrics/seeds/seeds.csv")  # by the sweep: one row per training; `variant` is the name of its entry
ERRORS = Path("metrics/seeds/errors")  # by the sweep: the misread test images of each training
ENSEMBLES = Path("metrics/seeds/ensembles")  # by the sweep: the scores of ensembles of the seeds of an entry
SUMMARY = Path("metrics/seeds/summary.csv")
VARIANCE = Path("metrics/seeds/variance.csv")
# By others: the size of a net, its test accuracy, and the images that it was chosen on.
PUBLISHED = Path("studies/published.csv")

KEY = ["image", "actual"]
MEASURES = ["misread_by_all", "misread_by_most", "misread_by_some", "error", "bias", "variance", "agreement"]


def summarize() -> None:
    """Summarize the trainings from many seeds: their accuracies, and how their errors differ.

    Without trainings on the present dataset, the tables have no rows.
    """
    dataset, trainings = files.read_json(config.DATASET), on_this_dataset()
    rows = []
    for name, table in trainings.groupby("name", sort=False):
        if len(table) > 1:
            errors = [files.read_csv(ERRORS / f"{name}-{seed}.csv") for seed in table["seed"]]
            rows.append({"name": name, "seeds": len(table), **variance(errors, dataset["test"])})
    files.write_csv(SUMMARY, report.over_seeds(trainings, by="name"))
    files.write_csv(VARIANCE, pd.DataFrame(rows, columns=["name", "seeds", *MEASURES]))
    if trainings.empty:
        print(f"nothing was measured on {dataset['dataset']} yet: `make sweep PLAN=plans/seeds.yaml` does, for hours")
    else:
        print(f"{len(trainings)} trainings of {trainings['name'].nunique()} entries in {SUMMARY}")


def on_this_dataset() -> pd.DataFrame:
    """The trainings on the dataset that was fetched last: one row each, by the `name` of its entry in the plan."""
    trainings = files.read_csv(TABLE).rename(columns={"variant": "name"})
    return trainings[trainings["dataset"] == files.read_json(config.DATASET)["digest"]]


def variance(errors: list[pd.DataFrame], images: int) -> dict[str, float | int]:
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
    lists = [set(table[[*KEY, "predicted"]].itertuples(index=False, name=None)) for table in errors]
    differing = [len({image[:2] for image in one ^ other}) for one, other in combinations(lists, 2)]
    return {
        "misread_by_all": int((counts == len(errors)).sum()),
        "misread_by_most": int((counts > len(errors) / 2).sum()),
        "misread_by_some": len(counts),
        "error": sum(map(len, errors)) / len(errors) / images,
        "bias": float(is_biased.sum()) / images,
        "variance": float((1 - most_common / len(errors)).sum()) / images,
        "agreement": 1 - sum(differing) / len(differing) / images,
    }


def section() -> dict[str, Any] | None:
    """What the studies' page shows; None if no seed was trained on the present dataset."""
    if not SUMMARY.exists() or (trainings := on_this_dataset()).empty:
        return None
    paths = [ENSEMBLES / f"{name}.csv" for name in sorted(set(trainings["name"]))]
    return {
        "summary": _table(SUMMARY),
        "variance": _table(VARIANCE),
        "ensembles": {path.stem: _table(path) for path in paths if path.exists()},
        "size_curve": size_curve(trainings),
    }


def _table(path: Path) -> pd.DataFrame:
    return rendering.as_text(files.read_csv(path), 3)


def size_curve(trainings: pd.DataFrame) -> str | None:
    """Error against size, as a drawing; None if no recipe was trained in several sizes."""
    sizes = by_size(trainings)
    if not sizes:
        return None
    others = report.collect(first_seed(all_runs(load_params().train))).rename(columns={"recipe": "name"})
    others = others[~others["name"].isin(list(sizes))]
    published = files.read_csv(PUBLISHED)
    return plots.svg(partial(plots.draw_size_curve, curves=sizes, others=others, published=published), (8, 5))


def by_size(trainings: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The recipes that were trained in several sizes: `name`, `parameters`, mean `accuracy` and its `std` of each size.

    Of several entries of one size, the one with the most trainings is taken.
    """
    curves = {}
    for recipe, table in trainings.groupby("recipe", sort=False):
        if table["parameters"].nunique() > 1:
            sizes = table.groupby(["name", "parameters"])["accuracy"].agg(accuracy="mean", std="std", trainings="size")
            ordered = sizes.reset_index().sort_values("trainings", ascending=False, kind="stable")
            curves[str(recipe)] = ordered.drop_duplicates("parameters").drop(columns="trainings")
    return curves


if __name__ == "__main__":
    run_stage(__doc__, summarize)
