"""The gate's verdicts in words: a headline, a table and sentences."""

from collections import defaultdict
from collections.abc import Iterable

import pandas as pd

from digits.gate.comparison import Comparison
from digits.gate.rules import Rules, changed_rules
from digits.gate.verdict import Verdict
from digits.versions.snapshots import Snapshot


def headline(before: Snapshot, after: Snapshot, verdicts: list[Verdict]) -> str:
    failed = [verdict.comparison.recipe for verdict in verdicts if verdict.failures]
    verdict = f"fails for {', '.join(failed)}" if failed else "passes"
    return f"{after.label} {verdict}, compared with {before.label}"


def table(verdicts: list[Verdict]) -> pd.DataFrame:
    """One row per model, as text."""
    return pd.DataFrame([_row(verdict) for verdict in verdicts])


def _row(verdict: Verdict) -> dict[str, str]:
    it = verdict.comparison
    tested = bool(it.before)
    return {
        "model": it.recipe,
        "seeds": "/".join(dict.fromkeys(str(len(seeds)) for seeds in it.seeds if seeds)),
        "before": _percent(it.before),
        "after": _percent(it.after),
        "points": f"{it.change * 100:+.2f}" if tested else "-",
        "negative flips": str(len(it.negative_flips)) if tested else "-",
        "positive flips": str(len(it.positive_flips)) if tested else "-",
        "p": ("<0.001" if it.p_loss < 0.001 else f"{it.p_loss:.3f}") if tested else "-",
        "min. detectable": f"{it.minimum_detectable_drop * 100:.2f}" if tested else "-",
        "verdict": "FAILS" if verdict.failures else "passes" if tested or it.only_limits else "new",
    }


def _percent(measures: dict[str, float]) -> str:
    if "accuracy" not in measures:
        return "-"
    return f"{measures['accuracy']:.2%}".replace("100.00", "100")


def sentences(verdict: Verdict, rules: Rules) -> list[str]:
    """What was found for one model, one reason per line."""
    found = verdict.failures or [_finding(verdict.comparison, rules)]
    return [f"{verdict.comparison.recipe}: {reason}" for reason in found]


def _finding(it: Comparison, rules: Rules) -> str:
    if it.only_limits:
        return "within its limits"
    if not it.before:
        return "new, nothing to compare with"
    flips = f"{len(it.negative_flips)} negative and {len(it.positive_flips)} positive flips"
    if len(it.seeds[0]) > 1:
        flips += ", Welch's t over seeds"
    drop = f"minimum detectable drop {it.minimum_detectable_drop * 100:.2f} points (power {rules.power:g})"
    if it.p_gain <= rules.alpha:
        return f"better by {it.change * 100:.2f} points: {flips}, p = {it.p_gain:.2g}"
    if it.p_loss <= rules.alpha:
        return f"worse by {-it.change * 100:.2f} points, which is tolerated: {flips}, p = {it.p_loss:.2g}"
    if not it.change and not it.n_flips:
        return f"no prediction changed; {drop}"
    return f"no regression found: {flips}, p = {it.p_loss:.2g}; {drop}"


def notes(before: Snapshot, after: Snapshot, verdicts: list[Verdict], rules: Rules) -> list[str]:
    """What does not stand in the table: changed rules, recipes, seeds and studies left out, measures not checked."""
    gaps = {it.label: gaps_in_words(it) for it in (before, after) if it.gaps}
    if len(gaps) == 2 and len(set(gaps.values())) == 1:
        gaps = {"both versions": gaps[after.label]}
    changed = changed_rules(before, after)
    found = [f"the rules of {before.label} apply; changed since: {', '.join(changed)}"] if changed else []
    removed = [recipe for recipe in before.results if recipe not in after.results]
    found += [f"removed: {', '.join(removed)}"] if removed else []
    if rules.limits and not rules.hold_for(after):
        found.append(f"the limits are for {rules.dataset} and were not applied to {after.dataset['dataset']}")
    found += [f"{it.comparison.recipe}: {it.comparison.ignored}" for it in verdicts if it.comparison.ignored]
    found += [f"studies left out of {label}: {words}" for label, words in gaps.items()]
    unchecked = _with_models((measure, it.comparison.recipe) for it in verdicts for measure in it.unchecked)
    found += [f"not checked without them: {unchecked}"] if unchecked else []
    return found


def gaps_in_words(snapshot: Snapshot) -> str:
    """Such as "not run: hands, ood; stale: robustness (mlp, cnn)"."""
    not_run = ", ".join(sorted({gap.study for gap in snapshot.gaps if gap.reason == "not run"}))
    stale = _with_models((gap.study, gap.model) for gap in snapshot.gaps if gap.reason == "stale")
    return "; ".join(f"{reason}: {studies}" for reason, studies in (("not run", not_run), ("stale", stale)) if studies)


def _with_models(pairs: Iterable[tuple[str, str]]) -> str:
    """Such as "robustness (mlp, cnn), hands (cnn)", of each study or measure with one of its models."""
    models: dict[str, list[str]] = defaultdict(list)
    for name, model in dict.fromkeys(pairs):
        models[name].append(model)
    return ", ".join(f"{name} ({', '.join(of_name)})" for name, of_name in models.items())
