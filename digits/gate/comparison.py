"""Two snapshots side by side, recipe by recipe: what changed, and how likely chance alone changes as much."""

from dataclasses import dataclass, field
from functools import partial

import pandas as pd

from digits.core.errors import UserError
from digits.gate import comparable, statistics
from digits.gate.rules import Rules
from digits.versions.run_results import Results
from digits.versions.snapshots import RECOGNIZER, Snapshot
from digits.versions.studies import Gap

IMAGE = ["image", "actual", "copy"]  # identifies a test image in two versions; `copy` counts equal images
PREDICTION = ["image", "actual", "predicted"]

Seeds = dict[int, Results]


@dataclass
class Comparison:
    """One recipe before and after.

    `before` and `after` are the means of its measures over seeds; `before` is empty for a new recipe. `negative_flips`
    are the images that most seeds misread only after, `positive_flips` those that they misread only before. `gaps` are
    studies without measures of it after. The exported model is not tested (`only_limits`): it is a copy of a recipe.
    `ignored` says which seeds were not compared, and why.
    """

    recipe: str
    before: dict[str, float]
    after: dict[str, float]
    seeds: tuple[list[int], list[int]]
    negative_flips: pd.DataFrame = field(default_factory=partial(pd.DataFrame, columns=PREDICTION))
    positive_flips: pd.DataFrame = field(default_factory=partial(pd.DataFrame, columns=PREDICTION))
    method: str = ""
    p_loss: float = 1.0
    p_gain: float = 1.0
    minimum_detectable_drop: float = 0.0  # of accuracy, as a share
    only_limits: bool = False
    gaps: list[Gap] = field(default_factory=list)
    has_limits: bool = True
    higher_is_better: dict[str, bool] = field(default_factory=dict)
    ignored: str = ""

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
    comparable.check(before, after)
    # A recipe that is new, or whose predictions are the same, cannot raise an alarm and so takes no part of alpha.
    both = [recipe for recipe in after.results if recipe in before.results]
    changed = [it for it in both if _predictions(before.results[it]) != _predictions(after.results[it])]
    strictest = rules.alpha / max(1, len(changed))  # level of the strictest of Holm's tests
    comparisons = [
        _test(recipe, before.results[recipe], seeds, strictest, rules)
        if recipe in before.results
        else Comparison(recipe, {}, _means(seeds), ([], list(seeds)))
        for recipe, seeds in after.results.items()
    ]
    tested = [it for it in comparisons if it.recipe in changed]
    for side in ("p_loss", "p_gain"):
        for comparison, adjusted in zip(tested, statistics.holm([getattr(it, side) for it in tested]), strict=True):
            setattr(comparison, side, adjusted)
    if after.recognizer:
        comparisons.append(Comparison(RECOGNIZER, {}, after.recognizer, ([], []), only_limits=True))
    for comparison in comparisons:
        comparison.has_limits = rules.hold_for(after)
        comparison.higher_is_better = after.higher_is_better | before.higher_is_better
        comparison.gaps = [gap for gap in after.gaps if gap.model == comparison.recipe]
    return comparisons


def _test(recipe: str, before: Seeds, after: Seeds, level: float, rules: Rules) -> Comparison:
    """The comparison of `recipe`; its probabilities are not adjusted for the other recipes, but `level` is."""
    several = len(before) > 1 and len(after) > 1
    before, after, ignored = (before, after, "") if several else _one_each(recipe, before, after)
    misread, misread_now = _usually_misread(before), _usually_misread(after)
    negative, positive = _without(misread_now, misread), _without(misread, misread_now)
    seeds = list(before), list(after)
    result = Comparison(recipe, _means(before), _means(after), seeds, negative, positive, ignored=ignored)
    if several:
        old, new = ([results.measures["accuracy"] for results in it.values()] for it in (before, after))
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


def _one_each(recipe: str, before: Seeds, after: Seeds) -> tuple[Seeds, Seeds, str]:
    """The only seed of each, or the one that both have, since one training says nothing of the spread over seeds; and
    in words which seeds that leaves out."""
    if len(before) == len(after) == 1:
        return before, after, ""
    shared = before.keys() & after.keys()
    if not shared:
        raise UserError(
            f"{recipe} has seeds {list(before)} in the baseline and {list(after)} now; train a seed that both have"
        )
    (seed,) = shared  # one of the two has no other
    more, version = (before, "the baseline") if len(before) > 1 else (after, "the new version")
    left_out = ", ".join(str(it) for it in more if it != seed)
    ignored = f"compared by seed {seed} alone; left out: seeds {left_out} of {version}"
    return {seed: before[seed]}, {seed: after[seed]}, ignored


def _means(seeds: Seeds) -> dict[str, float]:
    """The means over seeds of the measures that all seeds have."""
    means = pd.DataFrame([results.measures for results in seeds.values()]).mean(skipna=False).dropna()
    return {str(measure): float(mean) for measure, mean in means.items()}


def _predictions(seeds: Seeds) -> dict[int, list[tuple]]:
    """The misread images of each seed, by which all its predictions are known."""
    return {seed: list(results.errors[PREDICTION].itertuples(index=False)) for seed, results in seeds.items()}


def _usually_misread(seeds: Seeds) -> pd.DataFrame:
    """The images that more than half of `seeds` misread: IMAGE, `predicted` by the first of those seeds, and where its
    picture is: `seed` and `row` of that seed's strip."""
    tables = [results.errors.assign(seed=seed, row=range(len(results.errors))) for seed, results in seeds.items()]
    table = pd.concat(tables)
    table["copy"] = table.groupby(["seed", "image", "actual"]).cumcount()
    often = table.groupby(IMAGE)["seed"].transform("count") > len(seeds) / 2
    return table[often].drop_duplicates(IMAGE)


def _without(table: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The rows of `table` whose image is not in `other`, sorted by image."""
    return table.merge(other[IMAGE], how="left_anti", on=IMAGE).sort_values(IMAGE)
