"""The artifact of this study."""

from pathlib import Path

PAGE = Path("reports/studies.html")
