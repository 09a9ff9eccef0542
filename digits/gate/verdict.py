"""Which changes are failures: what became worse than tolerated, and which limits are crossed."""

from dataclasses import dataclass, field
from difflib import get_close_matches

from digits.core.errors import UserError
from digits.gate.comparison import Comparison
from digits.gate.rules import Limits, Rules

ROUNDING = 1e-9


@dataclass
class Verdict:
    """A comparison, why it fails the gate (it passes where there is no reason), and the gated measures that could not
    be checked, since their study is not current."""

    comparison: Comparison
    failures: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def judge(comparison: Comparison, rules: Rules) -> Verdict:
    """Raises UserError if the rules name a measure that does not exist."""
    limits = rules.limits.get(comparison.recipe, {}) if comparison.has_limits else {}
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
    verdict.failures += _losses(comparison, rules) + _crossed(comparison, limits)
    return verdict


def _losses(comparison: Comparison, rules: Rules) -> list[str]:
    """What became worse than the baseline by more than is tolerated."""
    found = []
    for measure, tolerated in rules.tolerances.items():
        if measure not in comparison.before or measure not in comparison.after:
            continue
        before, after = comparison.before[measure], comparison.after[measure]
        if measure not in comparison.higher_is_better:
            raise UserError(f"gate.tolerances.{measure}: no `meta` in a dvc.yaml says whether higher is better")
        loss = before - after if comparison.higher_is_better[measure] else after - before
        if loss <= tolerated + ROUNDING:
            continue
        if measure != "accuracy":
            found.append(f"{measure} went from {before:g} to {after:g}, worse by more than {tolerated:g}")
        elif comparison.p_loss <= rules.alpha:
            found.append(f"accuracy fell by {loss * 100:.2f} points, which is significant: p = {comparison.p_loss:.2g}")
    return found


def _crossed(comparison: Comparison, limits: dict[str, Limits]) -> list[str]:
    found = []
    for measure, limit in limits.items():
        if measure not in comparison.after:
            continue
        value = comparison.after[measure]
        if limit.min is not None and value < limit.min - ROUNDING:
            found.append(f"{measure} is {value:g}, below its limit of {limit.min:g}")
        if limit.max is not None and value > limit.max + ROUNDING:
            better = comparison.higher_is_better.get(measure, False)
            hint = "; too good to be true, look for a leak" if better else ""
            found.append(f"{measure} is {value:g}, above its limit of {limit.max:g}{hint}")
    return found
