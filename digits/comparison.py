"""Two snapshots side by side, recipe by recipe: what changed, and how likely chance alone changes as much.

Knows what can be compared, and which images and seeds belong together. The statistics are those of `significance`;
what is too much of a loss is known to `gate`.
"""

from dataclasses import dataclass

import pandas as pd

from digits import significance
from digits.gate_params import Gate
from digits.snapshot import Results, Snapshot

IMAGE = ["image", "actual", "copy"]  # what makes a test image itself in two versions; copies are alike in all pixels

Seeds = dict[int, Results]


@dataclass
class Comparison:
    """What became of one recipe. `before` and `after` are the means of its measures over seeds, `broken` and `fixed`
    the images that most seeds misread only after, or only before; a new recipe has no `before` and no test, and neither
    has what is held to its limits alone."""

    recipe: str
    before: dict[str, float]
    after: dict[str, float]
    seeds: tuple[list[int], list[int]]
    broken: pd.DataFrame
    fixed: pd.DataFrame
    method: str = "new: nothing to compare with"
    p_loss: float = 1.0
    p_gain: float = 1.0
    detectable: float = 0.0  # the least drop of accuracy that would have been seen
    limits_alone: bool = False

    @property
    def change(self) -> float:
        """Of accuracy, as a share; 0 for a new recipe."""
        return self.after["accuracy"] - self.before["accuracy"] if self.before else 0.0


def refuse_what_cannot_be_compared(before: Snapshot, after: Snapshot) -> None:
    """Raises ValueError with the reason, and what to do."""
    if before.dataset["digest"] != after.dataset["digest"]:
        raise ValueError(
            f"{before.label} was measured on {before.dataset['dataset']} {before.dataset['digest']}, {after.label} on "
            f"{after.dataset['dataset']} {after.dataset['digest']}; compare versions on the same dataset"
        )
    cut = [name for name, part in after.splits.items() if _contradict(before.splits.get(name), part)]
    if cut:
        raise ValueError(
            f"{before.label} and {after.label} were split otherwise ({', '.join(cut)}); a gain or a loss could come "
            "from the split alone: change it in a commit of its own and compare what follows with that commit"
        )
    missing = [recipe for recipe in before.results if recipe not in after.results]
    if missing:
        raise ValueError(
            f"{before.label} has {', '.join(missing)}, which {after.label} lacks; add it to train.models and run "
            "`dvc repro`, or remove it in a commit of its own"
        )


def _contradict(before: object, after: object) -> bool:
    """Whether two accounts of a split differ in what both of them tell; older ones had no digest."""
    if isinstance(before, dict) and isinstance(after, dict):
        return any(before[key] != after[key] for key in before.keys() & after.keys())
    return before != after


def compare(before: Snapshot, after: Snapshot, gate: Gate) -> list[Comparison]:
    """One comparison for each recipe of `after`, the chance of a false alarm kept to the gate's level over all of them.

    Raises ValueError where no comparison makes sense.
    """
    refuse_what_cannot_be_compared(before, after)
    # A recipe that answers as it did cannot raise an alarm, and so takes nothing of the level.
    changed = [it for it, seeds in after.results.items() if _answers(before.results.get(it, {})) != _answers(seeds)]
    strictest = gate.level / max(1, len(changed))  # that Holm's correction comes to
    comparisons = [
        _test(recipe, before.results[recipe], seeds, strictest, gate)
        if recipe in before.results
        else Comparison(recipe, {}, _means(seeds), ([], list(seeds)), _usually_misread({}), _usually_misread({}))
        for recipe, seeds in after.results.items()
    ]
    tested = [comparison for comparison in comparisons if comparison.before and comparison.recipe in changed]
    for side in ("p_loss", "p_gain"):
        for comparison, adjusted in zip(tested, significance.holm([getattr(it, side) for it in tested]), strict=True):
            setattr(comparison, side, adjusted)
    return [*comparisons, *_recogniser(after)]


