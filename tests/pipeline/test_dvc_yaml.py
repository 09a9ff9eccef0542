"""Each dvc.yaml tells the truth: dependencies are what a stage imports, outputs are what the code names."""

import ast
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from digits.config.params import load_params
from digits.config.runs import Run
from digits.core import paths
from support import ROOT

PIPELINES = [Path("dvc.yaml"), *(path.relative_to(ROOT) for path in sorted(ROOT.glob("studies/*/dvc.yaml")))]
STAGES = {name: stage for path in PIPELINES for name, stage in YAML(typ="safe").load(ROOT / path)["stages"].items()}
CORE = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
STUDIES = [path.parent.name for path in PIPELINES[1:]]
RUN = Run("mlp", 0)
OF_APP = {"cleanlab", "onnx", "onnxruntime", "skimage", "tf2onnx"}  # packages of requirements/app.txt
ARCHITECTURES = "digits/architectures"


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
        for name in imports(ROOT / current):
            stem = Path(*name.split("."))
            waiting |= {file for file in (stem.with_suffix(".py"), stem / "__init__.py") if (ROOT / file).is_file()}
        waiting -= found
    return found


def listed(stage: dict, kind: str) -> set[str]:
    entries = stage.get(kind, [])
    return {name for entry in entries for name in ([entry] if isinstance(entry, str) else entry)}


def as_dependency(path: Path) -> set[str]:
    """How dvc.yaml names a module: those of digits by their package, all others by themselves."""
    if path.name == "__init__.py" and path.parts[0] != "digits":
        return set()
    if path.parts[0] != "digits" or str(path.parent) == ARCHITECTURES:
        return {str(path)}
    return {"/".join(path.parts[:2])} if len(path.parts) > 2 else set()


def needed(name: str) -> set[str]:
    script = STAGES[name]["cmd"].split()[2].replace(".", "/") + ".py"
    modules = reached(Path(script))
    found = set().union(*map(as_dependency, modules)) | {"requirements/base.txt"}
    if any(imported.split(".")[0] in OF_APP for module in modules for imported in imports(ROOT / module)):
        found.add("requirements/app.txt")
    if f"{ARCHITECTURES}/__init__.py" in found:  # the recipe's own module is found by name, and may import this
        found.add(f"{ARCHITECTURES}/blocks.py")
    return found


@pytest.mark.parametrize("name", STAGES)
def test_dependencies_are_what_the_stage_imports_and_the_locks(name: str):
    code = {
        dep
        for dep in listed(STAGES[name], "deps")
        if dep.startswith(("digits/", "stages/", "studies/", "requirements/"))
    }
    own_architecture = {dep for dep in code if re.match(rf"{ARCHITECTURES}/\$", dep)}
    data = {dep for dep in code if dep.endswith((".yaml", ".lock", ".csv"))}
    assert code - own_architecture - data == needed(name)
    assert len(own_architecture) == (f"{ARCHITECTURES}/__init__.py" in code)


@pytest.mark.parametrize("name", STAGES)
def test_every_parameter_that_a_stage_names_exists(name: str):
    for entry in STAGES[name].get("params", []):
        file, keys = ("params.yaml", [entry]) if isinstance(entry, str) else next(iter(entry.items()))
        for key in keys:
            section = YAML(typ="safe").load(ROOT / file)
            for part in re.sub(r"\$\{[^}]+\}", "mlp", key).split("."):
                section = section[part]


def test_the_core_writes_exactly_the_artifacts_that_the_code_names():
    outs = {
        out.replace("${item.model}-${item.seed}", str(RUN))
        for stage in CORE.values()
        for kind in ("outs", "metrics", "plots")
        for out in listed(stage, kind)
    }
    of_run = {name for name, value in vars(Run).items() if isinstance(value, property)} - {"tensorboard"}
    constants = {value for value in vars(paths).values() if isinstance(value, Path)}
    not_outs = {paths.NORMALIZATION, paths.LOGS, paths.TIMINGS, Path()}
    assert outs == {str(path) for path in (constants - not_outs) | {getattr(RUN, name) for name in of_run}}


def test_the_core_reads_nothing_that_a_study_writes():
    outs = {
        out
        for name, stage in STAGES.items()
        if name not in CORE
        for kind in ("outs", "metrics", "plots")
        for out in listed(stage, kind)
    }
    for stage in CORE.values():
        for dep in listed(stage, "deps"):
            assert not any(out == dep or out.startswith(f"{dep}/") or dep.startswith(f"{out}/") for out in outs), dep


def readers_of(data: str) -> set[str]:
    return {
        name
        for name, stage in STAGES.items()
        if any(dep in (data, "data/processed", "data") for dep in listed(stage, "deps"))
    }


def test_only_evaluations_read_the_test_split():
    evaluations = {"evaluate", "evaluate_ood", "evaluate_recognizer", "evaluate_robustness"}
    assert readers_of("data/processed/test") == evaluations | {"make_corruptions", "make_ood", "novel_classes"}


def test_no_code_but_the_evaluations_and_what_makes_it_names_the_test_split():
    naming = re.compile(r"""["'](?:[\w/]+/)?test["']|\.test\b""")
    named = {
        str(path.relative_to(ROOT))
        for folder in ("digits", "stages", "studies", "apps")
        for path in (ROOT / folder).rglob("*.py")
        if "PROCESSED" in (text := path.read_text(encoding="utf-8")) and naming.search(text)
    }
    makers = {"digits/data/sources.py", "digits/data/tfds_source.py", "stages/fetch.py", "stages/preprocess.py"}
    readers = {
        stage["cmd"].split()[2].replace(".", "/") + ".py"
        for name, stage in STAGES.items()
        if name in readers_of("data/processed/test")
    }
    assert named - makers <= readers


def test_small_results_are_in_git_and_large_ones_are_not():
    for stage in STAGES.values():
        for entry in [*stage.get("outs", []), *stage.get("metrics", [])]:
            name, options = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
            small = (
                "metrics/",
                "models/recognizer",
                "plots/class_",
                "reports/report.md",
                *(f"plots/{study}/" for study in STUDIES),
            )
            assert (options.get("cache") is False) == name.startswith(small), name


def test_metrics_hold_the_runs_of_params_and_no_others():
    train = load_params(ROOT / "params.yaml").train
    expected = {f"{recipe}-{seed}" for recipe in train.models for seed in train.seeds}
    for folder in ("metrics/test", "metrics/train", "metrics/errors"):
        assert {path.stem for path in (ROOT / folder).iterdir()} == expected, folder
