"""Compare the working tree's results with those of a git revision, model by model.

    python -m digits.gate                                   against main, or origin/main where there is no main
    python -m digits.gate --baseline HEAD~1                 against any branch, tag or commit
    python -m digits.gate --markdown gate --json gate.json  also a folder for a pull request, and all of it as JSON

Exit code 0: no regression found; 1: a regression, or a limit crossed; 2: nothing to compare, and why, or a bug. The
rules are the baseline's section `gate` of params.yaml, so that a change cannot loosen its own; see docs/gate.md.
"""

import argparse
import json
import sys
import traceback
from pathlib import Path
from typing import Any

from digits import files
from digits.files import UserError
from digits.gate import rules, verdict, versions
from digits.gate.versions import CommitTree, WorkingTree


def main(arguments: argparse.Namespace) -> None:
    try:
        new_rules = rules.load_rules()  # a mistake in them is an error although the baseline's apply
        before, after = (versions.read_snapshot(tree) for tree in (CommitTree(arguments.baseline), WorkingTree()))
        for version in (before, after):
            if arguments.studies and version.gaps:
                gaps = verdict.with_models(version.gaps)
                raise UserError(f"studies were not run on the models of {version.label}: {gaps}; run `make studies`")
        applied = rules.rules_between(before, new_rules)
        parts = before, after, verdict.judge(before, after, applied), applied
    except (UserError, OSError) as error:
        write(arguments, {"comparable": False, "reason": str(error)}, f"## Gate: nothing to compare\n\n{error}\n")
        raise
    content, markdown = verdict.as_dict(*parts), ""
    if arguments.markdown:
        from digits.gate import report  # only here: it imports matplotlib, which takes longer than the comparison

        markdown = report.write(arguments.markdown, *parts)
    write(arguments, content, markdown)
    if arguments.json != "-":
        print(verdict.summary_table(parts[2], applied).to_string(index=False), *content["notes"], sep="\n")
        print(f"gate: {content['headline']}", file=sys.stdout if content["passed"] else sys.stderr)
    if not content["passed"]:
        sys.exit(1)


def write(arguments: argparse.Namespace, content: dict[str, Any], markdown: str) -> None:
    text = json.dumps(content, indent=2)
    if arguments.json == "-":
        print(text)
    elif arguments.json:
        files.write_text(Path(arguments.json), text + "\n")
    if arguments.markdown:
        files.write_text(arguments.markdown / "gate.md", markdown)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--baseline", help="branch, tag or commit (default: main, else origin/main)")
    parser.add_argument("--json", metavar="FILE", nargs="?", const="-", help="write JSON to FILE, or print it alone")
    parser.add_argument("--markdown", metavar="FOLDER", type=Path, help="write gate.md and its pictures to FOLDER")
    parser.add_argument("--studies", action="store_true", help="refuse if a study is not of the present models")
    arguments = parser.parse_args()
    try:
        files.execute("gate", lambda: main(arguments))
    except Exception:  # Python would end with 1, which means a regression
        traceback.print_exc()
        sys.exit(files.USER_ERROR)
