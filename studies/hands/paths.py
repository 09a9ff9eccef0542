"""The artifacts of this study."""

from pathlib import Path

from digits.config.runs import Run

HANDS = Path("data/hands")  # other people's handwriting, a file per set
HANDWRITING = Path("metrics/hands/handwriting.csv")
PAPER = Path("metrics/hands/paper.csv")
PICTURES = Path("metrics/hands/pictures/recognizer.json")
MISREAD = Path("plots/hands/misread.png")
ROWS = Path("metrics/hands/rows.csv")
ROWS_PICTURE = Path("plots/hands/rows.png")
PAPER_PICTURE = Path("plots/hands/paper.png")
LEARNING = Path("metrics/hands/learning.csv")
RECOGNIZER = Path("metrics/hands/recognizer.json")
PRINTED = Path("metrics/hands/printed.csv")
REJECTION = Path("metrics/hands/rejection.csv")


def validation_metrics(run: Run) -> Path:
    """For choices, not for comparisons between versions."""
    return Path(f"metrics/hands_validation/{run}.json")
