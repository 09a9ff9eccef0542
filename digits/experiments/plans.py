"""The jobs of a sweep, each a recipe, a seed and changes of parameters: grid, random search, successive halving.

Settings follow Hydra's syntax for sweeps. Everything is decided before or between rounds of training, by results alone:
the same request gives the same trainings, wherever and in whatever order they run.
"""

import hashlib
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import mean
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override
from hydra.errors import HydraException
from scipy.stats import loguniform, uniform
from sklearn.model_selection import ParameterSampler

from digits.config.runs import Run
from digits.core.errors import UserError
from digits.experiments import dvc_experiments


@dataclass(frozen=True)
class Job:
    """One training, with `changes` as `dvc_experiments` takes them."""

    run: Run
    changes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of its experiment: the same for the same training."""
        return f"sweep-{self.run}-{hashlib.sha256(' '.join(self.changes).encode()).hexdigest()[:8]}"

    def __str__(self) -> str:
        return " ".join([self.name, *self.changes])

    @property
    def variant(self) -> tuple[str, tuple[str, ...]]:
        """Everything but the seed."""
        return self.run.recipe, self.changes


def grid(runs: Iterable[Run], settings: list[str]) -> list[Job]:
    """Each of `runs` with each combination of `settings`, such as "recipes.fast.epochs=1,2,3".

    A run ignores the settings of other recipes. Raises UserError if a setting cannot be parsed or is an interval.
    """
    choices = {}
    for override in map(_parsed, settings):
        if override.is_interval_sweep():
            raise UserError(f"{override.input_line} is an interval: give the number of samples with --samples")
        choices[override.key_or_group] = _choices(override)
    jobs = []
    for run in runs:
        own = _of_run(run, choices)
        jobs += [_job(run, zip(own, chosen, strict=True)) for chosen in itertools.product(*own.values())]
    return list(dict.fromkeys(jobs))


def sampled(runs: Iterable[Run], settings: list[str], count: int, seed: int) -> list[Job]:
    """Each of `runs` with `count` random combinations of `settings`, drawn from `seed`.

    An interval is sampled uniformly, or log-uniformly if it is tagged
    ("recipes.fast.learning_rate=tag(log,interval(0.001,0.1))"); the values of a list are equally likely.
    """
    distributions = {override.key_or_group: _distribution(override) for override in map(_parsed, settings)}
    jobs = []
    for run in runs:
        own = _of_run(run, distributions)
        for draw in ParameterSampler(own, count, random_state=seed) if own else [{}]:
            # A random number gets four digits, which a person can type again; a listed value stays as it is.
            values = (draw[key] if isinstance(it, list) else float(f"{draw[key]:.4g}") for key, it in own.items())
            jobs.append(_job(run, zip(own, values, strict=True)))
    return list(dict.fromkeys(jobs))


def assignments(job: Job) -> dict[str, Any]:
    """The parameters that `job` changes, by key, to be checked before it runs."""
    own = {override.key_or_group: override.value() for override in map(_parsed, job.changes)}
    return {**dvc_experiments.only(job.run), **own}


def _parsed(setting: str) -> Override:
    try:
        return OverridesParser.create().parse_override(setting)
    except HydraException as error:
        raise UserError(f"{setting!r} is not a setting such as recipes.fast.epochs=1,2,3: {error}") from error


def _choices(override: Override) -> list[Any]:
    return list(override.sweep_iterator()) if override.is_sweep_override() else [override.value()]


def _distribution(override: Override) -> Any:
    value = override.value()
    if not isinstance(value, IntervalSweep):
        return _choices(override)
    start, end = float(value.start or 0), float(value.end or 0)
    return loguniform(start, end) if "log" in value.tags else uniform(start, end - start)


def _of_run(run: Run, settings: dict[str, Any]) -> dict[str, Any]:
    """`settings` without those of other recipes."""
    others = {key for key in settings if key.startswith("recipes.") and not key.startswith(f"recipes.{run.recipe}.")}
    return {key: value for key, value in settings.items() if key not in others}


def _job(run: Run, settings: Iterable[tuple[str, Any]]) -> Job:
    written = ((key, "null" if value is None else str(value).replace(" ", "")) for key, value in settings)
    return Job(run, tuple(f"{key}={value}" for key, value in written))


def rungs(variants: int, epochs: int, factor: int) -> list[int]:
    """The epochs of each round of successive halving (Jamieson and Talwalkar 2016).

    The last round has all `epochs`, each earlier one a `factor`-th of the next, for as many rounds as the number of
    `variants` allows.
    """
    rounds = 1 + math.floor(math.log(max(1, variants), factor) + 1e-9)
    return sorted({max(1, epochs // factor**back) for back in range(rounds)})


def with_epochs(job: Job, epochs: int) -> Job:
    return replace(job, changes=(*job.changes, f"recipes.{job.run.recipe}.epochs={epochs}"))


def survivors(results: dict[Job, dict[str, float]], factor: int) -> list[Job]:
    """The jobs of the best `factor`-th part of the variants in `results`.

    Variants are ranked by validation accuracy, then validation loss (both means over the seeds), then name.
    """
    variants = defaultdict(list)
    for job in results:
        variants[job.variant].append(job)

    def rank(variant: tuple[str, tuple[str, ...]]) -> tuple[float, float, str]:
        found = [results[job] for job in variants[variant]]
        return (
            -mean(it["validation_accuracy"] for it in found),
            mean(it["validation_loss"] for it in found),
            str(variant),
        )

    best = sorted(variants, key=rank)[: max(1, len(variants) // factor)]
    return [job for variant in best for job in variants[variant]]
