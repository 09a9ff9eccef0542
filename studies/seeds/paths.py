"""What this study writes. What it reads, `make seeds` writes; those paths are in digits/experiments/seeds.py."""

from pathlib import Path

SUMMARY = Path("metrics/seeds/summary.csv")
VARIANCE = Path("metrics/seeds/variance.csv")
