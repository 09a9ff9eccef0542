"""Compare the working tree's results with those of a git revision, model by model.

    python -m apps.gate                                   against main
    python -m apps.gate --baseline v1.2                   against any branch, tag or commit
    python -m apps.gate --markdown gate --json gate.json  also a folder for a pull request, and all of it as JSON

Needs the metrics that git tracks and nothing else of the baseline. Exit code 0: no regression; 1: a regression, or a
limit crossed; 2: nothing to compare, and why. What counts as one stands in the `gate` section of params.yaml.
"""

import argparse
import sys
from pathlib import Path

from digits import artifacts, command, comparison, gate, gate_report, params, results, snapshot
from digits.gate import Verdict
from digits.gate_params import Gate
from digits.snapshot import Snapshot

REGRESSION = 1


def main(arguments: argparse.Namespace) -> str:
    try:
        section = params.load().gate
        before, after = snapshot.of_revision(arguments.baseline), snapshot.of_working_tree()
        compared = comparison.compare(before, after, section)
        verdicts = [gate.judge(it, section) for it in compared]
    except (ValueError, OSError) as error:
        write(arguments, gate_report.refusal_as_json(str(error)), gate_report.refusal_as_markdown(str(error)))
        raise
    if arguments.json != "-":
        print(results.markdown(gate_report.table(verdicts)))
        print("\n".join(line for verdict in verdicts for line in gate_report.sentences(verdict, section)))
    found = gate_report.as_json(before, after, verdicts, section)
    write(arguments, found, markdown(arguments.markdown, before, after, verdicts, section))
    headline = gate_report.headline(before, after, verdicts)
    if any(verdict.failures for verdict in verdicts):
        print(f"gate: {headline}", file=sys.stderr)
        sys.exit(REGRESSION)
    return headline if arguments.json != "-" else ""


def markdown(folder: Path | None, before: Snapshot, after: Snapshot, verdicts: list[Verdict], section: Gate) -> str:
    """The Markdown, its pictures written to `folder`; nothing where none is asked for."""
    if not folder:
        return ""
    from digits import gate_pictures  # it imports matplotlib, which takes longer than the comparison

    changed = [it.comparison for it in verdicts if len(it.comparison.broken) + len(it.comparison.fixed)]
    pictures = {it.recipe: gate_pictures.write(folder, it, before, after) for it in changed}
    return gate_report.as_markdown(before, after, verdicts, section, pictures)


def write(arguments: argparse.Namespace, found: str, page: str) -> None:
    if arguments.json == "-":
        print(found)
    elif arguments.json:
        artifacts.write_text(Path(arguments.json), found + "\n")
    if arguments.markdown:
        artifacts.write_text(arguments.markdown / "gate.md", page)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--baseline", default="main", help="branch, tag or commit (default: main)")
    parser.add_argument("--json", metavar="FILE", nargs="?", const="-", help="write JSON to FILE, or print it alone")
    parser.add_argument("--markdown", metavar="FOLDER", type=Path, help="write gate.md and its pictures to FOLDER")
    arguments = parser.parse_args()
    command.run("gate", lambda: main(arguments))
