"""How far a sweep is, a line for each thing that happens: done, running, failed, the best so far, the time left."""

import time
from collections.abc import Callable

from digits.sweeps import Job

Results = tuple[dict[Job, dict[str, float]], dict[Job, str]]  # metrics of those that are done, reasons of the others


class Progress:
    """Of `total` jobs, of which `slots` run at a time."""

    def __init__(self, total: int, slots: Callable[[], int], clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._slots, self._clock = total, slots, clock
        self._start = clock()
        self._restored = 0
        self.results: Results = {}, {}

    def restored(self, job: Job, metrics: dict[str, float]) -> None:
        """`job` was done by an earlier sweep."""
        self.results[0][job] = metrics
        self._restored += 1

    def done(self, job: Job, metrics: dict[str, float], node: str) -> None:
        self.results[0][job] = metrics
        self._tell(job, f"{metrics['validation_accuracy']:.2%} on validation, {node}")

    def failed(self, job: Job, reason: str) -> None:
        self.results[1][job] = reason
        self._tell(job, f"failed: {reason}")

    def _tell(self, job: Job, what: str) -> None:
        print(f"sweep: {job}: {what}\n       {self.line()}", flush=True)

    def line(self) -> str:
        """All in one line."""
        done, failed = len(self.results[0]), len(self.results[1])
        left = self._total - done - failed
        parts = [f"{done} of {self._total} done", f"{min(left, self._slots())} running", f"{failed} failed"]
        if done:
            best, metrics = max(self.results[0].items(), key=lambda it: it[1]["validation_accuracy"])
            parts.append(f"best {metrics['validation_accuracy']:.2%} by {best.name}")
        if new := done + failed - self._restored:
            seconds = (self._clock() - self._start) / new * left  # what runs at a time is in the pace
            parts.append(f"about {seconds / 60:.0f} min left")
        return ", ".join(parts)
