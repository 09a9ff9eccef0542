"""The jobs of a plan: recipe, seed, fold and changes of parameters of each training.

Settings follow Hydra's syntax. A key without a section is one of the recipe: "epochs=3". Everything is decided before
training or between rounds of it, by results alone: a plan gives the same trainings, wherever and in whatever order they
run, which asynchronous halving does not.
"""

import itertools
import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from scipy.stats import loguniform, uniform
from sklearn.model_selection import ParameterSampler

from digits.config.params import Params
from digits.config.runs import Run
from digits.core.errors import UserError
from digits.experiments import dvc_experiments
from digits.experiments.plans import JUDGES, Group, Judge

SHARED = tuple(f"{section}." for section in Params.model_fields if section != "recipes")
FOLD = "plans/fold.yaml"  # the parameters that `preprocess` cuts a fold by


@dataclass(frozen=True)
class Job:
    """One training: `run` with `changes` of the parameters, by whole keys; `own` are those that the table shows.

    `fold` is the fold of train that judges it, such as "2/5"; "" is the validation set. `origin` is a digest of all
    that its numbers depend on but the seed.
    """

    group: str
    variant: str
    run: Run
    changes: tuple[str, ...]
    own: str
    fold: str
    judged_by: str
    origin: str = ""

    @property
    def key(self) -> tuple[str, str, int, str]:
        """Identifies it in its plan, and its row in the table."""
        return self.group, self.variant, self.run.seed, self.fold

    @property
    def judge(self) -> Judge:
        return JUDGES[self.judged_by]

    @property
    def name(self) -> str:
        """Of its experiment: readable, and the same for the same training alone."""
        readable = re.sub(r"[^a-z0-9]+", "-", f"{self.group} {self.variant}".lower()).strip("-")[:60]
        fold = f"-fold{self.fold.replace('/', 'of')}" if self.fold else ""
        return f"{readable}-{self.run.seed}{fold}-{self.origin[:6]}"

    @property
    def settings(self) -> list[str]:
        """All that its experiment sets, as `dvc exp run -S` takes it."""
        number, _, folds = self.fold.partition("/")
        fold = [f"{FOLD}:judged={int(number) - 1}", f"{FOLD}:folds={folds}"] if self.fold else []
        return [*(f"{key}={value}" for key, value in dvc_experiments.only(self.run).items()), *self.changes, *fold]

    @property
    def assignments(self) -> dict[str, Any]:
        """The parameters that it sets, by key, to be checked before it runs."""
        own = {override.key_or_group: override.value() for override in map(_parsed, self.changes)}
        return {**dvc_experiments.only(self.run), **own}


def rounds(name: str, group: Group, epochs: int) -> dict[str, Group]:
    """The groups by name that the group called `name` is trained in, one after the other.

    It is itself, or the rounds of successive halving (Jamieson and Talwalkar 2016): the last one has all `epochs`, each
    earlier one a `halving`-th of the next, for as many rounds as the number of variants allows.
    """
    if not group.halving:
        return {name: group}
    variants = len({job.variant for job in planned(name, group)})
    count = 1 + math.floor(math.log(max(1, variants), group.halving) + 1e-9)
    rungs = sorted({max(1, epochs // group.halving**back) for back in range(count)})
    return {
        f"{name}, {it} epochs": group.model_copy(update={"common": [*group.common, f"epochs={it}"]}) for it in rungs
    }


def planned(name: str, group: Group) -> list[Job]:
    """The trainings of the group called `name`, variant by variant."""
    folds = [f"{number}/{group.folds}" for number in range(1, group.folds + 1)] if group.folds else [""]
    return [
        Job(name, variant, Run(recipe, seed), _changes(recipe, [*group.common, *own]), " ".join(own), fold, group.judge)
        for recipe in group.recipes
        for listed, changes in (group.variants or {recipe: []}).items()
        for combination in _combinations(recipe, group)
        for variant, own in [(" ".join([listed, *combination]), [*changes, *combination])]
        for seed in group.seeds
        for fold in folds
    ]


def _changes(recipe: str, settings: list[str]) -> tuple[str, ...]:
    """`settings` with whole keys; of several of one key the last one."""
    return tuple({_parsed(it).key_or_group: it for it in (_whole(recipe, setting) for setting in settings)}.values())


def _combinations(recipe: str, group: Group) -> list[list[str]]:
    """Every combination of the grid, or `samples` random ones; settings of other recipes are left out.

    An interval is sampled uniformly, or log-uniformly if it is tagged
    ("learning_rate=tag(log,interval(0.001,0.1))"); the values of a list are equally likely.
    """
    prefix = f"recipes.{recipe}."
    parsed = [_parsed(_whole(recipe, setting)) for setting in group.grid]
    mine = {it.key_or_group: it for it in parsed if it.key_or_group.startswith((prefix, *SHARED))}
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
def _parsed(setting: str) -> Override:
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
