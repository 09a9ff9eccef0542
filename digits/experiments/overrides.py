"""Overrides of parameters in Hydra's syntax: their whole keys, and the combinations of a grid.

A key without a section is one of the recipe: "epochs=3".
"""

import itertools
import re
from functools import cache
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from scipy.stats import loguniform, uniform
from sklearn.model_selection import ParameterSampler

from digits.config.params import Params
from digits.core.errors import UserError
from digits.experiments.plans import Group

SHARED = tuple(f"{section}." for section in Params.model_fields if section != "recipes")


def effective(recipe: str, settings: list[str]) -> tuple[str, ...]:
    """`settings` with whole keys; of several of one key the last one."""
    return tuple({parsed(it).key_or_group: it for it in (_whole(recipe, setting) for setting in settings)}.values())


def combinations(recipe: str, group: Group) -> list[list[str]]:
    """Every combination of the grid, or `samples` random ones; settings of other recipes are left out.

    An interval is sampled uniformly, or log-uniformly if it is tagged
    ("learning_rate=tag(log,interval(0.001,0.1))"); the values of a list are equally likely.
    """
    prefix = f"recipes.{recipe}."
    grid = [parsed(_whole(recipe, setting)) for setting in group.grid]
    mine = {it.key_or_group: it for it in grid if it.key_or_group.startswith((prefix, *SHARED))}
    if group.samples and mine:
        intervals = {key: _distribution(it.value()) for key, it in mine.items() if it.is_interval_sweep()}
        ranges = {key: intervals.get(key) or _choices(it) for key, it in mine.items()}
        drawn = ParameterSampler(ranges, group.samples, random_state=group.draw)
        # A random number gets four digits, which a person can type again; a listed value stays as it is.
        values = [[float(f"{it[key]:.4g}") if key in intervals else it[key] for key in mine] for it in drawn]
    else:
        values = list(map(list, itertools.product(*map(_choices, mine.values()))))
    written = [["null" if value is None else str(value).replace(" ", "") for value in it] for it in values]
    keys = [key.removeprefix(prefix) for key in mine]
    distinct = dict.fromkeys(tuple(f"{key}={value}" for key, value in zip(keys, it, strict=True)) for it in written)
    return [list(combination) for combination in distinct]


def _whole(recipe: str, setting: str) -> str:
    section = re.split(r"[.=]", setting, maxsplit=1)[0]
    return setting if section in Params.model_fields else f"recipes.{recipe}.{setting}"


@cache
def parsed(setting: str) -> Override:
    """Raises UserError if it is none."""
    try:
        return OverridesParser.create().parse_override(setting)
    except HydraException as error:
        raise UserError(f"{setting!r} is not a setting such as epochs=1,2,3: {error}") from error


def _choices(override: Override) -> list[Any]:
    if override.is_interval_sweep():
        raise UserError(f"{override.input_line} is an interval: give the number of samples")
    return list(override.sweep_iterator()) if override.is_sweep_override() else [override.value()]


def _distribution(value: Any) -> Any:
    start, end = float(value.start or 0), float(value.end or 0)
    return loguniform(start, end) if "log" in value.tags else uniform(start, end - start)
