"""What a sweep is made of: jobs, each a recipe, a seed and values for parameters.

Knows how a grid, a random search and successive halving are made of what a user asks for, in Hydra's grammar of sweeps.
All of it is decided before or between trainings, by their results alone: the same request gives the same trainings,
wherever and in whatever order they run. Where they run is known to `placement`.
"""

import hashlib
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override
from hydra.errors import HydraException
from scipy.stats import loguniform, uniform
from sklearn.model_selection import ParameterSampler

from digits import experiments
from digits.paths import Cell


@dataclass(frozen=True)
class Job:
    """One training: `changes` are assignments as `dvc exp run -S` takes them, "recipes.fast.epochs=3"."""

    cell: Cell
    changes: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of its experiment: the same for the same training."""
        return f"sweep-{self.cell}-{hashlib.sha256(' '.join(self.changes).encode()).hexdigest()[:8]}"

    def __str__(self) -> str:
        return " ".join([self.name, *self.changes])

    @property
    def variant(self) -> tuple[str, tuple[str, ...]]:
        """All that is not the seed."""
        return self.cell.recipe, self.changes


def grid(cells: Iterable[Cell], settings: list[str]) -> list[Job]:
    """Each of `cells` with each combination of `settings`, such as "recipes.fast.epochs=1,2,3". A setting of another
    recipe than the cell's is none of its business.

    Raises ValueError where a setting cannot be read or is an interval, of which there is no combination.
    """
    choices = {}
    for override in map(_parsed, settings):
        if override.is_interval_sweep():
            raise ValueError(f"{override.input_line} is an interval: say how many are drawn from it with --samples")
        choices[override.key_or_group] = _choices(override)
    jobs = []
    for cell in cells:
        own = {key: values for key, values in choices.items() if _concerns(key, cell)}
        jobs += [Job(cell, _changes(zip(own, chosen, strict=True))) for chosen in itertools.product(*own.values())]
    return list(dict.fromkeys(jobs))


def sampled(cells: Iterable[Cell], settings: list[str], count: int, seed: int) -> list[Job]:
    """Each of `cells` with `count` combinations drawn at random: intervals evenly, or evenly in their logarithm where
    they are tagged so ("recipes.fast.learning_rate=tag(log,interval(0.001,0.1))"), choices each as often."""
    distributions = {override.key_or_group: _distribution(override) for override in map(_parsed, settings)}
    jobs = []
    for cell in cells:
        own = {key: it for key, it in distributions.items() if _concerns(key, cell)}
        draws = ParameterSampler(own, count, random_state=seed) if own else [{}]
        jobs += [Job(cell, _changes((key, _typed(own[key], draw[key])) for key in own)) for draw in draws]
    return list(dict.fromkeys(jobs))


def assignments(job: Job) -> dict[str, Any]:
    """What `job` changes of the parameters, by key, as it is checked before it runs."""
    own = {override.key_or_group: override.value() for override in map(_parsed, job.changes)}
    return {**experiments.only(job.cell), **own}


def _parsed(setting: str) -> Override:
    try:
        return OverridesParser.create().parse_override(setting)
    except HydraException as error:
        raise ValueError(f"{setting!r} is no setting such as recipes.fast.epochs=1,2,3: {error}") from error


def _choices(override: Override) -> list[Any]:
    return list(override.sweep_iterator()) if override.is_sweep_override() else [override.value()]


def _distribution(override: Override) -> Any:
    value = override.value()
    if not isinstance(value, IntervalSweep):
        return _choices(override)
    start, end = float(value.start or 0), float(value.end or 0)
    return loguniform(start, end) if "log" in value.tags else uniform(start, end - start)


def _typed(distribution: Any, value: Any) -> Any:
    """Four digits of a random number are enough, and are what a person types again; a choice stays as it was named."""
    return value if isinstance(distribution, list) else float(f"{value:.4g}")


def _concerns(key: str, cell: Cell) -> bool:
    return not key.startswith("recipes.") or key.startswith(f"recipes.{cell.recipe}.")


def _changes(assignments: Iterable[tuple[str, Any]]) -> tuple[str, ...]:
    return tuple(f"{key}={_text(value)}" for key, value in assignments)


def _text(value: Any) -> str:
    return "null" if value is None else str(value).replace(" ", "")


def rungs(variants: int, epochs: int, factor: int) -> list[int]:
    """The epochs of each round of successive halving (Jamieson and Talwalkar 2016): the last has all, each before it
    the `factor`-th part, for as many rounds as `variants` allow."""
    rounds = 1 + math.floor(math.log(max(1, variants), factor) + 1e-9)
    return sorted({max(1, epochs // factor**back) for back in range(rounds)})


def with_epochs(job: Job, epochs: int) -> Job:
    return replace(job, changes=(*job.changes, f"recipes.{job.cell.recipe}.epochs={epochs}"))


def survivors(results: dict[Job, dict[str, float]], factor: int) -> list[Job]:
    """The jobs of the best `factor`-th part of the variants in `results`, by the mean over their seeds of the accuracy
    on validation, then of the loss there, then by name."""
    grouped = defaultdict(list)
    for job in results:
        grouped[job.variant].append(job)

    def rank(variant: tuple[str, tuple[str, ...]]) -> tuple[float, float, str]:
        found = [results[job] for job in grouped[variant]]
        accuracy, loss = (
            sum(it[key] for it in found) / len(found) for key in ("validation_accuracy", "validation_loss")
        )
        return -accuracy, loss, str(variant)

    best = sorted(grouped, key=rank)[: max(1, len(grouped) // factor)]
    return [job for variant in best for job in grouped[variant]]
