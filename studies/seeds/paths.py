"""What this study writes. What it reads, a sweep writes, see digits/experiments/seeds.py."""

from pathlib import Path

SUMMARY = Path("metrics/seeds/summary.csv")
VARIANCE = Path("metrics/seeds/variance.csv")
# By others: the size of a net, its test accuracy, and the images that it was chosen on.
PUBLISHED = Path("studies/seeds/published.csv")
