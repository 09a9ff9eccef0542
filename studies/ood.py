"""Study: how well out-of-distribution scores separate digits from images that show none.

The detector is selected on `ood_val` and validation images, and evaluated on `ood_test` and test images. The two sets
of images that show no digit share no font, no photo and no digit. A higher score means more like the training digits.
"""

from collections.abc import Callable
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import log_softmax, logsumexp
from sklearn.metrics import roc_auc_score

from digits import data, files, plots, rendering
from digits.config import PROCESSED, Run, all_runs, first_seed, load_params, load_section
from digits.data import LabeledImages
from digits.determinism import pin_tensorflow
from digits.imaging import mnist_format
from digits.imaging.mnist_format import FIELD
from digits.ood import N_FIT, Subspace
from digits.synthetic import pages
from studies import run_stage
from studies.params import Ood

IMAGES = Path("data/ood")
SAMPLES = Path("plots/ood/samples.png")
METRICS = Path("metrics/ood")

MEASURES = ("auroc", "fpr95")
PREPARED = ("scribbles", "letters", "letters_like_digits", "symbols", "photos")  # kinds of pages with ink

Features = tuple[np.ndarray, np.ndarray]  # features (n, d) and logits (n, 10), as `ood.extractor` gives them
DETECTORS: dict[str, Callable[[np.ndarray, np.ndarray, Subspace], np.ndarray]] = {  # from these to scores (n,)
    # The greatest probability (Hendrycks and Gimpel 2017): its logarithm resolves values close to 1.
    "max_softmax": lambda features, logits, subspace: log_softmax(logits, axis=1).max(axis=1),
    # The negative free energy (Liu et al. 2020).
    "energy": lambda features, logits, subspace: logsumexp(logits, axis=1),
    # That of the exported model.
    "subspace": lambda features, logits, subspace: subspace.share(features),
}


def make() -> None:
    """Make out-of-distribution images: one set to select a detector on, another to evaluate it on.

    Writes data/ood/{ood_val,ood_test}.npz, with the images of each kind, (n, 28, 28) uint8, and a picture of some.
    """
    n_images = load_section("ood", Ood).n_images
    validation, test = (data.load(PROCESSED / split).images[..., 0] for split in ("validation", "test"))
    sets = {
        "ood_val": out_of_distribution(pages.VAL_PAGES, validation, n_images),
        "ood_test": out_of_distribution(pages.TEST_PAGES, test, n_images),
    }
    with files.atomic_write(IMAGES) as folder:
        folder.mkdir()
        for name, kinds in sets.items():
            files.write_arrays(folder / f"{name}.npz", **kinds)
    rng = np.random.default_rng(0)
    shown = {kind: rng.choice(images, 10, replace=False) for kind, images in sets["ood_test"].items()}
    plots.save_png(plots.rows_of_kinds(shown), SAMPLES)
    print(f"{sum(len(images) for kinds in sets.values() for images in kinds.values()):,} out-of-distribution images")


def evaluate(run: Run) -> None:
    """Measure the detectors with one model: how well they separate digits from images that are no digit.

    In its metrics, val_… are of the set to select on and test_… of the other; ood_… those of the selected detector.
    """
    recipe = load_params().recipes[run.recipe]
    pin_tensorflow(run.seed)
    from digits import models, ood, strokes  # import TensorFlow: the pins come first

    extract = ood.extractor(models.load(run.model))
    train = LabeledImages(*(array[:N_FIT] for array in data.load(PROCESSED / "train")))
    fitted = strokes.with_drawn_digits(train, recipe.drawn_digits, run.seed)
    subspace = Subspace.fitted(extract(fitted.images)[0])
    tables = []
    for split, ood_set in (("validation", "val"), ("test", "test")):
        digits = extract(data.load(PROCESSED / split).images)
        with np.load(IMAGES / f"ood_{ood_set}.npz") as kinds:
            others = {kind: extract(kinds[kind][..., np.newaxis]) for kind in kinds.files}
        tables.append(compare(digits, others, subspace).assign(ood_set=ood_set))
    table = pd.concat(tables)
    numbers = summary(table)
    selected = select_detector(numbers)
    numbers |= {f"ood_{measure}": numbers[f"test_{selected}_{measure}"] for measure in MEASURES}
    files.write_csv(METRICS / f"{run}.csv", table)
    files.write_json(METRICS / f"{run}.json", numbers)
    print(f"selected {selected}; on test AUROC {numbers['ood_auroc']:.4f}, FPR95 {numbers['ood_fpr95']:.1%}")


def separation(known: np.ndarray, unknown: np.ndarray) -> dict[str, float]:
    """How well a score separates digits, with scores `known` (n,), from other images, with scores `unknown` (m,).

    `fpr95` is the share of other images that are accepted at the threshold that accepts 95% of the digits.
    """
    is_known = np.repeat([1, 0], [len(known), len(unknown)])
    return {
        "auroc": float(roc_auc_score(is_known, np.concatenate([known, unknown]))),
        "fpr95": float((unknown >= np.quantile(known, 1 - 0.95)).mean()),
    }


