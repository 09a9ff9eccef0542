"""The artifacts of this study."""

from pathlib import Path

RECOGNIZER = Path("metrics/hands/recognizer.json")
PRINTED = Path("metrics/hands/printed.csv")
REJECTION = Path("metrics/hands/rejection.csv")
