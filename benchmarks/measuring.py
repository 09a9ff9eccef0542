"""Time of a block, time and memory of a Python process, measured from outside on Linux, and the pages with them."""

import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from digits.core.errors import UserError

POLL = 0.05  # seconds between two measurements of the memory


@contextmanager
def timed(seconds: dict[str, Any], what: str) -> Iterator[None]:
    """Note in `seconds` how long the block takes, by the name `what`."""
    start = time.perf_counter()
    yield
    seconds[what] = time.perf_counter() - start


def run(words: list[str], folder: Path = Path()) -> dict[str, float]:
    """Run `python *words` in `folder`; return its `seconds` and the most memory that it had, in MiB.

    `allocated` leaves out mapped files, whose pages the system takes back when it needs them; `resident` counts them.
    If the last line that the process prints is a JSON object, its numbers are added. Raises UserError if it fails.
    """
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([sys.executable, *words], cwd=folder, stdout=output, stderr=subprocess.STDOUT)
        allocated = resident = 0.0
        while process.poll() is None:
            now = memory(process.pid)
            allocated, resident = max(allocated, now.get("RssAnon", 0)), max(resident, now.get("VmHWM", 0))
            time.sleep(POLL)
        seconds = time.perf_counter() - start
        output.seek(0)
        last = (output.read().strip().splitlines() or [""])[-1]
    if process.returncode:
        raise UserError(f"{' '.join(words)} failed: {last}")
    printed = json.loads(last) if last.startswith("{") else {}
    return {"seconds": seconds, "allocated": allocated, "resident": resident, **printed}


def memory(process: int) -> dict[str, float]:
    """The memory of `process` in MiB, by Linux's names ("VmRSS" is what is resident now); empty once it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return {name: int(value.split()[0]) / 1024 for name, value in (it.split(":") for it in lines) if " kB" in value}


def processor() -> str:
    """The processor's name and the number of cores."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} cores" if names else platform.processor() or platform.machine()


def fill(page: str, **values: object) -> str:
    """The text of benchmarks/templates/`page` with `values`, and the name of the `processor`, put in."""
    template = (Path(__file__).parent / "templates" / page).read_text(encoding="utf-8")
    return template.format(processor=processor(), **values)
