"""The artifacts of this study."""

from pathlib import Path

from digits.config.runs import Run

IMAGES = Path("data/ood")  # out-of-distribution images
OOD_VAL = IMAGES / "ood_val.npz"  # to select a detector on
OOD_TEST = IMAGES / "ood_test.npz"  # to evaluate it on
SAMPLES = Path("plots/ood/samples.png")

NOVEL_CLASSES = Path("metrics/ood/novel_classes.json")  # means over groups of digits that a model was not trained on
NOVEL_CLASSES_TABLE = Path("metrics/ood/novel_classes.csv")


def metrics(run: Run) -> Path:
    return Path(f"metrics/ood/{run}.json")


def table(run: Run) -> Path:
    """One row per kind of image and detector."""
    return Path(f"metrics/ood/{run}.csv")
