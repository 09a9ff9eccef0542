"""What the repository promises: no machine's traces in its results, a README that is true, packages that are known."""

import re
import shutil
from pathlib import Path

import pytest

from digits import config, readme, rendering, report
from studies import docs
from support import ROOT, commit_all, git, run

PROGRAMS = [  # as `python -m` names them
    path.removesuffix(".py").removesuffix("/__main__").replace("/", ".")
    for path in git(ROOT, "grep", "--name-only", "--fixed-strings", "ArgumentParser(", "digits", "benchmarks").split()
    if path != "digits/config.py"  # it parses the arguments of stages
]
PAGES = ["README.md", *sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/*.md"))]


def tracked(*folders: str) -> list[Path]:
    return [ROOT / name for name in git(ROOT, "ls-files", *folders).splitlines() if (ROOT / name).is_file()]


def test_nothing_in_git_holds_a_time_or_a_path():
    paths = [path for path in tracked("metrics", "plots", "reports") if path.suffix in (".json", ".csv", ".md")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    assert not re.search(r"\b20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d", text)
    assert str(ROOT) not in text
    assert str(Path.home()) not in text


def test_no_foreign_javascript_and_no_large_file():
    for path in tracked():
        assert path.suffix != ".js" or "digits/web/page/" in str(path), path
        assert path.suffix not in (".gz", ".npy", ".keras", ".h5"), path
        # The recognizer may be larger: with it, a fresh clone reads digits at once.
        assert path.stat().st_size < (1_100_000 if path.suffix == ".onnx" else 2**20), path


def test_no_code_loads_a_pickle():
    for path in tracked("digits/*.py", "stages", "studies/*.py", "benchmarks"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"import (pickle|joblib|dill|shelve)|allow_pickle=True", text), path


def test_the_docs_show_the_committed_numbers(in_root: None):
    for page, tables in docs.PAGES.items():
        text = page.read_text(encoding="utf-8")
        for name, table in tables.items():
            assert readme.with_results(text, f"{rendering.markdown(table())}\n", name) == text, f"{page}: {name}"
            assert f"<!-- {name} -->" in text


def test_the_readme_shows_the_committed_numbers():
    table = rendering.markdown(report.brief(report.collect(config.all_runs(config.load_params().train))))
    assert "| cnn" in table
    assert readme.results_of((ROOT / "README.md").read_text(encoding="utf-8")).strip() == table.strip()


@pytest.mark.parametrize("page", PAGES)
def test_pages_name_commands_and_files_that_exist(page: str):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert set(re.findall(r"`?make ([a-z-]+)", text)) <= {*targets, "sure"}
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", text):
        assert ((ROOT / page).parent / link).exists(), link
    for name in re.findall(r"`python -m ((?:digits|stages|studies|benchmarks)[\w.]*)", text):
        path = ROOT / name.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), name


def test_every_locked_package_has_its_hash():
    for lock in (ROOT / "requirements").glob("*.txt"):
        requirements = re.split(r"\n(?=\S)", lock.read_text())
        pinned = [text for text in requirements if not text.startswith("#")]
        assert pinned
        assert all("==" in text and "--hash=sha256:" in text for text in pinned)


def test_every_package_is_in_the_list_of_licenses():
    licenses = re.findall(r"^\| (\S+) +\| \S", (ROOT / "docs/licenses.md").read_text().lower(), re.MULTILINE)
    for name in ("base", "app", "sweep"):
        packages = re.findall(r"^([a-z][a-z0-9._-]*)", (ROOT / f"requirements/{name}.in").read_text(), re.MULTILINE)
        missing = {package.replace("_", "-") for package in packages} - {name.replace("_", "-") for name in licenses}
        assert not missing, "run `make licenses`"


def test_make_committed_sees_every_change_of_results(tmp_path: Path):
    shutil.copy2(ROOT / "Makefile", tmp_path)
    (tmp_path / "metrics").mkdir()
    for name in ("same", "changed", "deleted"):
        (tmp_path / f"metrics/{name}.json").write_text("{}")
    git(tmp_path, "init", "--quiet")
    commit_all(tmp_path, "results")
    run(["make", "committed"], tmp_path)
    (tmp_path / "metrics/changed.json").write_text("{ }")
    (tmp_path / "metrics/deleted.json").unlink()
    (tmp_path / "metrics/new.json").write_text("{}")
    done = run(["make", "committed"], tmp_path, check=False)
    assert done.returncode == 2
    names = [line.split()[-1] for line in done.stdout.splitlines() if "metrics" in line]
    assert names == [f"metrics/{name}.json" for name in ("changed", "deleted", "new")]


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_is_printed_and_nothing_else_happens(program: str):
    done = run(["python", "-m", program, "--help"], ROOT)
    assert done.stdout.startswith("usage: ")
    assert not done.stderr


def test_the_workflows_are_sound():
    run(["actionlint"], ROOT)
    run(["zizmor", "--offline", "--no-progress", ".github/workflows"], ROOT)
    run(["pre-commit", "validate-config"], ROOT)
