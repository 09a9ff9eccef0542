"""Put the tables of docs/studies.md and docs/handwriting.md between their markers, from the metrics of the studies.

`make studies` does so at its end.
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from digits import files, readme
from digits.config import all_runs, first_seed, load_params
from digits.rendering import markdown, percent

METRICS = Path("metrics")


def update() -> None:
    for page, tables in PAGES.items():
        before = after = page.read_text(encoding="utf-8")
        for name, table in tables.items():
            after = readme.with_results(after, f"{markdown(table())}\n", name)
        if after != before:
            files.write_text(page, after)
            print(f"{page} has other numbers now")


def by_model(study: str) -> pd.DataFrame:
    """The measures of a study, a row for each model."""
    runs = first_seed(all_runs(load_params().train))
    rows = [{"model": run.recipe, **files.read_json(METRICS / study / f"{run}.json")} for run in runs]
    return pd.DataFrame(rows)


def robustness() -> pd.DataFrame:
    table = by_model("robustness").merge(by_model("robustness_validation"))
    return pd.DataFrame(
        {
            "model": table["model"],
            "under corruption": percent(table["corrupted_accuracy"], 1),
            "worst corruption": percent(table["corrupted_worst_accuracy"], 1),
            "ECE": table["corrupted_ece"].map("{:.3f}".format),
            "FGSM, epsilon 0.1": percent(table["fgsm_100_accuracy"], 1),
            "PGD, epsilon 0.1": percent(table["pgd_100_accuracy"], 1),
            "for choices": percent(table["validation_corrupted_accuracy"], 1),
        }
    )


def ood() -> pd.DataFrame:
    table = by_model("ood")
    detectors = ["max_softmax", "energy", "subspace"]
    scores = {name.replace("_", " "): table[f"test_{name}_auroc"].map("{:.4f}".format) for name in detectors}
    return pd.DataFrame({"model": table["model"], **scores, "FPR95 of the selected": percent(table["ood_fpr95"], 1)})


def handwriting() -> pd.DataFrame:
    return _methods(files.read_csv(METRICS / "handwriting/handwriting.csv"), "set").rename(columns=str)


def paper() -> pd.DataFrame:
    table = files.read_csv(METRICS / "handwriting/paper.csv")
    mean = table.groupby("way", sort=False).mean(numeric_only=True).reset_index().assign(condition="mean")
    worst = table.groupby("way", sort=False)[["accuracy", "accepted", "selective_accuracy"]].min().reset_index()
    worst = worst.assign(wrong_accepted=worst["way"].map(table.groupby("way")["wrong_accepted"].max()))
    return _methods(pd.concat([mean, worst.assign(condition="worst", digits=mean["digits"])]), "condition")


def _methods(table: pd.DataFrame, key: str) -> pd.DataFrame:
    """The accuracy of each method by `key`, and what is accepted of the digits that the project prepared."""
    accuracy = table.pivot(index=key, columns="way", values="accuracy")[["resized", "thresholded", "prepared"]]
    prepared = table[table["way"] == "prepared"].set_index(key)
    accepted = prepared[["accepted", "selective_accuracy", "wrong_accepted"]].rename(
        columns={"selective_accuracy": "of those correct", "wrong_accepted": "wrong and accepted"}
    )
    joined = accuracy.join(accepted).loc[prepared.index]
    return joined.apply(percent).reset_index()


def multi_digit() -> pd.DataFrame:
    table = files.read_csv(METRICS / "handwriting/multi_digit.csv")
    return table.assign(pieces=percent(table["pieces"]), cut=percent(table["cut"])).drop(columns="photos")


def learning() -> pd.DataFrame:
    table = files.read_csv(METRICS / "handwriting/learning.csv")
    table = table[(table["way"] == "last layer") & (table["corrections"] == table["corrections"].max())]
    validation = percent(table["validation_before"]) + " to " + percent(table["validation"])
    return pd.DataFrame(
        {
            "corrections": table["corrections"].astype(str) + ", " + table["drawn_from"],
            "accuracy before": percent(table["accuracy_before"]),
            "after": percent(table["accuracy"]),
            "errors gone": percent(table["errors_gone"], 0),
            "on validation": validation,
        }
    )


PAGES: dict[Path, dict[str, Callable[[], pd.DataFrame]]] = {
    Path("docs/studies.md"): {"robustness": robustness, "ood": ood},
    Path("docs/handwriting.md"): {
        "handwriting": handwriting,
        "paper": paper,
        "multi_digit": multi_digit,
        "learning": learning,
    },
}


if __name__ == "__main__":
    files.execute("docs", update)
