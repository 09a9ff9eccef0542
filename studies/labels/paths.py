"""The artifacts of this study."""

from pathlib import Path

AUDIT = Path("metrics/labels/audit.json")
SUSPECTS = Path("metrics/labels/suspects.csv")  # train images whose label is doubtful
PICTURES = Path("plots/labels/suspects.png")
