"""What all stages and apps do around their work: one line of result, one line of error, a record of the cost."""

import resource
import sys
import time
from collections.abc import Callable

from digits.core.errors import UserError
from digits.core.paths import TIMINGS

USER_ERROR = 2  # exit code for what a user can cause and fix
INTERRUPTED = 130  # what shells give a program ended by Ctrl-C


def execute(name: str, work: Callable[[], str]) -> None:
    """Run `work` and print the line that it returns, if any.

    UserError and OSError become one line on standard error and exit code 2; with `python -X dev` they keep their
    traceback. Any other exception is a bug and keeps its traceback always.
    """
    start = time.perf_counter()
    try:
        result = work()
        _record_cost(name, time.perf_counter() - start)
    except KeyboardInterrupt:
        print(f"{name}: interrupted; run it again, its outputs may be incomplete", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except (UserError, OSError) as error:
        if sys.flags.dev_mode:
            raise
        print(f"{name}: {_describe(error)}", file=sys.stderr)
        sys.exit(USER_ERROR)
    if result:
        print(f"{name}: {result}")


def _describe(error: Exception) -> str:
    if isinstance(error, FileNotFoundError) and error.filename:
        return f"{error.filename} does not exist; run `dvc repro`, which makes what a stage needs before it starts"
    return " ".join(str(error).split())


def _record_cost(name: str, seconds: float) -> None:
    """Add a line to a file that nothing tracks: costs differ from run to run, results must not."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, KiB elsewhere
    mebibytes = peak / 2**20 if sys.platform == "darwin" else peak / 2**10
    TIMINGS.parent.mkdir(parents=True, exist_ok=True)
    if not TIMINGS.exists():
        TIMINGS.write_text("name,seconds,peak_mebibytes\n", encoding="utf-8")
    with TIMINGS.open("a", encoding="utf-8") as file:
        file.write(f"{name},{seconds:.1f},{mebibytes:.0f}\n")