def compare(known: Features, unknown: dict[str, Features], subspace: Subspace) -> pd.DataFrame:
    """`separation` of digits `known` from each kind in `unknown`, a row per detector and kind."""
    rows = []
    for detector, score in DETECTORS.items():
        digits = score(*known, subspace)
        for kind, features in unknown.items():
            scores = separation(digits, score(*features, subspace))
            rows.append({"kind": kind, "images": len(features[0]), "detector": detector, **scores})
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame) -> dict[str, float]:
    """The means of MEASURES over all kinds, by names such as test_energy_auroc: `ood_set`, `detector`, measure."""
    means = table.groupby(["ood_set", "detector"], sort=False)[[*MEASURES]].mean().reset_index().to_dict("records")
    return {f"{row['ood_set']}_{row['detector']}_{name}": row[name] for row in means for name in MEASURES}


def select_detector(numbers: dict[str, float]) -> str:
    """The detector with the highest mean AUROC on the set ood_val, of the `numbers` of `summary`."""
    return max(DETECTORS, key=lambda detector: numbers[f"val_{detector}_auroc"])


def out_of_distribution(ood_set: pages.OodSet, digits: np.ndarray, count: int) -> dict[str, np.ndarray]:
    """Up to `count` images of each kind, (n, 28, 28) uint8; `two_digits` combines `digits` (m, 28, 28) uint8.

    Blank, noise and two digits are drawn here. The others are pages, prepared as the recognizer prepares every picture.
    """
    rng = ood_set.rng("blank images")  # the strings seed the generators: another one gives other images
    # Uniform gray with sensor noise: what a preparation that takes paper for ink would give.
    gray, camera = rng.uniform(0, 255, (count, 1, 1)), rng.uniform(0, 8, (count, 1, 1))
    blank = np.clip(gray + camera * rng.normal(size=(count, FIELD, FIELD)), 0, 255).astype(np.uint8)
    rng = ood_set.rng("noise images")
    sides = rng.choice([1, 2, 4, 7], count)
    noise = np.stack([pages.random_squares(rng, side, FIELD) for side in sides])
    images = {"blank": blank, "noise": noise, "two_digits": two_digits(ood_set.rng("two digits"), digits, count)}
    for kind in PREPARED:
        prepared = chain.from_iterable(map(mnist_format.prepare, pages.kinds(ood_set)[kind]()))  # none without ink
        images[kind] = np.stack([*islice(prepared, count)])
    return images


def two_digits(rng: np.random.Generator, digits: np.ndarray, count: int) -> np.ndarray:
    """Two of `digits` side by side, which may overlap: each is moved by 3 to 7 pixels from the middle."""

    def moved(image: np.ndarray, pixels: int) -> np.ndarray:  # to the right, and cropped
        return np.pad(image, ((0, 0), (7, 7)))[:, 7 - pixels : 7 - pixels + FIELD]

    first, second = digits[rng.integers(0, len(digits), (count, 2))].swapaxes(0, 1)
    left, right = rng.integers(3, 7 + 1, (count, 2)).T
    sides = [*map(moved, first, -left)], [*map(moved, second, right)]
    return np.maximum(*map(np.stack, sides))


def section() -> dict[str, Any] | None:
    """What the studies' page shows of the first seed of each measured model; None if none was measured.

    By kind of image it shows the exported model.
    """
    params = load_params()
    measured = [run for run in first_seed(all_runs(params.train)) if (METRICS / f"{run}.json").exists()]
    if not measured:
        return None
    exported = Run(params.export.recipe, params.export.seed)
    shown = exported if (METRICS / f"{exported}.csv").exists() else measured[0]
    kinds = files.read_csv(METRICS / f"{shown}.csv")
    return {
        "models": model_table(measured),
        "shown": str(shown),
        "kinds": detector_table(kinds[kinds["ood_set"] == "test"], "kind"),
        "novel_classes": detector_table(files.read_csv(METRICS / "novel_classes.csv"), "digits left out"),
        "samples": plots.data_uri(SAMPLES.read_bytes()),
    }


def model_table(runs: list[Run]) -> pd.DataFrame:
    """AUROC and FPR95 of each detector on the set ood_test, and the detector selected on ood_val, as text."""
    rows = []
    for run in runs:
        numbers = files.read_json(METRICS / f"{run}.json")
        scores = {name: _pair(*(numbers[f"test_{name}_{measure}"] for measure in MEASURES)) for name in DETECTORS}
        rows.append({"model": run.recipe, **scores, "selected": select_detector(numbers)})
    return rendering.as_text(pd.DataFrame(rows), 1)


def detector_table(table: pd.DataFrame, title: str) -> pd.DataFrame:
    """`table`, one row per `kind` and `detector`, as text with a column for each detector; `title` heads the kinds."""
    rows = []
    for kind, scores in table.groupby("kind", sort=False):
        pairs = {row["detector"]: _pair(row["auroc"], row["fpr95"]) for row in scores.to_dict("records")}
        rows.append({title: kind, "images": scores["images"].iloc[0], **pairs})
    return rendering.as_text(pd.DataFrame(rows), 1)


def _pair(auroc: float, fpr95: float) -> str:
    return f"{auroc:.4f}, {fpr95:.1%}"


if __name__ == "__main__":
    run_stage(__doc__, make, evaluate)
