"""Where jobs run: one after another in this process, or on Ray, which places them on nodes and retries what is lost.

Knows Ray, and how to do without it. What a job is and does is known to `sweeps` and `workspaces`; this hands on their
outcomes as they come.
"""

import logging
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from digits import workspaces
from digits.pinning import THREADS
from digits.sweeps import Job
from digits.workspaces import Outcome, Parcel

RETRIES = 3  # of a job whose process or node is lost


class Placement(Protocol):
    """A place to run jobs in: `slots` of them at a time, all described by `name`."""

    name: str

    @property
    def slots(self) -> int: ...

    def outcomes(self, parcel: Parcel, jobs: list[Job]) -> Iterator[Outcome]: ...


class InTurn:
    """One job after another."""

    name = "this machine, one after another"
    slots = 1

    def outcomes(self, parcel: Parcel, jobs: list[Job]) -> Iterator[Outcome]:
        for job in jobs:
            yield workspaces.run(parcel, job)


class OnRay:
    """The Ray cluster at RAY_ADDRESS; without that one of this process's own, gone with it."""

    def __init__(self) -> None:
        address = os.environ.get("RAY_ADDRESS")
        if address:  # a node without the cluster's token runs nothing of ours; Ray reads this when it is imported
            os.environ.setdefault("RAY_AUTH_MODE", "token")
        import ray

        own: dict[str, Any] = (
            {} if address else {"include_dashboard": False, "num_cpus": max(THREADS, os.cpu_count() or THREADS)}
        )
        code = {"py_modules": [str(Path(__file__).parent)]}  # nodes run this very code, whatever lies there
        ray.init(address=address or "local", runtime_env=code, log_to_driver=False, logging_level=logging.ERROR, **own)
        self._ray = ray
        self.name = f"Ray at {address}" if address else "Ray on this machine"

    @property
    def slots(self) -> int:
        """Nodes come and go, so this may change."""
        return int(self._ray.cluster_resources().get("CPU", 0)) // THREADS

    def outcomes(self, parcel: Parcel, jobs: list[Job]) -> Iterator[Outcome]:
        ray = self._ray
        work = ray.remote(num_cpus=THREADS, max_retries=RETRIES, scheduling_strategy="SPREAD")(_on_node)
        shared = ray.put(parcel)
        waiting = {work.options(name=job.name).remote(shared, job): job for job in jobs}
        while waiting:
            (done,), _ = ray.wait(list(waiting), num_returns=1)
            job = waiting.pop(done)
            try:
                yield ray.get(done)
            except ray.exceptions.RayError as error:  # its process or node was lost more than RETRIES times
                yield Outcome(job, reason=f"{type(error).__name__}: {str(error).strip().splitlines()[0]}")


def _on_node(parcel: Parcel, job: Job) -> Outcome:
    import ray

    return replace(workspaces.run(parcel, job), node=ray.util.get_node_ip_address())


def choose() -> Placement:
    """Ray if it is installed."""
    try:
        return OnRay()
    except ImportError:
        return InTurn()
