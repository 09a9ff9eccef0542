"""Study: accuracy on corrupted and transformed images and under attack.

Gradual transforms are for curves of accuracy. An attack changes each pixel by at most epsilon, a share of full scale;
accuracy under these two attacks is an upper bound: another one may find more errors.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import ndimage
from sklearn.metrics import log_loss

from digits import data, files, metrics, plots
from digits.config import PROCESSED, Run, all_runs, first_seed, load_params, load_section
from digits.determinism import pin_tensorflow
from studies import run_stage
from studies.corruptions import CORRUPTIONS, VALIDATION_CORRUPTIONS, as_bytes, corrupted, scale
from studies.params import Robustness

if TYPE_CHECKING:
    import keras

IMAGES = Path("data/corrupted")
METRICS, PLOTS = Path("metrics/robustness"), Path("plots/robustness")
SEED = 0  # of the corruptions
PGD_STEPS = 20
FULL = 255.0  # full scale, in gray levels

Predict = Callable[[np.ndarray], np.ndarray]  # a model: images (n, 28, 28, 1) uint8 to probabilities (n, 10)
Tables = dict[str, pd.DataFrame]  # by recipe


def make() -> None:
    """Corrupt and transform the first test images, and corrupt as many validation images, once for all models.

    Writes data/corrupted/, with images (severities or amounts, n, 28, 28) uint8 by corruption or transform and their
    labels (n,), and a picture of the first images under each corruption, at its published severity.
    """
    count = load_section("robustness", Robustness).n_images
    test, validation = (data.load(PROCESSED / split) for split in ("test", "validation"))
    images, val_images = test.images[:count, ..., 0], validation.images[:count, ..., 0]
    sets = {name: corrupted(images, CORRUPTIONS, name, SEED) for name in CORRUPTIONS}
    val_sets = {name: corrupted(val_images, VALIDATION_CORRUPTIONS, name, SEED) for name in VALIDATION_CORRUPTIONS}
    with files.atomic_write(IMAGES) as folder:
        folder.mkdir()
        files.write_arrays(folder / "corruptions.npz", labels=test.labels[:count], **sets)
        files.write_arrays(folder / "transforms.npz", **{name: transformed(images, name) for name in TRANSFORMS})
        files.write_arrays(folder / "corruptions_val.npz", labels=validation.labels[:count], **val_sets)
    shown = {name: sets[name][corruption.published - 1][:8] for name, corruption in CORRUPTIONS.items()}
    plots.save_png(plots.rows_of_kinds(shown), PLOTS / "corruptions.png")
    print(f"{len(images):,} images under {len(sets)} corruptions and {len(TRANSFORMS)} transforms")


def evaluate(run: Run) -> None:
    """Measure one model on corrupted and transformed test images and under attack."""
    bins, section = load_params().evaluate.calibration_bins, load_section("robustness", Robustness)
    pin_tensorflow(run.seed)
    from digits import models  # imports TensorFlow: the pins come first

    model = models.load(run.model)
    predict = partial(models.predict, model)
    sets, transforms = (dict(np.load(IMAGES / f"{name}.npz")) for name in ("corruptions", "transforms"))
    labels = sets.pop("labels")
    attacked = data.LabeledImages(*(array[: section.n_attacked] for array in data.load(PROCESSED / "test")))
    tables = {
        "corruptions": under_corruptions(predict, labels, sets, bins),
        "transforms": under_transforms(predict, labels, transforms),
        "attacks": under_attacks(model, attacked, section.epsilons, run.seed),
    }
    for name, table in tables.items():
        files.write_csv(PLOTS / name / f"{run}.csv", table)
    scores = summary(tables["corruptions"], tables["attacks"])
    files.write_json(METRICS / f"{run}.json", scores)
    worst = scores["corrupted_worst_accuracy"]
    print(f"accuracy under corruption {scores['corrupted_accuracy']:.2%}, under the worst {worst:.2%}")


def validate(run: Run) -> None:
    """Measure one model on corrupted validation images, for choices: test images play no part."""
    pin_tensorflow(run.seed)
    from digits import models  # imports TensorFlow: the pins come first

    predict = partial(models.predict, models.load(run.model))
    sets = dict(np.load(IMAGES / "corruptions_val.npz"))
    labels = sets.pop("labels")
    severities = [images for of_corruption in sets.values() for images in of_corruption]
    mean = float(np.mean([_accuracy(predict(images[..., np.newaxis]), labels) for images in severities]))
    files.write_json(Path(f"metrics/robustness_validation/{run}.json"), {"validation_corrupted_accuracy": mean})
    print(f"accuracy on corrupted validation images {mean:.2%}")


class Transform(NamedTuple):
    """`apply(images, amount, rng)` transforms; one of `amounts`, in `unit`, changes nothing."""

    apply: Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
    amounts: tuple[float, ...]
    unit: str


def stroke(x: np.ndarray, pixels: float, rng: np.random.Generator) -> np.ndarray:
    """Widen strokes by `pixels`, or thin them if negative; fractions interpolate between two widths."""
    steps = int(np.floor(abs(pixels)))
    widen = ndimage.grey_dilation if pixels > 0 else ndimage.grey_erosion
    less, more = (x if width == 0 else widen(x, size=(1, width + 1, width + 1)) for width in (steps, steps + 1))
    share = abs(pixels) - steps
    return (1 - share) * less + share * more


TRANSFORMS = {
    "rotation": Transform(
        lambda x, degrees, _: ndimage.rotate(x, degrees, axes=(1, 2), reshape=False, order=1),
        (-60, -45, -30, -20, -10, 0, 10, 20, 30, 45, 60),
        "degrees",
    ),
    "shift": Transform(
        lambda x, pixels, _: ndimage.shift(x, (0, 0, pixels), order=1),
        (-6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6),
        "pixels",
    ),
    "scale": Transform(scale, (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3), "times"),
    "stroke": Transform(stroke, (-1.5, -1, -0.5, 0, 0.5, 1, 2, 3), "pixels"),
    "contrast": Transform(lambda x, factor, _: factor * x, (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0), "times"),
    "noise": Transform(
        VALIDATION_CORRUPTIONS["gaussian_noise"].apply, (0.0, 0.1, 0.2, 0.3, 0.4, 0.6), "standard deviation"
    ),
}


def transformed(images: np.ndarray, name: str) -> np.ndarray:
    """`images` (n, 28, 28) uint8 after transform `name` by each of its amounts, (amounts, n, 28, 28) uint8."""
    apply, amounts, _ = TRANSFORMS[name]
    seeds = [SEED, list(TRANSFORMS).index(name)]
    return np.stack([as_bytes(apply(images / 255, amount, np.random.default_rng(seeds))) for amount in amounts])


def under_corruptions(predict: Predict, labels: np.ndarray, sets: dict[str, np.ndarray], bins: int) -> pd.DataFrame:
    """A row per corruption and severity: `published`, whether MNIST-C uses it, `accuracy`, `nll`, and `ece` in `bins`.

    `sets` holds the images of each corruption, (severities, n, 28, 28) uint8, all with the same `labels` (n,).
    """
    rows = []
    for name, corruption in CORRUPTIONS.items():
        for severity, images in enumerate(sets[name], start=1):
            probabilities = metrics.normalized(predict(images[..., np.newaxis]))
            accuracy = _accuracy(probabilities, labels)
            nll = log_loss(labels, probabilities, labels=metrics.ALL_CLASSES)
            ece = metrics.expected_calibration_error(metrics.reliability(labels, probabilities, bins))
            rows.append((name, severity, severity == corruption.published, accuracy, nll, ece))
    return pd.DataFrame(rows, columns=["corruption", "severity", "published", "accuracy", "nll", "ece"])


def under_transforms(predict: Predict, labels: np.ndarray, sets: dict[str, np.ndarray]) -> pd.DataFrame:
    """One row per transform and amount: `change` (the transform), `amount`, `accuracy`."""
    return pd.DataFrame(
        {"change": name, "amount": amount, "accuracy": _accuracy(predict(images[..., np.newaxis]), labels)}
        for name, transform in TRANSFORMS.items()
        for amount, images in zip(transform.amounts, sets[name], strict=True)
    )


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


def under_attacks(
    model: "keras.Sequential", split: data.LabeledImages, epsilons: list[float], seed: int
) -> pd.DataFrame:
    """One row per attack and epsilon: `attack`, `epsilon`, `accuracy`. Epsilon 0 is the images as they are."""
    from digits.models import BATCH

    attacked = open_to_gradients(model)
    x = split.images.astype(np.float32)
    rows = []
    for name, attack in (("fgsm", fgsm), ("pgd", partial(pgd, seed=seed))):
        for epsilon in (0.0, *epsilons):
            changed = attack(attacked, x, split.labels, epsilon) if epsilon else x
            probabilities = attacked.predict(changed, batch_size=BATCH, verbose=0)
            rows.append({"attack": name, "epsilon": epsilon, "accuracy": _accuracy(probabilities, split.labels)})
    return pd.DataFrame(rows)


def open_to_gradients(model: "keras.Sequential") -> "keras.Sequential":
    """`model` with float32 input, 0 to 255, so that its loss has a gradient by the pixels."""
    import keras

    return keras.Sequential([keras.Input(model.input_shape[1:], dtype="float32"), *model.layers])


def fgsm(model: "keras.Sequential", x: np.ndarray, labels: np.ndarray, epsilon: float) -> np.ndarray:
    """Images `x` (n, 28, 28, 1) float32, 0 to 255, with each pixel `epsilon` up the loss (Goodfellow et al. 2015)."""
    return _within(x + epsilon * FULL * _uphill(model, x, labels), x, epsilon)


def pgd(model: "keras.Sequential", x: np.ndarray, labels: np.ndarray, epsilon: float, seed: int) -> np.ndarray:
    """`x` after PGD_STEPS steps up the loss, from a random start within `epsilon` (Madry et al. 2018)."""
    start = np.random.default_rng(seed).uniform(-epsilon * FULL, epsilon * FULL, x.shape)
    attacked = _within(x + start.astype(np.float32), x, epsilon)
    step = 2.5 * epsilon * FULL / PGD_STEPS  # the length of all steps is that of Madry et al.
    for _ in range(PGD_STEPS):
        attacked = _within(attacked + step * _uphill(model, attacked, labels), x, epsilon)
    return attacked


def _uphill(model: "keras.Sequential", x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The sign of the gradient of each image's loss by its pixels."""
    import keras
    import tensorflow as tf

    pixels = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        loss = keras.losses.sparse_categorical_crossentropy(labels, model(pixels, training=False))
    return np.sign(tape.gradient(loss, pixels).numpy())


