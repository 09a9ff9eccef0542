"""Which changes are failures: what became worse than tolerated, which limits are crossed; and all of it in words."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pandas as pd

from digits.files import UserError
from digits.gate import RECOGNIZER
from digits.gate.comparison import Comparison, compare
from digits.gate.rules import Rules, changed_params, changed_rules
from digits.gate.versions import PREDICTION, Snapshot

ROUNDING = 1e-9
FIELDS = ("recipe", "failures", "unchecked", "method", "p_loss", "p_gain", "minimum_detectable_drop")  # for JSON


def judge(before: Snapshot, after: Snapshot, rules: Rules) -> list[Comparison]:
    """All comparisons with their `failures` and what is `unchecked`.

    Raises UserError where no comparison makes sense, or the rules name a measure that neither version has.
    """
    comparisons = compare(before, after, rules)
    directions = after.higher_is_better | before.higher_is_better
    for model in comparisons:
        limits = rules.limits.get(model.recipe, {}) if rules.apply_to(after) else {}
        tolerances = rules.tolerances if model.before else {}
        known = before.recognizer if model.recipe == RECOGNIZER else model.before
        has_gaps = any(recipe == model.recipe for _, recipe in before.gaps + after.gaps)
        model.unchecked = [name for name in dict.fromkeys([*tolerances, *limits]) if name not in model.after]
        if unknown := [name for name in model.unchecked if name not in known and not has_gaps]:
            raise UserError(f"the section gate of params.yaml: {unknown[0]} is not a measure of {model.recipe}")
        for measure, tolerated in tolerances.items():
            if measure in model.before and measure in model.after:
                if measure not in directions:
                    raise UserError(f"gate.tolerances.{measure}: no `meta` in a dvc.yaml says whether higher is better")
                model.failures += _losses(model, measure, tolerated, directions[measure], rules.alpha)
        for measure, limit in limits.items():
            value = model.after.get(measure)
            if value is not None and limit.min is not None and value < limit.min - ROUNDING:
                model.failures.append(f"{measure} is {value:g}, below its limit of {limit.min:g}")
            if value is not None and limit.max is not None and value > limit.max + ROUNDING:
                hint = "; too good to be true, look for a leak" if directions.get(measure) else ""
                model.failures.append(f"{measure} is {value:g}, above its limit of {limit.max:g}{hint}")
    return comparisons


def _losses(model: Comparison, measure: str, tolerated: float, higher_is_better: bool, alpha: float) -> Iterator[str]:
    before, after = model.before[measure], model.after[measure]
    loss = before - after if higher_is_better else after - before
    if loss <= tolerated + ROUNDING:
        return
    if measure != "accuracy":
        yield f"{measure} went from {before:g} to {after:g}, worse by more than {tolerated:g}"
    elif model.p_loss <= alpha:
        yield f"accuracy fell by {loss * 100:.2f} points, which is significant: p = {model.p_loss:.2g}"


def outcome(model: Comparison, alpha: float) -> str:
    if model.failures:
        return "FAILS"
    if not model.before:
        return "in limits" if model.recipe == RECOGNIZER else "new"
    if model.p_loss <= alpha:
        return "tolerated"
    if model.p_gain <= alpha:
        return "better"
    return "passes" if model.n_flips else "unchanged"


def summary_table(comparisons: list[Comparison], rules: Rules) -> pd.DataFrame:
    """One row per model, as text."""
    rows = []
    for model in comparisons:
        row = {
            "model": model.recipe,
            "seeds": "/".join(dict.fromkeys(str(len(seeds)) for seeds in model.seeds if seeds)),
            "before": _percent(model.before),
            "after": _percent(model.after),
            "points": f"{model.change * 100:+.2f}",
            "negative flips": str(len(model.negative_flips)),
            "positive flips": str(len(model.positive_flips)),
            "p": "<0.001" if model.p_loss < 0.001 else f"{model.p_loss:.3f}",
            "min. detectable": f"{model.minimum_detectable_drop * 100:.2f}",
            "verdict": outcome(model, rules.alpha),
        }
        untested = [] if model.before else ["points", "negative flips", "positive flips", "p", "min. detectable"]
        rows.append(row | dict.fromkeys(untested, "-"))
    return pd.DataFrame(rows)


def _percent(measures: dict[str, float]) -> str:
    return f"{measures['accuracy']:.2%}" if "accuracy" in measures else "-"


def notes(before: Snapshot, after: Snapshot, comparisons: list[Comparison], rules: Rules) -> list[str]:
    """What does not stand in the table: failures, changed rules, what was left out or not checked."""
    lines = [f"{model.recipe}: {reason}" for model in comparisons for reason in model.failures]
    if changed := changed_rules(before, after):
        lines.append(f"the rules of {before.label} apply; changed since: {', '.join(changed)}")
    if removed := [recipe for recipe in before.results if recipe not in after.results]:
        lines.append(f"removed: {', '.join(removed)}")
    new = [recipe for recipe in after.results if recipe not in before.results and recipe not in rules.limits]
    lines += [f"{recipe}: new and without limits; set some in params.yaml: gate.limits.{recipe}" for recipe in new]
    if rules.limits and not rules.apply_to(after):
        lines.append(f"the limits are for {rules.dataset} and were not applied to {after.dataset['dataset']}")
    lines += [f"{model.recipe}: {model.left_out}" for model in comparisons if model.left_out]
    for version in (version for version in (before, after) if version.gaps):
        lines.append(f"studies not of the models of {version.label}: {with_models(version.gaps)}")
    if unchecked := [(measure, model.recipe) for model in comparisons for measure in model.unchecked]:
        lines.append(f"not checked, without a value: {with_models(unchecked)}")
    return lines


def with_models(pairs: list[tuple[str, str]]) -> str:
    """Such as "robustness (mlp, cnn), ood (cnn)", of each study or measure with one of its models."""
    models: dict[str, list[str]] = defaultdict(list)
    for name, model in dict.fromkeys(pairs):
        models[name].append(model)
    return ", ".join(f"{name} ({', '.join(of_name)})" for name, of_name in models.items())


def as_dict(before: Snapshot, after: Snapshot, comparisons: list[Comparison], rules: Rules) -> dict[str, Any]:
    """Everything that was compared, for JSON."""
    failed = [model.recipe for model in comparisons if model.failures]
    result = f"fails for {', '.join(failed)}" if failed else "passes"
    return {
        "comparable": True,
        "passed": not failed,
        "headline": f"{after.label} {result}, compared with {before.label}",
        "baseline": before.label,
        "alpha": rules.alpha,
        "power": rules.power,
        "models": [
            {
                **{name: getattr(model, name) for name in FIELDS},
                "verdict": outcome(model, rules.alpha),
                "seeds": {"before": model.seeds[0], "after": model.seeds[1]},
                "measures": {"before": model.before, "after": model.after},
                "negative_flips": model.negative_flips[PREDICTION].to_dict("records"),
                "positive_flips": model.positive_flips[PREDICTION].to_dict("records"),
            }
            for model in comparisons
        ],
        "notes": notes(before, after, comparisons, rules),
        "params": changed_params(before, after),
    }
