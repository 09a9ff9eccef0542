"""The jobs of a plan: recipe, seed, fold and changes of parameters of each training.

Everything is decided before training or between rounds of it, by results alone: a plan gives the same trainings,
wherever and in whatever order they run, which asynchronous halving does not.
"""

import math
import re
from dataclasses import dataclass
from typing import Any

from digits.config.runs import Run
from digits.experiments import dvc_experiments, overrides
from digits.experiments.plans import JUDGES, Group, Judge

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
        own = {override.key_or_group: override.value() for override in map(overrides.parsed, self.changes)}
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
        Job(
            group=name,
            variant=" ".join([listed, *combination]),
            run=Run(recipe, seed),
            changes=overrides.effective(recipe, [*group.common, *changes, *combination]),
            own=" ".join([*changes, *combination]),
            fold=fold,
            judged_by=group.judge,
        )
        for recipe in group.recipes
        for listed, changes in (group.variants or {recipe: []}).items()
        for combination in overrides.combinations(recipe, group)
        for seed in group.seeds
        for fold in folds
    ]
