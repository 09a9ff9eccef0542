"""What this study writes. What it reads, a sweep writes, see digits/experiments/seeds.py."""

from pathlib import Path

SUMMARY = Path("metrics/seeds/summary.csv")
VARIANCE = Path("metrics/seeds/variance.csv")
PUBLISHED = Path(
    "studies/seeds/published.csv"
)  # by others: the net's size and test accuracy, and what it was chosen on
