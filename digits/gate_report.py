"""The gate's verdicts as people and programs read them: a table, sentences, JSON, Markdown for a pull request.

Knows words and order. What is said was decided by `gate`; the pictures are drawn by `gate_pictures`.
"""

import json
from typing import Any

import pandas as pd

from digits import params, rendering, results
from digits.comparison import Comparison
from digits.gate import Verdict
from digits.gate_params import Gate
from digits.snapshot import Snapshot

SHOWN = ["image", "actual", "predicted", "confidence"]


def headline(before: Snapshot, after: Snapshot, verdicts: list[Verdict]) -> str:
    failed = [verdict.comparison.recipe for verdict in verdicts if verdict.failures]
    verdict = f"fails for {', '.join(failed)}" if failed else "passes"
    return f"{after.label} {verdict}, compared with {before.label}"


def table(verdicts: list[Verdict]) -> pd.DataFrame:
    """One row a recipe, as text."""
    return pd.DataFrame([_row(verdict) for verdict in verdicts])


def _row(verdict: Verdict) -> dict[str, str]:
    it = verdict.comparison
    new = not it.before
    return {
        "model": it.recipe,
        "seeds": " and ".join(dict.fromkeys(str(len(seeds)) for seeds in it.seeds if seeds)),
        "before": "-" if new else f"{it.before['accuracy']:.2%}",
        "after": f"{it.after['accuracy']:.2%}",
        "points": "-" if new else f"{it.change * 100:+.2f}",
        "broken": "-" if new else str(len(it.broken)),
        "fixed": "-" if new else str(len(it.fixed)),
        "p of a loss": "-" if new else f"{it.p_loss:.2g}",
        "would have seen": "-" if new else f"{it.detectable * 100:.2f}",
        "verdict": "FAILS" if verdict.failures else "new" if new and not it.limits_alone else "passes",
    }


def sentences(verdict: Verdict, gate: Gate) -> list[str]:
    """What the verdict says of its recipe and why, one reason a line."""
    found = verdict.failures or [_finding(verdict.comparison, gate)]
    return [f"{verdict.comparison.recipe}: {reason}" for reason in found]


def _finding(it: Comparison, gate: Gate) -> str:
    if not it.before:
        return it.method
    seen = f"a drop of {it.detectable * 100:.2f} points or more would have been seen with probability {gate.power:g}"
    changes = f"{len(it.broken)} broken, {len(it.fixed)} fixed"
    if it.p_gain <= gate.level:
        return (
            f"reads better by {it.change * 100:.2f} points, more than chance explains: {changes}, p = {it.p_gain:.2g}"
        )
    if it.p_loss <= gate.level:
        return f"reads worse by {-it.change * 100:.2f} points, more than chance explains, but no more than is allowed"
    if not it.change and not len(it.broken) + len(it.fixed):
        return f"reads every digit as before; {seen}"
    return f"no loss beyond chance ({changes}, p = {it.p_loss:.2g}); {seen}"


def changed_params(before: Snapshot, after: Snapshot) -> dict[str, tuple[Any, Any]]:
    """The parameters that differ, by dotted key; None where a version has none of that name."""
    first, second = params.flatten(before.params), params.flatten(after.params)
    keys = [*second, *(key for key in first if key not in second)]
    return {key: (first.get(key), second.get(key)) for key in keys if first.get(key) != second.get(key)}


def as_json(before: Snapshot, after: Snapshot, verdicts: list[Verdict], gate: Gate) -> str:
    """Everything that was found, for programs."""
    content = {
        "comparable": True,
        "passed": not any(verdict.failures for verdict in verdicts),
        "baseline": before.label,
        "level": gate.level,
        "power": gate.power,
        "models": [{**_facts(it.comparison), "failures": it.failures, "says": sentences(it, gate)} for it in verdicts],
        "params": changed_params(before, after),
    }
    return json.dumps(content, indent=2)


def refusal_as_json(reason: str) -> str:
    return json.dumps({"comparable": False, "reason": reason}, indent=2)


def _facts(it: Comparison) -> dict[str, Any]:
    return {
        "recipe": it.recipe,
        "seeds": {"before": it.seeds[0], "after": it.seeds[1]},
        "measures": {"before": it.before, "after": it.after},
        "method": it.method,
        "p_loss": it.p_loss,
        "p_gain": it.p_gain,
        "detectable": it.detectable,
        "broken": it.broken[SHOWN].to_dict("records"),
        "fixed": it.fixed[SHOWN].to_dict("records"),
    }


def as_markdown(
    before: Snapshot, after: Snapshot, verdicts: list[Verdict], gate: Gate, pictures: dict[str, dict[str, str]]
) -> str:
    """The comment on a pull request; `pictures` are the file names of each recipe's pictures by what they show."""
    return rendering.render(
        "gate.md.j2",
        {
            "headline": headline(before, after, verdicts),
            "failed": any(verdict.failures for verdict in verdicts),
            "table": results.markdown(table(verdicts)),
            "sentences": [line for verdict in verdicts for line in sentences(verdict, gate)],
            "changed": [it.comparison for it in verdicts if len(it.comparison.broken) + len(it.comparison.fixed)],
            "pictures": pictures,
            "measures": _measures(verdicts, gate),
            "params": changed_params(before, after),
            "gate": gate,
        },
    )


def refusal_as_markdown(reason: str) -> str:
    return f"## Gate: nothing to compare\n\n{reason}\n"


def _measures(verdicts: list[Verdict], gate: Gate) -> str:
    """The gated measures of every recipe before and after, in Markdown."""
    rows = [
        {
            "model": it.comparison.recipe,
            "measure": name,
            "before": f"{it.comparison.before[name]:g}" if name in it.comparison.before else "-",
            "after": f"{it.comparison.after[name]:g}",
            "may worsen by": f"{allowed:g}",
        }
        for it in verdicts
        if not it.comparison.limits_alone
        for name, allowed in gate.allowed_drops.items()
    ]
    return results.markdown(pd.DataFrame(rows))
