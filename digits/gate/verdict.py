"""Which changes are failures: what became worse than tolerated, and which limits are crossed."""

from dataclasses import dataclass, field
from difflib import get_close_matches

from digits.core.errors import UserError
from digits.gate.comparison import Comparison
from digits.gate.rules import Limits, Rules

BETTER_HIGH = ("accuracy", "recall", "f1", "auroc")  # a measure whose name holds one of these; all others are costs
ROUNDING = 1e-9


@dataclass
class Verdict:
    """A comparison, why it fails the gate (it passes where there is no reason), and the gated measures that could not
    be checked, since their study is not current."""

    comparison: Comparison
    failures: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def judge(comparison: Comparison, rules: Rules) -> Verdict:
    """Raises UserError where the rules name a measure that does not exist."""
    limits = rules.limits.get(comparison.recipe, {})
    tolerances = rules.tolerances if comparison.before else {}
    verdict = Verdict(comparison)
    for section, gated in (("tolerances", tolerances), (f"limits.{comparison.recipe}", limits)):
        for measure in gated:
            if measure in comparison.after or measure in verdict.unchecked:
                continue
            if not any(gap.explains(measure) for gap in comparison.gaps):
                near = ", ".join(get_close_matches(measure, comparison.after, n=3, cutoff=0))
                raise UserError(
                    f"gate.{section}.{measure} is not a measure of {comparison.recipe}; the nearest: {near}"
                )
            verdict.unchecked.append(measure)
    verdict.failures += _losses(comparison, rules) + _crossed(comparison.after, limits)
    return verdict


def _losses(comparison: Comparison, rules: Rules) -> list[str]:
    """What became worse than the baseline by more than is tolerated."""
    found = []
    for measure, tolerated in rules.tolerances.items():
        if measure not in comparison.before or measure not in comparison.after:
            continue
        before, after = comparison.before[measure], comparison.after[measure]
        loss = before - after if is_better_high(measure) else after - before
        if loss <= tolerated + ROUNDING:
            continue
        if measure != "accuracy":
            found.append(f"{measure} went from {before:g} to {after:g}, worse by more than {tolerated:g}")
        elif comparison.p_loss <= rules.alpha:
            found.append(f"accuracy fell by {loss * 100:.2f} points, which is significant: p = {comparison.p_loss:.2g}")
    return found


def _crossed(measures: dict[str, float], limits: dict[str, Limits]) -> list[str]:
    found = []
    for measure, limit in limits.items():
        if measure not in measures:
            continue
        value = measures[measure]
        if limit.min is not None and value < limit.min - ROUNDING:
            found.append(f"{measure} is {value:g}, below its limit of {limit.min:g}")
        if limit.max is not None and value > limit.max + ROUNDING:
            hint = "; too good to be true, look for a leak" if is_better_high(measure) else ""
            found.append(f"{measure} is {value:g}, above its limit of {limit.max:g}{hint}")
    return found


def is_better_high(measure: str) -> bool:
    return any(word in measure for word in BETTER_HIGH)
