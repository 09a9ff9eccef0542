"""docs/performance.md, into which each benchmark writes its own part."""

import platform
from pathlib import Path

from digits import files

PAGE = Path("docs/performance.md")


def write(part: str, text: str) -> None:
    """Put `text` and the machine that it was measured on between the markers of `part` in PAGE."""
    start, end = f"<!-- {part}: start -->\n", f"<!-- {part}: end -->"
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(start)
    files.write_text(PAGE, f"{before}{start}{text}\nMeasured on {processor()}.\n{end}{rest.partition(end)[2]}")


def processor() -> str:
    """The processor's name and the number of cores."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.processor() or platform.machine()
