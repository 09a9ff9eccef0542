"""The artifacts of this study."""

from pathlib import Path

from digits.config.runs import Run

IMAGES = Path("data/corrupted")  # test images by corruption and transform, and validation images by corruption
CORRUPTED = IMAGES / "corruptions.npz"
CORRUPTED_VALIDATION = IMAGES / "corruptions_val.npz"
TRANSFORMED = IMAGES / "transforms.npz"
SAMPLES = Path("plots/robustness/corruptions.png")


def metrics(run: Run) -> Path:
    return Path(f"metrics/robustness/{run}.json")


def validation_metrics(run: Run) -> Path:
    return Path(f"metrics/robustness_validation/{run}.json")


def table(name: str, run: Run) -> Path:
    """The table `name`: corruptions, transforms or attacks."""
    return Path(f"plots/robustness/{name}/{run}.csv")