def _within(attacked: np.ndarray, x: np.ndarray, epsilon: float) -> np.ndarray:
    return np.clip(np.clip(attacked, x - epsilon * FULL, x + epsilon * FULL), 0, FULL)


def summary(corrupted: pd.DataFrame, attacked: pd.DataFrame) -> dict[str, float]:
    """Means over the published severities, and accuracy under attack: pgd_100_accuracy at an epsilon of 0.1."""
    published = corrupted[corrupted["published"]]
    attacks = attacked[["attack", "epsilon", "accuracy"]].itertuples(index=False)
    return {
        "corrupted_accuracy": float(published["accuracy"].mean()),
        "corrupted_worst_accuracy": float(published["accuracy"].min()),
        "corrupted_nll": float(published["nll"].mean()),
        "corrupted_ece": float(published["ece"].mean()),
        **{f"{attack}_{epsilon * 1000:03.0f}_accuracy": accuracy for attack, epsilon, accuracy in attacks},
    }


def section() -> dict[str, Any] | None:
    """What the studies' page shows of the first seed of each measured model; None if none was measured."""
    train = load_params().train
    measured = [run for run in first_seed(all_runs(train)) if (METRICS / f"{run}.json").exists()]
    if not measured:
        return None
    corruptions, transforms, attacks = (
        {run.recipe: files.read_csv(PLOTS / name / f"{run}.csv") for run in measured}
        for name in ("corruptions", "transforms", "attacks")
    )
    text, error_rates = corruption_table(corruptions, train.models[0])
    curves = []
    for name, (_, _, unit) in TRANSFORMS.items():
        tables = {recipe: table[table["change"] == name] for recipe, table in transforms.items()}
        curves.append(plots.svg(partial(plots.draw_transform, tables=tables, label=f"{name} ({unit})"), (3.6, 2.9)))
    return {
        "corruptions": text,
        "error_rates": error_rates,
        "reference": train.models[0] if train.models[0] in corruptions else None,
        "transforms": curves,
        "attacks": plots.svg(partial(plots.draw_attacks, tables=attacks), (5.5, 3.6)),
        "attacks_table": attack_table(attacks),
        "samples": plots.data_uri((PLOTS / "corruptions.png").read_bytes()),
    }


