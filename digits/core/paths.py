"""The path of every artifact of the core pipeline, relative to the root of the repository.

A test checks that dvc.yaml and this module name the same files. `config.runs` names the artifacts of one trained model,
each study its own.
"""

from pathlib import Path

RAW = Path("data/raw")  # as fetched: train/ and test/
PROCESSED = Path("data/processed")  # checked and split: train/, validation/ and test/
NORMALIZATION = PROCESSED / "normalization.json"

DATASET = Path("metrics/dataset.json")
SPLITS = Path("metrics/splits.json")
CLASS_COUNTS = Path("plots/class_counts.csv")
CLASS_SAMPLES = Path("plots/class_samples.png")

RECOGNIZER = Path("models/recognizer")  # one model exported for use without TensorFlow, with its card
EXPORT = Path("metrics/export.json")

REPORT_PAGE = Path("reports/index.html")
REPORT_MARKDOWN = Path("reports/report.md")

LOGS = Path("logs")  # tracked by nothing: TensorBoard's files, and what differs from run to run
TIMINGS = LOGS / "timings.csv"
