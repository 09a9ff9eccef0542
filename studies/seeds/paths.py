"""The artifacts of this study, which `make seeds` measures: see digits/experiments/seeds.py."""

from pathlib import Path

SUMMARY = Path("metrics/seeds/summary.csv")
VARIANCE = Path("metrics/seeds/variance.csv")
