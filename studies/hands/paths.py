"""The artifacts of this study."""

from pathlib import Path

HANDS = Path("data/hands")  # other people's handwriting, a file per set
HANDWRITING = Path("metrics/hands/handwriting.csv")
PAPER = Path("metrics/hands/paper.csv")
PICTURES = Path("metrics/hands/pictures/recognizer.json")
PAPER_PICTURE = Path("plots/hands/paper.png")
RECOGNIZER = Path("metrics/hands/recognizer.json")
PRINTED = Path("metrics/hands/printed.csv")
REJECTION = Path("metrics/hands/rejection.csv")
