"""Where the jobs of a sweep run: one after another in this process, or on Ray, which retries what is lost."""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import digits
from digits.core.determinism import THREADS
from digits.experiments import workspaces
from digits.experiments.plans import Job
from digits.experiments.sweep_spec import JobResult, SweepSpec

RETRIES = 3  # of a job whose process or node is lost


class Executor(Protocol):
    """Runs jobs; `name` says where."""

    name: str

    def results(self, spec: SweepSpec, jobs: list[Job]) -> Iterator[JobResult]:
        """One result for each of `jobs`, in the order in which they end."""


class LocalExecutor:
    """One job after another."""

    name = "this machine, one after another"

    def results(self, spec: SweepSpec, jobs: list[Job]) -> Iterator[JobResult]:
        for job in jobs:
            yield workspaces.run(spec, job)


class RayExecutor:
    """The Ray cluster at RAY_ADDRESS, or one of this process's own, which ends with it."""

    def __init__(self) -> None:
        address = os.environ.get("RAY_ADDRESS")
        if address:  # no other cluster gets our code; Ray reads this when it is imported
            os.environ.setdefault("RAY_AUTH_MODE", "token")
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
        self._ray = ray
        self.name = f"Ray at {address}" if address else "Ray on this machine"

    def results(self, spec: SweepSpec, jobs: list[Job]) -> Iterator[JobResult]:
        ray = self._ray
        work = ray.remote(num_cpus=THREADS, max_retries=RETRIES, scheduling_strategy="SPREAD")(_on_node)
        shared = ray.put(spec)
        waiting = {work.options(name=job.name).remote(shared, job): job for job in jobs}
        while waiting:
            (done,), _ = ray.wait(list(waiting), num_returns=1)
            job = waiting.pop(done)
            try:
                yield ray.get(done)
            except ray.exceptions.RayError as error:  # its process or node was lost more than RETRIES times
                reason = f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"
                yield JobResult(job, reason=reason, output=str(error))


def _on_node(spec: SweepSpec, job: Job) -> JobResult:
    import ray

    return replace(workspaces.run(spec, job), node=ray.util.get_node_ip_address())


def choose() -> Executor:
    """Ray if it is installed."""
    try:
        return RayExecutor()
    except ImportError:
        return LocalExecutor()
