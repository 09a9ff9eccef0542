"""The comment on a pull request: real git, real pushes; GitHub's own command line is played by a script."""

import shutil
from pathlib import Path

import pytest

from support import ROOT, commit_all, git, run

PNG = b"\x89PNG\r\n\x1a\npicture"
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
    (tmp_path / "report/wide_net-negative-flips.png").write_bytes(PNG)
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
    assert git(origin, "ls-tree", "-r", "--name-only", "gate-pictures").split() == ["12/wide_net-negative-flips.png"]
    assert git(origin, "cat-file", "-s", "gate-pictures:12/wide_net-negative-flips.png").strip() == str(len(PNG))


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


def test_what_is_no_small_png_is_not_pushed(pull_request: Path):
    report = pull_request / "report"
    (report / "page.png").write_bytes(b"<html>")
    (report / "large.png").write_bytes(PNG + bytes(2**20))
    (report / "UPPER.png").write_bytes(PNG)
    (report / "link.png").symlink_to("/etc/hostname")
    for number in range(60):
        (report / f"many-{number:02d}.png").write_bytes(PNG)
    comment(pull_request)
    pushed = git(pull_request / "origin", "ls-tree", "-r", "--name-only", "gate-pictures").split()
    assert pushed == [f"12/many-{number:02d}.png" for number in range(40)]


def test_markdown_of_a_pull_request_can_neither_link_nor_mention_nor_hide(pull_request: Path):
    evil = [
        "@everyone see #1 and [this](https://evil.example/?q) or https://evil.example",
        "![x](https://evil.example/pixel.png) [y]: //evil.example",
        "<img src=x><!-- hidden",
    ]
    (pull_request / "report/gate.md").write_text(
        "\n".join([*evil, "<details><summary>All flips</summary>", "| `a` | 1 |", "</details>"]) + "x" * 70_000
    )
    comment(pull_request)
    body = (pull_request / "body").read_text()
    for harmful in ("@", "#1", "](", "//", "<img", "<!-- hidden", "]:"):
        assert harmful not in body.removeprefix("<!-- gate -->"), harmful
    assert "<details><summary>All flips</summary>\n| `a` | 1 |" in body
    assert len(body) < 65_536
