"""Two versions side by side, recipe by recipe: what changed, and how likely chance alone changes as much."""

from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from digits.files import UserError
from digits.gate import RECOGNIZER, statistics
from digits.gate.rules import Rules, changed_rules
from digits.gate.versions import PREDICTION, Results, Snapshot

IMAGE = ["image", "actual", "copy"]  # identifies a test image in two versions; `copy` counts equal images

Seeds = dict[int, Results]


@dataclass
class Comparison:
    """One recipe, or the exported model, before and after: the means of its measures over `seeds`.

    `before` is empty for a new recipe and for the exported model, a copy of a recipe, which is not tested. The flips
    are the images that most seeds misread only after (negative) or only before (positive). `failures` (reasons) and
    `unchecked` (measures without a value) are the verdict.
    """

    recipe: str
    before: dict[str, float]
    after: dict[str, float]
    seeds: tuple[list[int], list[int]] = ([], [])
    negative_flips: pd.DataFrame = field(default_factory=partial(pd.DataFrame, columns=PREDICTION))
    positive_flips: pd.DataFrame = field(default_factory=partial(pd.DataFrame, columns=PREDICTION))
    method: str = ""
    p_loss: float = 1.0
    p_gain: float = 1.0
    minimum_detectable_drop: float = 0.0  # of accuracy, as a share
    left_out: str = ""  # says which seeds were not compared
    failures: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    @property
    def change(self) -> float:
        """Of accuracy, as a share; 0 for a new recipe."""
        return self.after["accuracy"] - self.before["accuracy"] if self.before else 0.0

    @property
    def n_flips(self) -> int:
        return len(self.negative_flips) + len(self.positive_flips)


def compare(before: Snapshot, after: Snapshot, rules: Rules) -> list[Comparison]:
    """One comparison for each recipe of `after` and one for the exported model, if there is one.

    The probability of a false alarm by the accuracy tests of all recipes together is at most `rules.alpha`. Raises
    UserError where no comparison makes sense.
    """
    check_comparable(before, after)
    # A recipe that is new, or whose predictions are the same, cannot raise an alarm and so takes no part of alpha.
    old, new = before.results, after.results
    changed = [recipe for recipe in new if recipe in old and _predictions(old[recipe]) != _predictions(new[recipe])]
    strictest = rules.alpha / max(1, len(changed))  # level of the strictest of Holm's tests
    comparisons = {recipe: Comparison(recipe, {}, _means(seeds), ([], list(seeds))) for recipe, seeds in new.items()}
    comparisons |= {
        recipe: _test(recipe, old[recipe], new[recipe], strictest, rules) for recipe in new if recipe in old
    }
    for side in ("p_loss", "p_gain"):
        adjusted = statistics.holm([getattr(comparisons[recipe], side) for recipe in changed])
        for recipe, p in zip(changed, adjusted, strict=True):
            setattr(comparisons[recipe], side, p)
    if after.recognizer:
        comparisons[RECOGNIZER] = Comparison(RECOGNIZER, {}, after.recognizer)
    return list(comparisons.values())


def _test(recipe: str, before: Seeds, after: Seeds, level: float, rules: Rules) -> Comparison:
    """The probabilities are not adjusted for the other recipes, but `level` is."""
    several = len(before) > 1 and len(after) > 1
    left_out = ""
    if not several and len(before) != len(after):  # one training says nothing of the spread over seeds
        seed = min(before.keys() & after.keys(), default=None)
        if seed is None:
            raise UserError(f"{recipe} has seeds {list(before)} and now {list(after)}; train a seed that both have")
        others = ", ".join(str(other) for other in sorted(before.keys() ^ after.keys()))
        version = "the baseline" if len(before) > 1 else "the new version"
        left_out = f"compared by seed {seed} alone; left out: seeds {others} of {version}"
        before, after = {seed: before[seed]}, {seed: after[seed]}
    misread, misread_now = _usually_misread(before), _usually_misread(after)
    negative, positive = _without(misread_now, misread), _without(misread, misread_now)
    seeds = list(before), list(after)
    result = Comparison(recipe, _means(before), _means(after), seeds, negative, positive, left_out=left_out)
    if several:
        old, new = ([seed.measures["accuracy"] for seed in version.values()] for version in (before, after))
        result.method = "Welch's t over seeds"
        result.p_loss, result.p_gain = statistics.welch(old, new), statistics.welch(new, old)
        result.minimum_detectable_drop = statistics.minimum_detectable_mean(old, new, level, rules.power)
    else:
        spread = rules.overdispersion(recipe)
        result.method = "McNemar, widened for the variation between seeds"
        result.p_loss = statistics.mcnemar(len(negative), len(positive), spread)
        result.p_gain = statistics.mcnemar(len(positive), len(negative), spread)
        images = statistics.minimum_detectable_images(result.n_flips, level, rules.power, spread)
        result.minimum_detectable_drop = images / result.after["images"]
    return result


