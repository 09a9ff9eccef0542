"""What the repository promises: no machine's traces in its results, a README that is true, locks with hashes."""

import os
import re
import shutil
from pathlib import Path

import pytest

from digits.config.runs import Run
from digits.core import artifacts
from support import ROOT, commit_all, git, run


def test_nothing_in_git_holds_a_time_or_a_path_of_a_machine():
    text = "\n".join(
        (ROOT / name).read_text(encoding="utf-8")
        for name in git(ROOT, "ls-files", "metrics", "plots", "reports").splitlines()
        if name.endswith((".json", ".csv", ".md")) and (ROOT / name).exists()
    )
    assert not re.search(r"\b20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d", text)
    assert str(ROOT) not in text
    assert os.path.expanduser("~") not in text


def test_no_javascript_but_the_pages_own_and_no_large_file_is_in_git():
    for name in git(ROOT, "ls-files").splitlines():
        path = ROOT / name
        assert not name.endswith(".js") or name.startswith("digits/web/page/"), name
        assert not name.endswith((".gz", ".npy", ".keras", ".h5")), name
        assert not path.is_file() or path.stat().st_size < 2**20, name


def test_the_readme_shows_the_committed_numbers():
    table = run(["python", "-m", "apps.results", "--brief"], ROOT).stdout.split("\n\n")[0]
    assert "| cnn" in table
    assert table.strip() in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", sorted(["README.md", *(str(it.relative_to(ROOT)) for it in ROOT.glob("docs/*.md"))]))
def test_pages_name_only_commands_and_files_that_exist(page: str):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert set(re.findall(r"`?make ([a-z-]+)", text)) <= {*targets, "sure"}
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert ((ROOT / page).parent / link).exists(), link


def test_the_committed_numbers_are_not_too_good():
    for path in (ROOT / Run("any", 0).test_metrics).parent.iterdir():
        assert artifacts.read_json(path)["accuracy"] <= 0.998, path.name  # no single network gets there honestly


def test_every_locked_package_has_its_hash():
    for lock in (ROOT / "requirements").glob("*.txt"):
        requirements = re.split(r"\n(?=\S)", lock.read_text())
        pinned = [text for text in requirements if not text.startswith("#")]
        assert len(pinned) > 5
        assert all("==" in text and "--hash=sha256:" in text for text in pinned)


def test_make_committed_sees_changed_deleted_and_new_results(tmp_path: Path):
    shutil.copy2(ROOT / "Makefile", tmp_path)
    (tmp_path / "metrics").mkdir()
    for name in ("kept", "changed", "deleted"):
        (tmp_path / f"metrics/{name}.json").write_text("{}")
    git(tmp_path, "init", "--quiet")
    commit_all(tmp_path, "results")
    run(["make", "committed"], tmp_path)
    (tmp_path / "metrics/changed.json").write_text("{ }")
    (tmp_path / "metrics/deleted.json").unlink()
    (tmp_path / "metrics/new.json").write_text("{}")
    done = run(["make", "committed"], tmp_path, check=False)
    assert done.returncode == 2
    assert [line.split()[-1] for line in done.stdout.splitlines() if "metrics" in line] == [
        "metrics/changed.json",
        "metrics/deleted.json",
        "metrics/new.json",
    ]
