"""A plan carried out: what its table lacks is trained, and every result goes to the table at once."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from digits.config.params import load_params
from digits.core import artifacts, paths
from digits.experiments import comparison, dvc_experiments, jobs, origin, seeds
from digits.experiments.jobs import Job
from digits.experiments.plans import JUDGES, Plan
from digits.experiments.workspaces import JobResult

LOGS = paths.LOGS / "sweep"
SUBJECT = ["group", "variant", "recipe", "changes", "seed", "fold"]
COUNTS = ["parameters", "judged", "validation_errors", "errors"]
MEASURES = [*COUNTS[:3], "validation_loss", *(it.measure for it in JUDGES.values()), "errors", "nll", "brier", "ece"]
COLUMNS = [*SUBJECT, *MEASURES, "dataset", "origin"]
PAUSE = 2.0  # seconds between two writings of the table; a killed sweep gets what it missed from DVC's run cache


class Sweep:
    """The plan called `name`, or the `chosen` groups of it. A row of the table counts if its origin is the present one.

    `planned` are the jobs of all rounds of all groups. Raises UserError if one of them is impossible.
    """

    def __init__(self, name: str, plan: Plan, chosen: Iterable[str] = ()) -> None:
        self.name, self.table, self.chosen = name, Path(plan.table), list(chosen) or list(plan.groups)
        recipes = load_params().recipes
        self.rounds = {
            name: jobs.rounds(name, group, recipes[group.recipes[0]].epochs if group.halving else 0)
            for name, group in plan.groups.items()
        }
        self.groups = {name: group for rounds in self.rounds.values() for name, group in rounds.items()}
        planned = [job for name, group in self.groups.items() for job in jobs.planned(name, group)]
        origin.check(planned)
        self.planned = origin.signed(planned)
        self.rows = read(self.table)
        self.trained: set[Job] = set()
        self.failed: set[Job] = set()
        self.failures = LOGS / f"{name}-failed.md"
        self.failures.unlink(missing_ok=True)
        self._written = 0.0

    def is_done(self, job: Job) -> bool:
        row = self.rows.get(job.key, {})
        return row.get("origin") == job.origin and row.get(job.judge.measure) is not None

    def run(self, execute: Callable[[list[Job]], Iterable[JobResult]]) -> None:
        """Train what is left; groups go on side by side, round by round."""
        going, reached = [self._batches(group) for group in self.chosen], set()
        with tqdm(desc="sweep", unit="training", total=0, disable=None) as bar:  # it shows only in a terminal
            while batch := [job for batches in going for job in next(batches, [])]:
                reached |= {job.key for job in batch}
                left = [job for job in batch if not self.is_done(job)]
                bar.total += len(left)
                print(f"sweep: {len(batch) - len(left)} of {len(batch)} done before, {len(left)} to run", flush=True)
                try:
                    self._train(execute(left), len(left), bar) if left else None
                finally:
                    self.write()
        others = {round for group, rounds in self.rounds.items() if group not in self.chosen for round in rounds}
        self.rows = {key: row for key, row in self.rows.items() if key in reached or key[0] in others}  # of the plan
        self.write()

    def _batches(self, group: str) -> Iterator[list[Job]]:
        """The jobs of one round after another: of halving, those of the variants that did best in the one before."""
        kept = None
        for name, settings in self.rounds[group].items():
            batch = [job for job in self.planned if job.group == name and (kept is None or job.variant in kept)]
            yield batch
            found = pd.DataFrame([self.rows[job.key] for job in batch if job not in self.failed], columns=COLUMNS)
            order = comparison.ranked(found)
            kept = set(order[: max(1, len(order) // (settings.halving or 1))])

    def _train(self, results: Iterable[JobResult], n_left: int, bar: tqdm) -> None:
        begun = time.monotonic()
        for count, result in enumerate(results, start=1):
            if result.reason:
                self._fail(result)
                outcome = f"failed: {result.reason}"
            else:
                self._keep(result)
                outcome = "{validation_errors} errors of {judged:,}".format(**result.measures) + f", {result.node}"
            time_left = tqdm.format_interval((time.monotonic() - begun) / count * (n_left - count))
            tqdm.write(f"sweep: {count} of {n_left}, {time_left} left: {result.job.name}: {outcome}")
            sys.stdout.flush()
            bar.update()

    def _keep(self, result: JobResult) -> None:
        job = result.job
        subject = (job.group, job.variant, job.run.recipe, job.own or None, job.run.seed, job.fold or None)
        made_of = {"dataset": seeds.dataset(), "origin": job.origin}
        self.rows[job.key] = {**dict(zip(SUBJECT, subject, strict=True)), **result.measures, **made_of}
        if result.bundle:
            dvc_experiments.add(result.bundle, result.reference)
        self.trained.add(job)
        if result.errors:
            artifacts.write_text(seeds.errors(job.variant, job.run.seed, self.table), result.errors)
        if time.monotonic() > self._written + PAUSE:
            self.write()

    def _fail(self, result: JobResult) -> None:
        self.failed.add(result.job)
        LOGS.mkdir(parents=True, exist_ok=True)
        with self.failures.open("a", encoding="utf-8") as file:
            file.write(f"## {result.job.name}\n\n{result.reason}\n\n```\n{result.output}\n```\n\n")

    def write(self) -> None:
        """The table in the order of the plan, with those columns that have a value."""
        order = {job.key: at for at, job in enumerate(self.planned)}
        rows = [self.rows[key] for key in sorted(self.rows, key=lambda key: order.get(key, len(order)))]
        table = pd.DataFrame(rows, columns=COLUMNS)
        table = table.dropna(axis="columns", how="all") if rows else table  # an empty file is no table
        artifacts.write_csv(self.table, table.astype({name: "Int64" for name in COUNTS if name in table}))
        self._written = time.monotonic()

    def page(self) -> str:
        """The results for people, in Markdown."""
        return comparison.page(pd.DataFrame(self.rows.values(), columns=COLUMNS), self.groups)


def read(table: Path) -> dict[tuple, dict[str, Any]]:
    """The rows of a table by the keys of their jobs; a count is a float there if others are missing."""
    found: Any = artifacts.read_csv(table).astype(object) if table.exists() else pd.DataFrame()
    rows = found.where(found.notna(), None).to_dict("records")
    return {(row["group"], row["variant"], row["seed"], row.get("fold") or ""): row for row in rows}
