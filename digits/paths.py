"""The name of every artifact, once. Relative to the root of the repository, where DVC runs the stages.

Knows names only; what is in the files is the business of those who write them. A test holds dvc.yaml to this page.
"""

from dataclasses import dataclass
from pathlib import Path

RAW = Path("data/raw")  # as fetched: train/ and test/
PROCESSED = Path("data/processed")  # checked and split: train/, validation/ and test/
NORMALISATION = PROCESSED / "normalisation.json"

DATASET = Path("metrics/dataset.json")
SPLITS = Path("metrics/splits.json")
CLASS_COUNTS = Path("plots/class_counts.csv")
CLASS_SAMPLES = Path("plots/class_samples.png")

RECOGNISER = Path("models/recogniser")  # what is exported of one model, for use elsewhere, with its card
EXPORT = Path("metrics/export.json")
RECOGNISER_SCORES = Path("metrics/recogniser.json")
RECOGNISER_TABLES = Path("metrics/recogniser")  # what else it was put to: printed digits, pages without one

CHANGED = Path("data/changed")  # test images after each corruption, and by degrees; validation images to choose by
CORRUPTED = CHANGED / "corruptions.npz"
CORRUPTED_TO_CHOOSE = CHANGED / "corruptions_to_choose.npz"
BY_DEGREES = CHANGED / "invariance.npz"
CORRUPTION_SAMPLES = Path("plots/corruptions.png")

OUTLIERS = Path("data/outliers")  # images that are no digit
TO_CHOOSE = OUTLIERS / "choosing.npz"
TO_MEASURE = OUTLIERS / "measuring.npz"
OUTLIER_SAMPLES = Path("plots/outliers.png")

HELD_OUT = Path("metrics/held_out.json")  # digits that a model was not trained on
HELD_OUT_DIGITS = Path("metrics/held_out.csv")

SUSPECTS = Path("metrics/suspects.csv")  # train images whose label is doubtful
AUDIT = Path("metrics/audit.json")
SUSPECT_PICTURES = Path("plots/suspects.png")

STUDY = Path("metrics/study.csv")  # of many seeds, written by `make study` and not by a stage

REPORT_PAGE = Path("reports/index.html")
REPORT_MARKDOWN = Path("reports/report.md")

LOGS = Path("logs")  # tracked by nobody: TensorBoard's files, and what differs from run to run
DURATIONS = LOGS / "durations.csv"


@dataclass(frozen=True)
class Cell:
    """One trained model: a recipe and a seed, and where everything that is known about it lies."""

    recipe: str
    seed: int

    def __str__(self) -> str:
        return f"{self.recipe}-{self.seed}"

    @property
    def model(self) -> Path:
        return Path(f"models/{self}.keras")

    @property
    def training(self) -> Path:
        return Path(f"metrics/train/{self}.json")

    @property
    def history(self) -> Path:
        return Path(f"plots/history/{self}.csv")

    @property
    def tensorboard(self) -> Path:
        return LOGS / "tensorboard" / str(self)

    @property
    def scores(self) -> Path:
        return Path(f"metrics/test/{self}.json")

    @property
    def classes(self) -> Path:
        return Path(f"metrics/classes/{self}.csv")

    @property
    def errors(self) -> Path:
        return Path(f"metrics/errors/{self}.csv")

    @property
    def error_images(self) -> Path:
        """The misread images, one below the other in the order of `errors`."""
        return Path(f"metrics/errors/{self}.png")

    @property
    def predictions(self) -> Path:
        """The labels of the test images and what the model gives for each: to compare and to combine models by."""
        return Path(f"predictions/{self}.npz")

    @property
    def confusion(self) -> Path:
        return Path(f"plots/confusion/{self}.csv")

    @property
    def reliability(self) -> Path:
        return Path(f"plots/reliability/{self}.csv")

    @property
    def calibration(self) -> Path:
        return Path(f"metrics/calibration/{self}.json")

    @property
    def calibrated(self) -> Path:
        """As `reliability`, after the temperature."""
        return Path(f"plots/calibrated/{self}.csv")

    @property
    def coverage(self) -> Path:
        return Path(f"plots/coverage/{self}.csv")

    @property
    def subspace(self) -> Path:
        """Where the model's features of digits lie."""
        return Path(f"models/subspaces/{self}.npz")

    @property
    def detection(self) -> Path:
        return Path(f"metrics/detection/{self}.json")

    @property
    def detectors(self) -> Path:
        """By kind of image that is no digit."""
        return Path(f"metrics/detectors/{self}.csv")

    @property
    def robustness(self) -> Path:
        return Path(f"metrics/robustness/{self}.json")

    @property
    def corruptions(self) -> Path:
        return Path(f"plots/corruptions/{self}.csv")

    @property
    def invariance(self) -> Path:
        return Path(f"plots/invariance/{self}.csv")

    @property
    def adversarial(self) -> Path:
        return Path(f"plots/adversarial/{self}.csv")

    @property
    def digits(self) -> Path:
        """A folder of pictures of test images: predictions and errors."""
        return Path(f"plots/digits/{self}")

    @property
    def pictures(self) -> Path:
        """A folder of the drawings for the Markdown report, of which `dvc plots` draws its own."""
        return Path(f"plots/pictures/{self}")
