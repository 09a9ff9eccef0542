"""The gate's verdicts as JSON for programs and as Markdown for a pull request."""

import json
from typing import Any

import pandas as pd

from digits.figures import rendering, tables
from digits.gate import summary
from digits.gate.comparison import PREDICTION, Comparison
from digits.gate.rules import Rules, changed_params
from digits.gate.verdict import Verdict
from digits.versions.snapshots import Snapshot


def as_json(before: Snapshot, after: Snapshot, verdicts: list[Verdict], rules: Rules) -> str:
    """Everything that was found, for programs."""
    content = {
        "comparable": True,
        "passed": not any(verdict.failures for verdict in verdicts),
        "baseline": before.label,
        "alpha": rules.alpha,
        "power": rules.power,
        "models": [
            {**_facts(it.comparison), "failures": it.failures, "summary": summary.sentences(it, rules)}
            for it in verdicts
        ],
        "notes": summary.notes(before, after, verdicts, rules),
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
        "minimum_detectable_drop": it.minimum_detectable_drop,
        "negative_flips": it.negative_flips[PREDICTION].to_dict("records"),
        "positive_flips": it.positive_flips[PREDICTION].to_dict("records"),
    }


def as_markdown(
    before: Snapshot, after: Snapshot, verdicts: list[Verdict], rules: Rules, pictures: dict[str, dict[str, str]]
) -> str:
    """The comment on a pull request; `pictures` are the file names of each recipe's pictures by what they show."""
    return rendering.render(
        "gate.md.j2",
        {
            "headline": summary.headline(before, after, verdicts),
            "table": tables.markdown(summary.table(verdicts)),
            "sentences": [line for verdict in verdicts for line in summary.sentences(verdict, rules)],
            "notes": summary.notes(before, after, verdicts, rules),
            "changed": [it.comparison for it in verdicts if it.comparison.n_flips],
            "pictures": pictures,
            "measures": _measures(verdicts, rules),
            "params": changed_params(before, after),
            "rules": rules,
        },
    )


def refusal_as_markdown(reason: str) -> str:
    return f"## Gate: nothing to compare\n\n{reason}\n"


def _measures(verdicts: list[Verdict], rules: Rules) -> str:
    """The measures with a tolerance, before and after, in Markdown."""

    def number(measures: dict[str, float], name: str) -> str:
        return f"{measures[name]:g}" if name in measures else "-"

    rows = [
        {
            "model": it.comparison.recipe,
            "measure": name,
            "before": number(it.comparison.before, name),
            "after": number(it.comparison.after, name),
            "tolerance": f"{tolerance:g}",
        }
        for it in verdicts
        if not it.comparison.only_limits
        for name, tolerance in rules.tolerances.items()
    ]
    return tables.markdown(pd.DataFrame(rows))
