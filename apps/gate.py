"""Compare the working tree's results with those of a git revision, model by model.

    python -m apps.gate                                   against main
    python -m apps.gate --baseline HEAD~1                 against any branch, tag or commit
    python -m apps.gate --markdown gate --json gate.json  also a folder for a pull request, and all of it as JSON

Needs the metrics that git tracks and nothing else of the baseline. Exit code 0: no regression found; 1: a regression,
or a limit crossed; 2: nothing to compare, and why, or a bug. The rules are the baseline's section `gate` of
params.yaml, so that a change cannot loosen its own; see docs/gate.md.
"""

import argparse
import sys
import traceback
from pathlib import Path

from digits.core import artifacts, cli
from digits.core.errors import UserError
from digits.gate import comparison, report, rules, summary, verdict
from digits.gate.rules import Rules
from digits.gate.verdict import Verdict
from digits.versions import snapshots
from digits.versions.snapshots import Snapshot

REGRESSION = 1


def main(arguments: argparse.Namespace) -> str:
    try:
        rules.load_rules()  # a mistake in them is an error although the baseline's apply
        before, after = snapshots.of_revision(arguments.baseline), snapshots.of_working_tree()
        if arguments.studies:
            refuse_gaps(before, after)
        gate = rules.rules_between(before, after)
        verdicts = [verdict.judge(it, gate) for it in comparison.compare(before, after, gate)]
    except (UserError, OSError) as error:
        write(arguments, report.refusal_as_json(str(error)), report.refusal_as_markdown(str(error)))
        raise
    if arguments.json != "-":
        print(summary.table(verdicts).to_string(index=False), end="\n\n")
        lines = [line for verdict in verdicts for line in summary.sentences(verdict, gate)]
        print("\n".join(lines + summary.notes(before, after, verdicts, gate)))
    markdown = draw(arguments.markdown, before, after, verdicts, gate) if arguments.markdown else ""
    write(arguments, report.as_json(before, after, verdicts, gate), markdown)
    headline = summary.headline(before, after, verdicts)
    if any(verdict.failures for verdict in verdicts):
        print(f"gate: {headline}", file=sys.stderr)
        sys.exit(REGRESSION)
    return headline if arguments.json != "-" else ""


def refuse_gaps(*versions: Snapshot) -> None:
    """Raises UserError if a study has no measures of the models of its version."""
    for snapshot in versions:
        if snapshot.gaps:
            raise UserError(
                f"{snapshot.label} has studies that were not run on its models: {summary.gaps_in_words(snapshot)}; run "
                "`make studies` there and commit, or leave out --studies"
            )


def draw(folder: Path, before: Snapshot, after: Snapshot, verdicts: list[Verdict], gate: Rules) -> str:
    """Write the pictures to `folder` and return the Markdown that shows them."""
    from digits.gate import pictures  # it imports matplotlib, which takes longer than the comparison

    changed = [it.comparison for it in verdicts if it.comparison.n_flips]
    written = {it.recipe: pictures.write(folder, it, before, after) for it in changed}
    return report.as_markdown(before, after, verdicts, gate, written)


def write(arguments: argparse.Namespace, found: str, markdown: str) -> None:
    if arguments.json == "-":
        print(found)
    elif arguments.json:
        artifacts.write_text(Path(arguments.json), found + "\n")
    if arguments.markdown:
        artifacts.write_text(arguments.markdown / "gate.md", markdown)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--baseline", default="main", help="branch, tag or commit (default: main)")
    parser.add_argument("--json", metavar="FILE", nargs="?", const="-", help="write JSON to FILE, or print it alone")
    parser.add_argument("--markdown", metavar="FOLDER", type=Path, help="write gate.md and its pictures to FOLDER")
    parser.add_argument("--studies", action="store_true", help="refuse if a study is not of the present models")
    arguments = parser.parse_args()
    try:
        cli.execute("gate", lambda: main(arguments))
    except Exception:  # Python would end with 1, which means a regression
        traceback.print_exc()
        sys.exit(cli.USER_ERROR)
