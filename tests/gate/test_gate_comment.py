"""The comment on a pull request: real git, real pushes; GitHub's own command line is played by a script."""

import shutil
from pathlib import Path

import pytest

from support import ROOT, commit_all, git, run

GH = """#!/usr/bin/env bash
echo "$*" >> "$RECORD/calls"
last="${!#}"
case "$1 $2" in
  "run download") mkdir -p "$7"; cp -r "$RECORD/report/." "$7" ;;
  "pr list") cat "$RECORD/number" ;;
  "api --paginate") cat "$RECORD/comment-id" ;;
  "api --silent") cp "${last#body=@}" "$RECORD/body" ;;
esac
"""


@pytest.fixture
def pull_request(tmp_path: Path) -> Path:
    """A folder with a checkout, `origin` behind it, and what GitHub is to answer."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "origin")
    git(tmp_path, "clone", "--quiet", "origin", "checkout")
    (tmp_path / "checkout/.ci").mkdir()
    shutil.copy2(ROOT / ".ci/gate-comment", tmp_path / "checkout/.ci/gate-comment")
    commit_all(tmp_path / "checkout", "project")
    git(tmp_path / "checkout", "push", "--quiet", "origin", "HEAD:main")
    (tmp_path / "report").mkdir()
    (tmp_path / "report/gate.md").write_text(
        "## Gate\n\n![negative flips](wide_net-negative-flips.png)\n[page](docs/gate.md)\n"
    )
    (tmp_path / "report/wide_net-negative-flips.png").write_bytes(b"picture")
    (tmp_path / "report/evil.sh").write_text("never copied")
    (tmp_path / "number").write_text("12\n")
    (tmp_path / "comment-id").write_text("")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gh").write_text(GH)
    (tmp_path / "bin/gh").chmod(0o755)
    return tmp_path


def comment(folder: Path) -> str:
    """Run the script; what it sent to GitHub's API."""
    (folder / "calls").write_text("")
    run(
        ["bash", "-c", f'PATH="{folder}/bin:$PATH" exec .ci/gate-comment'],
        folder / "checkout",
        RECORD=str(folder),
        GH_REPO="owner/digits",
        RUN_ID="7",
        HEAD_SHA="abc",
        OWNER="someone",
        BRANCH="change",
    )
    return (folder / "calls").read_text()


def test_the_report_becomes_one_comment_whose_pictures_are_on_a_branch(pull_request: Path):
    calls = comment(pull_request)
    assert "api --silent repos/owner/digits/issues/12/comments" in calls
    origin = pull_request / "origin"
    commit = git(origin, "rev-parse", "gate-pictures").strip()
    body = (pull_request / "body").read_text()
    assert f"![negative flips](https://github.com/owner/digits/raw/{commit}/12/wide_net-negative-flips.png)" in body
    assert "[page](docs/gate.md)" in body
    assert git(origin, "ls-tree", "-r", "--name-only", "gate-pictures").split() == ["12/wide_net-negative-flips.png"]
    assert git(origin, "show", "gate-pictures:12/wide_net-negative-flips.png") == "picture"


def test_the_next_push_updates_the_comment_and_leaves_others_pictures(pull_request: Path):
    comment(pull_request)
    (pull_request / "number").write_text("13\n")
    (pull_request / "comment-id").write_text("99\n")
    calls = comment(pull_request)
    assert "api --silent --method PATCH repos/owner/digits/issues/comments/99" in calls
    kept = git(pull_request / "origin", "ls-tree", "-r", "--name-only", "gate-pictures").split()
    assert kept == ["12/wide_net-negative-flips.png", "13/wide_net-negative-flips.png"]


def test_a_pull_request_that_moved_on_gets_no_comment(pull_request: Path):
    (pull_request / "number").write_text("")
    assert "api" not in comment(pull_request)