def _recogniser(after: Snapshot) -> list[Comparison]:
    """The exported recogniser, if there is one: a copy of a model that was compared, so that its limits are enough."""
    if not after.recogniser:
        return []
    nothing = _usually_misread({})
    method = "is within its limits"
    return [Comparison("recogniser", {}, after.recogniser, ([], []), nothing, nothing, method, limits_alone=True)]


def _test(recipe: str, before: Seeds, after: Seeds, level: float, gate: Gate) -> Comparison:
    """The comparison of `recipe`, at `level`, its probabilities not yet adjusted for the other recipes."""
    several = len(before) > 1 and len(after) > 1
    if not several:
        before, after = _one_each(recipe, before, after)
    misread = _usually_misread(before), _usually_misread(after)
    broken, fixed = _without(misread[1], misread[0]), _without(misread[0], misread[1])
    if several:
        method = "Welch's t over seeds"
        old, new = ([it.measures["accuracy"] for it in seeds.values()] for seeds in (before, after))
        p_loss, p_gain = significance.welch(old, new), significance.welch(new, old)
        detectable = significance.detectable_mean(old, new, level, gate.power)
    else:
        method = "exact McNemar"
        p_loss = significance.mcnemar(len(broken), len(fixed), gate.seed_asymmetry)
        p_gain = significance.mcnemar(len(fixed), len(broken), gate.seed_asymmetry)
        images = significance.detectable_images(len(broken) + len(fixed), level, gate.power, gate.seed_asymmetry)
        detectable = images / next(iter(after.values())).measures["images"]
    seeds = list(before), list(after)
    return Comparison(recipe, _means(before), _means(after), seeds, broken, fixed, method, p_loss, p_gain, detectable)


def _one_each(recipe: str, before: Seeds, after: Seeds) -> tuple[Seeds, Seeds]:
    """The seed that both have, or the only one of each: a single training says nothing of the spread over seeds."""
    shared = sorted(before.keys() & after.keys())
    if not shared and len(before) + len(after) > 2:
        raise ValueError(f"{recipe} has seeds {list(before)} in the baseline and {list(after)} now; train one of both")
    first, second = (shared[0], shared[0]) if shared else (next(iter(before)), next(iter(after)))
    return {first: before[first]}, {second: after[second]}


def _answers(seeds: Seeds) -> dict[int, list[tuple]]:
    """All that tells the answers of one version from those of another."""
    columns = ["image", "actual", "predicted"]
    return {seed: list(results.errors[columns].itertuples(index=False)) for seed, results in seeds.items()}


def _means(seeds: Seeds) -> dict[str, float]:
    means = pd.DataFrame([results.measures for results in seeds.values()]).mean()
    return {str(measure): float(mean) for measure, mean in means.items()}


def _usually_misread(seeds: Seeds) -> pd.DataFrame:
    """The images that more than half of `seeds` misread, as the first of them does: IMAGE, `predicted`,
    `confidence`, and where its picture is: `seed` and `row` of that seed's strip."""
    tables = [results.errors.assign(seed=seed, row=range(len(results.errors))) for seed, results in seeds.items()]
    if not tables:
        return pd.DataFrame(columns=[*IMAGE, "predicted", "confidence", "seed", "row"])
    table = pd.concat(tables)
    table["copy"] = table.groupby(["seed", "image", "actual"]).cumcount()
    often = table.groupby(IMAGE)["seed"].transform("count") > len(seeds) / 2
    return table[often].drop_duplicates(IMAGE)


def _without(table: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """The rows of `table` whose image is not in `other`, the most confident first."""
    known = pd.MultiIndex.from_frame(other[IMAGE])
    left = table[~pd.MultiIndex.from_frame(table[IMAGE]).isin(known)]
    return left.sort_values(["confidence", "image"], ascending=[False, True])