def _means(seeds: Seeds) -> dict[str, float]:
    """The means over seeds of the measures that all seeds have."""
    means = pd.DataFrame([results.measures for results in seeds.values()]).mean(skipna=False).dropna()
    return {str(measure): float(mean) for measure, mean in means.items()}


def _predictions(seeds: Seeds) -> dict[int, list]:
    """The misread images of each seed, by which all its predictions are known."""
    return {seed: results.errors.to_numpy().tolist() for seed, results in seeds.items()}


def _usually_misread(seeds: Seeds) -> pd.DataFrame:
    """The images that more than half of `seeds` misread: IMAGE, and `predicted`, `seed` and `row` in the strip of the
    first seed that does."""
    tables = [results.errors.assign(seed=seed, row=range(len(results.errors))) for seed, results in seeds.items()]
    table = pd.concat(tables)
    table["copy"] = table.groupby(["seed", "image", "actual"]).cumcount()
    often = table.groupby(IMAGE)["seed"].transform("count") > len(seeds) / 2
    return table[often].drop_duplicates(IMAGE)


def _without(table: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The rows of `table` whose image is not in `other`, sorted by image."""
    return table.merge(other[IMAGE], how="left_anti", on=IMAGE).sort_values(IMAGE)


def check_comparable(before: Snapshot, after: Snapshot) -> None:
    """Raises UserError with the reason, and what to do."""
    if before.dataset["digest"] != after.dataset["digest"]:
        raise UserError(
            f"{before.label} was measured on {before.dataset['dataset']} {before.dataset['digest']}, {after.label} on "
            f"{after.dataset['dataset']} {after.dataset['digest']}; compare versions on the same dataset"
        )
    if other_splits := [name for name, part in after.splits.items() if part != before.splits.get(name)]:
        raise UserError(
            f"{before.label} and {after.label} have different splits ({', '.join(other_splits)}), which alone change "
            "the accuracy; change the split in a commit of its own and compare what follows with that commit"
        )
    removed = [recipe for recipe in before.results if recipe not in after.results]
    new = [recipe for recipe in after.results if recipe not in before.results]
    if removed and new:  # a rename would pass as a removal and a new recipe, which nothing is compared with
        raise UserError(
            f"{', '.join(removed)} went and {', '.join(new)} came: add the new one in a commit of its own, which the "
            "gate compares, then remove the old one in another"
        )
    must_be_separate = [f"the removal of {recipe}" for recipe in removed]
    if rules := changed_rules(before, after):
        must_be_separate.append(f"the change of rules ({', '.join(rules)})")
    changed = [recipe for recipe in after.results if _differ(before.results.get(recipe, {}), after.results[recipe])]
    if must_be_separate and changed:
        raise UserError(
            f"{' and '.join(must_be_separate)} needs a commit of its own: the results of {', '.join(changed)} changed "
            "as well; compare them with that commit"
        )


def _differ(before: Seeds, after: Seeds) -> bool:
    """Whether a seed that both trained has other errors, or another value of a measure that both have."""
    for old, new in ((before[seed], after[seed]) for seed in before.keys() & after.keys()):
        both = old.measures.keys() & new.measures.keys()  # another is of a study that one of them did not run
        if any(old.measures[name] != new.measures[name] for name in both) or not old.errors.equals(new.errors):
            return True
    return False