def corruption_table(corruptions: Tables, reference: str) -> tuple[pd.DataFrame, list[list[float]]]:
    """Accuracy under each corruption at its published severity, and the mean, as text; and the error rates.

    Its last row, if `reference` was measured, is the mCE of Hendrycks and Dietterich (2019): the error at all
    severities, divided by that of `reference`, averaged over the corruptions under which `reference` makes errors.
    """
    published = {name: table[table["published"]] for name, table in corruptions.items()}
    accuracies = pd.DataFrame({name: table.set_index("corruption")["accuracy"] for name, table in published.items()})
    accuracies.loc["mean"] = accuracies.mean()
    text = accuracies.map("{:.1%}".format)
    if reference in corruptions:
        errors = {name: 1 - table.groupby("corruption")["accuracy"].mean() for name, table in corruptions.items()}
        ratios = {name: (error / errors[reference])[errors[reference] > 0].mean() for name, error in errors.items()}
        text.loc[f"mCE, {reference} = 1"] = {name: f"{ratio:.2f}" for name, ratio in ratios.items()}
    text.index = text.index.str.replace("_", " ")
    return text.rename_axis("corruption").reset_index(), (1 - accuracies).to_numpy().tolist()


def attack_table(attacks: Tables) -> pd.DataFrame:
    """Accuracy by attack and epsilon as text, one column per recipe."""
    by_attack = {name: table.set_index(["attack", "epsilon"])["accuracy"] for name, table in attacks.items()}
    text = pd.DataFrame(by_attack).map("{:.1%}".format).reset_index()
    text["attack"] = text["attack"].str.upper() + ", epsilon " + text.pop("epsilon").map("{:g}".format)
    return text


if __name__ == "__main__":
    run_stage(__doc__, make, evaluate, validate)
