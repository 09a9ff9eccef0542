"""What the repository promises of itself: dvc.yaml tells the truth, and so does the README."""

import ast
import os
import re
from pathlib import Path

import pytest
from conftest import ROOT, git, run
from ruamel.yaml import YAML

from digits import artifacts, params, paths

PIPELINE = YAML(typ="safe").load(ROOT / "dvc.yaml")
STAGES = PIPELINE["stages"]
CELL = paths.Cell("mlp", 0)
RECIPE_FLOORS = [("mlp", 0.976), ("sigmoid", 0.979), ("cnn", 0.991), ("fast", 0.991), ("best", 0.995)]
PACKAGES = ("digits", "stages", "apps")


def imports(path: Path) -> set[str]:
    """The names that a module imports, at its head or inside a function, as dotted paths."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def reached(path: Path) -> set[Path]:
    """The files of this repository that importing `path` runs, itself included."""
    found, waiting = set(), {path}
    while waiting:
        current = waiting.pop()
        found.add(current)
        names = imports(ROOT / current) | {str(current.parent)}
        for name in names:
            if name.split(".")[0] in PACKAGES:
                stem = Path(*name.split("."))
                waiting |= {file for file in (stem.with_suffix(".py"), stem / "__init__.py") if (ROOT / file).is_file()}
        waiting -= found
    return found


def listed(stage: dict, kind: str) -> set[str]:
    entries = stage.get(kind, [])
    return {name for entry in entries for name in ([entry] if isinstance(entry, str) else entry)}


@pytest.mark.parametrize("name", STAGES)
def test_dependencies_are_the_modules_that_the_stage_imports_and_the_lock(name: str):
    code = {dep for dep in listed(STAGES[name], "deps") if dep.startswith((*PACKAGES, "requirements"))}
    modules = reached(Path(f"stages/{name}.py"))
    needed = {str(path) for path in modules} | {"requirements.txt"}
    of_app = {"cleanlab.filter", "onnx", "onnxruntime", "skimage.feature"}
    if any(of_app & imports(ROOT / module) for module in modules):
        needed.add("requirements-app.txt")
    if Path("digits/rendering.py") in modules:
        needed.add("digits/templates")
    assert code == needed


@pytest.mark.parametrize("name", STAGES)
def test_every_parameter_that_a_stage_names_exists(name: str):
    for key in listed(STAGES[name], "params"):
        section = params.load(ROOT / "params.yaml").model_dump()
        for part in (
            key.replace("${item.model}", "mlp")
            .replace("${export.recipe}", "best")
            .replace("${audit_labels.recipe}", "fast")
            .replace("${hold_out.recipe}", "fast")
            .split(".")
        ):
            section = section[part]


def test_dvc_tracks_exactly_the_artifacts_that_paths_names():
    outs = {
        out.replace("${item.model}-${item.seed}", str(CELL))
        for stage in STAGES.values()
        for kind in ("outs", "metrics", "plots")
        for out in listed(stage, kind)
    }
    of_cell = {name for name, value in vars(paths.Cell).items() if isinstance(value, property)} - {"tensorboard"}
    constants = {value for name, value in vars(paths).items() if isinstance(value, Path)}
    inside = {paths.NORMALISATION, paths.TO_CHOOSE, paths.TO_MEASURE}
    inside |= {paths.CORRUPTED, paths.CORRUPTED_TO_CHOOSE, paths.BY_DEGREES}
    untracked = inside | {paths.STUDY, paths.LOGS, paths.DURATIONS}
    assert outs == {str(path) for path in (constants - untracked) | {getattr(CELL, name) for name in of_cell}}


def readers_of_the_test_split() -> set[str]:
    return {name for name in STAGES if any("processed/test" in dep for dep in listed(STAGES[name], "deps"))}


def test_only_the_evaluations_read_the_test_split():
    evaluations = {"corrupt", "detect", "evaluate", "evaluate_recogniser", "hold_out", "outliers", "robustness"}
    assert readers_of_the_test_split() == evaluations
    whole = {name for name in STAGES if {"data/processed", "data"} & listed(STAGES[name], "deps")}
    assert whole == set()


def test_no_code_but_the_evaluations_and_what_makes_it_names_the_test_split():
    naming = re.compile(r"""["'](?:[\w/]+/)?test["']|\.test\b""")
    named = {
        str(path.relative_to(ROOT))
        for folder in PACKAGES
        for path in (ROOT / folder).glob("*.py")
        if naming.search(path.read_text(encoding="utf-8"))
    }
    makers = {
        "digits/sources.py",
        "digits/tfds_source.py",
        "stages/fetch.py",
        "digits/splits.py",
        "stages/preprocess.py",
    }
    assert named - makers == {f"stages/{name}.py" for name in readers_of_the_test_split()}


def test_what_people_diff_is_in_git_and_what_is_large_is_not():
    for stage in STAGES.values():
        for entry in [*stage.get("outs", []), *stage.get("metrics", []), *stage.get("plots", [])]:
            name, options = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
            small = ("metrics/", "models/recogniser", "plots/", "reports/report.md")
            assert (options.get("cache") is False) == name.startswith(small), name


def test_metrics_hold_the_cells_of_params_and_no_others():
    train = params.load(ROOT / "params.yaml").train
    expected = {f"{recipe}-{seed}" for recipe in train.models for seed in train.seeds}
    for folder in ("metrics/test", "metrics/train", "metrics/classes", "metrics/errors", "plots/history"):
        assert {path.stem for path in (ROOT / folder).iterdir()} == expected, folder


@pytest.mark.parametrize(("recipe", "floor"), RECIPE_FLOORS)
def test_the_committed_numbers_reach_their_floors_and_are_not_too_good(recipe: str, floor: float):
    ceiling = 0.998  # no single net gets there honestly
    assert floor <= artifacts.read_json(ROOT / paths.Cell(recipe, 0).scores)["accuracy"] <= ceiling


def test_nothing_in_git_holds_a_time_or_a_path_of_a_machine():
    text = "\n".join(
        (ROOT / name).read_text(encoding="utf-8")
        for name in git(ROOT, "ls-files", "metrics", "plots", "reports").splitlines()
        if name.endswith((".json", ".csv", ".md"))
    )
    assert not re.search(r"\b20\d\d-\d\d-\d\d|\d\d:\d\d:\d\d", text)
    assert str(ROOT) not in text
    assert os.path.expanduser("~") not in text


def test_no_javascript_but_the_page_s_own_and_no_large_file_is_in_git():
    for name in git(ROOT, "ls-files").splitlines():
        path = ROOT / name
        assert not name.endswith(".js") or name.startswith("digits/page/"), name
        assert not name.endswith((".gz", ".npy", ".keras", ".h5")), name
        assert not path.is_file() or path.stat().st_size < 2**20, name


def test_the_readme_shows_the_committed_numbers():
    table = run(["python", "-m", "apps.results", "--brief"], ROOT).stdout.split("\n\n")[0]
    assert "| cnn" in table
    assert table.strip() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_only_commands_and_files_that_exist():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert set(re.findall(r"`?make ([a-z-]+)", readme)) <= set(targets)
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", readme):
        assert (ROOT / link).exists(), link


def test_every_locked_package_has_its_hash():
    for lock in ("requirements.txt", "requirements-app.txt", "requirements-sweep.txt", "requirements-dev.txt"):
        requirements = re.split(r"\n(?=\S)", (ROOT / lock).read_text())
        pinned = [text for text in requirements if not text.startswith("#")]
        assert len(pinned) > 5
        assert all("==" in text and "--hash=sha256:" in text for text in pinned)
