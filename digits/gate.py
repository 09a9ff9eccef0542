"""The gate: which of a comparison's changes are failures, and which limits no version may cross.

Knows when a loss is too much and which measures are better high. What changed was found by `comparison`; how it is
shown is known to `gate_report`.
"""

from dataclasses import dataclass

from digits.comparison import Comparison
from digits.gate_params import Gate, Limits

BETTER_HIGH = ("accuracy", "recall", "f1", "auroc")  # a measure whose name holds one of these; all others are costs
ROUNDING = 1e-9


@dataclass
class Verdict:
    """A comparison and why it fails the gate; it passes where there is no reason."""

    comparison: Comparison
    failures: list[str]


def judge(comparison: Comparison, gate: Gate) -> Verdict:
    """Raises ValueError where the gate names a measure that does not exist."""
    limits = gate.limits.get(comparison.recipe, {})  # type: ignore[call-overload]
    return Verdict(comparison, [*_losses(comparison, gate), *_crossed(comparison, limits)])


def _losses(comparison: Comparison, gate: Gate) -> list[str]:
    """What became worse than the baseline by more than is allowed."""
    if not comparison.before:
        return []
    found = []
    for measure, allowed in gate.allowed_drops.items():
        if measure in comparison.after and measure not in comparison.before:
            continue  # it was not yet measured then
        before, after = (_value(it, measure, "gate.allowed_drops") for it in (comparison.before, comparison.after))
        loss = before - after if is_better_high(measure) else after - before
        if loss <= allowed + ROUNDING:
            continue
        if measure != "accuracy":
            found.append(f"{measure} went from {before:g} to {after:g}, which is worse by more than {allowed:g}")
        elif comparison.p_loss <= gate.level:
            found.append(
                f"accuracy fell by {loss * 100:.2f} points, more than chance explains: p = {comparison.p_loss:.2g}"
            )
    return found


def _crossed(comparison: Comparison, limits: dict[str, Limits]) -> list[str]:
    """The limits that the recipe is beyond."""
    found = []
    for measure, limit in limits.items():
        value = _value(comparison.after, measure, f"gate.limits.{comparison.recipe}")
        if limit.least is not None and value < limit.least - ROUNDING:
            found.append(f"{measure} is {value:g}, below its limit of {limit.least:g}")
        if limit.most is not None and value > limit.most + ROUNDING:
            hint = "; too good to be true, look for a leak" if is_better_high(measure) else ""
            found.append(f"{measure} is {value:g}, above its limit of {limit.most:g}{hint}")
    return found


def _value(measures: dict[str, float], measure: str, section: str) -> float:
    if measure not in measures:
        raise ValueError(f"{section}.{measure} is not a measure; there are {', '.join(sorted(measures))}")
    return measures[measure]


def is_better_high(measure: str) -> bool:
    return any(word in measure for word in BETTER_HIGH)
