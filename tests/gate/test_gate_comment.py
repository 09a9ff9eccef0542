"""The comment on a pull request, as its workflow writes it; GitHub's own command line is played by a script."""

import os
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from support import ROOT

GH = """#!/usr/bin/env bash
echo "$*" >> calls
case "$1 $2" in
  "run download") mkdir gate; cp gate.md gate/ ;;
  "pr list") cat number ;;
esac
"""


@pytest.fixture
def pull_request(tmp_path: Path) -> Path:
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "number").write_text("12\n")
    (tmp_path / "gate.md").write_text("## Gate: passes\n\n| model |\n\n- @all `x`\n```\n[a](//b)\n### mlp\n\nflips\n")
    return tmp_path


def comment(folder: Path) -> str:
    """Run the workflow's only step; the calls of `gh`."""
    workflow = YAML(typ="safe").load(ROOT / ".github/workflows/gate-comment.yml")
    names = ("RUN_ID", "RUN_URL", "HEAD_SHA", "OWNER", "BRANCH")
    environment = {**os.environ, **dict.fromkeys(names, "x"), "PATH": f"{folder}:{os.environ['PATH']}"}
    script = workflow["jobs"]["comment"]["steps"][0]["run"]
    subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=folder, env=environment, check=True)
    return (folder / "calls").read_text()


def test_the_report_becomes_one_comment_of_plain_text(pull_request: Path):
    assert "pr comment 12 --edit-last --create-if-none --body-file comment.md" in comment(pull_request)
    block, after = (pull_request / "comment.md").read_text().removeprefix("```text\n").split("```")
    assert "| model |" in block
    assert "[a](//b)" in block  # shown, not followed: nothing ends the block
    assert "flips" not in block
    assert "[summary](x)" in after


def test_without_a_report_the_old_comment_is_replaced(pull_request: Path):
    (pull_request / "gate.md").unlink()
    assert "pr comment 12" in comment(pull_request)
    assert "No report" in (pull_request / "comment.md").read_text()


def test_a_pull_request_that_moved_on_gets_no_comment(pull_request: Path):
    (pull_request / "number").write_text("")
    assert "pr comment" not in comment(pull_request)
