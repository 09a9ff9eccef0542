"""Whether two versions can be compared at all."""

from digits.core.errors import UserError
from digits.gate.rules import changed_rules
from digits.versions.run_results import Results
from digits.versions.snapshots import Snapshot


def check(before: Snapshot, after: Snapshot) -> None:
    """Raises UserError with the reason, and what to do."""
    if before.dataset["digest"] != after.dataset["digest"]:
        raise UserError(
            f"{before.label} was measured on {before.dataset['dataset']} {before.dataset['digest']}, {after.label} on "
            f"{after.dataset['dataset']} {after.dataset['digest']}; compare versions on the same dataset"
        )
    cut = [name for name, part in after.splits.items() if part != before.splits.get(name)]
    if cut:
        raise UserError(
            f"{before.label} and {after.label} have different splits ({', '.join(cut)}), which alone change the "
            "accuracy; change the split in a commit of its own and compare what follows with that commit"
        )
    alone = [f"the removal of {recipe}" for recipe in before.results if recipe not in after.results]
    if rules := changed_rules(before, after):
        alone.append(f"the change of rules ({', '.join(rules)})")
    changed = _changed_results(before, after)
    if alone and changed:
        raise UserError(
            f"{' and '.join(alone)} needs a commit of its own: the results of {', '.join(changed)} changed as well; "
            "compare them with that commit"
        )


def _changed_results(before: Snapshot, after: Snapshot) -> list[str]:
    """The recipes with a seed that both versions trained and whose measures or predictions differ.

    A measure that only one has is of a study that the other did not run.
    """
    return [
        recipe
        for recipe, seeds in after.results.items()
        if any(_differ(old, seeds[seed]) for seed, old in before.results.get(recipe, {}).items() if seed in seeds)
    ]


def _differ(old: Results, new: Results) -> bool:
    shared = old.measures.keys() & new.measures.keys()
    return any(old.measures[it] != new.measures[it] for it in shared) or not old.errors.equals(new.errors)
