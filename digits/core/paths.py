"""The name of every artifact of the core pipeline, once, relative to the root of the repository.

What is in the files is the business of those who write them. A test holds dvc.yaml to this page. The artifacts of one
trained model are named by `config.runs`; those of a study in the study's own folder.
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
