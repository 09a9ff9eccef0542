"""Where the jobs of a sweep run: one after another in this process, or on Ray, which retries what is lost."""

import itertools
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import digits
from digits.core.determinism import THREADS
from digits.experiments import workspaces
from digits.experiments.jobs import Job
from digits.experiments.sweep_spec import SweepSpec
from digits.experiments.workspaces import JobResult

RETRIES = 3  # of a job whose process or node is lost
SUBMITTED = 1000  # jobs that Ray knows at a time
Work = Callable[[SweepSpec, Job], JobResult]


class LocalExecutor:
    """One job after another. `name` says where that is, `shares_disk` whether on this machine."""

    name = "this machine, one after another"
    shares_disk = True

    def __init__(self, work: Work = workspaces.run) -> None:
        self._work = work

    def results(self, spec: SweepSpec, jobs: Iterable[Job]) -> Iterator[JobResult]:
        """One result for each of `jobs`, in the order in which they end."""
        return (self._work(spec, job) for job in jobs)


class RayExecutor:
    """The Ray cluster at RAY_ADDRESS, or one of this process's own, which ends with it."""

    def __init__(self, work: Work = workspaces.run) -> None:
        address = os.environ.get("RAY_ADDRESS")
        if address:  # no other cluster gets our code; Ray reads this when it is imported
            os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster of our own reports nothing to Ray's makers
        import ray

        own: dict[str, Any] = {"include_dashboard": False, "num_cpus": max(THREADS, os.cpu_count() or THREADS)}
        package = Path(str(digits.__file__)).parent  # nodes run this very code, whatever version they have
        ray.init(
            address=address or "local",
            runtime_env={"py_modules": [str(package)]},
            log_to_driver=False,
            logging_level=logging.ERROR,
            **({} if address else own),
        )
        self._ray, self._work = ray, work
        self.name = f"Ray at {address}" if address else "Ray on this machine"
        self.shares_disk = not address

    def results(self, spec: SweepSpec, jobs: Iterable[Job]) -> Iterator[JobResult]:
        ray = self._ray
        remote = ray.remote(num_cpus=THREADS, max_retries=RETRIES, scheduling_strategy="SPREAD")(_on_node)
        shared, left = ray.put(spec), iter(jobs)
        waiting: dict[Any, Job] = {}
        while True:
            for job in itertools.islice(left, SUBMITTED - len(waiting)):
                waiting[remote.options(name=job.name).remote(self._work, shared, job)] = job
            if not waiting:
                return
            (done,), _ = ray.wait(list(waiting), num_returns=1)
            job = waiting.pop(done)
            try:
                yield ray.get(done)
            except ray.exceptions.RayError as error:  # its process or node was lost more than RETRIES times
                reason = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
                yield JobResult(job, reason=reason, output=str(error))


def _on_node(work: Work, spec: SweepSpec, job: Job) -> JobResult:
    import ray

    return replace(work(spec, job), node=ray.util.get_node_ip_address())


def choose() -> LocalExecutor | RayExecutor:
    """Ray if it is installed."""
    try:
        return RayExecutor()
    except ImportError:
        return LocalExecutor()
