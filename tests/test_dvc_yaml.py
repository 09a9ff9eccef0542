"""Each dvc.yaml tells the truth: dependencies are what a stage imports, outputs are what the code names.

The follower of imports is tested on a small project made up for it.
"""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from digits import config
from digits.config import Run, load_params
from digits.recognizer.reading import RECOGNIZER
from imports import dependencies
from support import ROOT

CORE = YAML(typ="safe").load(ROOT / "dvc.yaml")["stages"]
STAGES = CORE | YAML(typ="safe").load(ROOT / "studies/dvc.yaml")["stages"]
CODE = ("digits/", "stages/", "studies/", "requirements/")
NETWORK = "digits/networks/*.py"
DATA = (".csv", ".json", "_corrections")  # beside the code of a study
READ_TEST = {  # the stages that read the test split: they choose nothing
    "evaluate",
    *("make_corruptions", "evaluate_robustness"),
    *("make_ood", "evaluate_ood", "novel_classes"),
    "evaluate_recognizer",
}

PROJECT = {
    "run/__init__.py": "import pins\n",
    "pins.py": "",
    "run/train.py": "import numpy, lib.direct\nfrom lib import listed\nfrom lib.names import function\n",
    "lib/__init__.py": "",
    "lib/direct.py": "def late():\n    from . import indirect\n    import onnx.helper\n",
    "lib/indirect.py": "if TYPE_CHECKING:\n    import lib.types\nelse:\n    import lib.otherwise\n",
    "lib/otherwise.py": "",
    "lib/types.py": "",
    "lib/listed.py": "from importlib import import_module\nimport_module(f'nets.{name}')\n",
    "lib/names.py": "render('page.html.j2')\n",
    "lib/unused.py": "",
    "nets/__init__.py": "",
    "nets/one.py": "from nets.common import block\n",
    "nets/common.py": "",
    "digits/templates/page.html.j2": '{% include "style.css" %}{% from "macros.j2" import table %}',
    "digits/templates/style.css": "",
    "digits/templates/macros.j2": "",
    "digits/templates/unused.j2": "",
    "requirements/app.in": "-c base.txt\nonnx\n",
}
REACHED = {
    "run/__init__.py",
    "run/train.py",
    "pins.py",
    *(f"lib/{name}.py" for name in ("__init__", "direct", "indirect", "otherwise", "listed", "names")),
    *(f"nets/{name}.py" for name in ("__init__", "*", "common")),
    *(f"digits/templates/{name}" for name in ("page.html.j2", "style.css", "macros.j2")),
    "requirements/base.txt",
    "requirements/app.txt",
}


def listed(stage: dict, *kinds: str) -> set[str]:
    entries = [entry for kind in kinds for entry in stage.get(kind, [])]
    return {name for entry in entries for name in ([entry] if isinstance(entry, str) else entry)}


def module(stage: dict) -> str:
    return re.fullmatch(r"python -m ([\w.]+)( .*)?", stage["cmd"])[1]


def overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def recipes(stage: dict) -> set[str]:
    """What dvc.yaml calls the recipes whose section the stage reads: `item.model`, say."""
    return set(re.findall(r"recipes\.\$\{([\w.]+)\}", " ".join(listed(stage, "params"))))


@pytest.mark.parametrize("name", STAGES)
def test_dependencies_are_the_imported_files(name: str):
    code = {dep for dep in listed(STAGES[name], "deps") if dep.startswith(CODE) and not dep.endswith(DATA)}
    imported = dependencies(module(STAGES[name]))
    if NETWORK in imported:  # of a stage without a recipe none is used
        networks = {NETWORK.replace("*", f"${{{recipe}}}") for recipe in recipes(STAGES[name])}
        imported = imported - {NETWORK} | networks
    assert {"missing": imported - code, "not imported": code - imported} == {"missing": set(), "not imported": set()}


@pytest.mark.parametrize("name", STAGES)
def test_every_parameter_that_a_stage_names_exists(name: str):
    for key in listed(STAGES[name], "params"):
        section = YAML(typ="safe").load(ROOT / "params.yaml")
        for part in re.sub(r"\$\{[^}]+\}", "mlp", key).split("."):
            section = section[part]


def test_the_core_writes_what_the_code_names():
    run = Run("mlp", 0)
    outs = {out for stage in CORE.values() for out in listed(stage, "outs", "metrics", "plots")}
    of_run = {name for name, value in vars(Run).items() if isinstance(value, property)} - {"tensorboard"}
    constants = {value for value in vars(config).values() if isinstance(value, Path) and not value.is_absolute()}
    constants = constants - {config.PATH, config.NORMALIZATION, config.LOGS} | {RECOGNIZER}
    named = constants | {getattr(run, name) for name in of_run}
    assert {out.replace("${item.model}-${item.seed}", str(run)) for out in outs} == set(map(str, named))


def test_the_core_reads_nothing_that_a_study_writes():
    studies = [STAGES[name] for name in STAGES.keys() - CORE]
    outs = {out for stage in studies for out in listed(stage, "outs", "metrics", "plots")}
    deps = {dep for stage in CORE.values() for dep in listed(stage, "deps")}
    assert [(dep, out) for dep in deps for out in outs if overlap(dep, out)] == []


def test_only_evaluations_read_the_test_split():
    deps = {name: listed(stage, "deps") for name, stage in STAGES.items()}
    readers = {name for name in deps if any(overlap(dep, "data/processed/test") for dep in deps[name])}
    assert readers == READ_TEST


def test_only_evaluations_name_the_test_split():
    naming = re.compile(r"""["'](?:[\w/]+/)?test["']|\.test\b""")
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for folder in ("digits", "stages", "studies", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if "PROCESSED" in (text := path.read_text(encoding="utf-8")) and naming.search(text)
    }
    assert modules <= {module(STAGES[name]) for name in READ_TEST} | {"stages.preprocess"}


def test_small_results_are_in_git_and_large_are_not():
    studies = (*config.OTHER_SECTIONS, "seeds")
    plots = [f"plots/{study}/" for study in studies]
    small = ("metrics/", "models/recognizer", "plots/class_", *plots)
    for stage in STAGES.values():
        for entry in [entry for kind in ("outs", "metrics", "plots") for entry in stage.get(kind, [])]:
            name, options = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
            assert (options.get("cache") is False) == name.startswith(small), name


@pytest.mark.parametrize("folder", ["test", "train", "errors"])
def test_metrics_are_of_the_runs_of_params(folder: str):
    runs = config.all_runs(load_params(ROOT / "params.yaml").train)
    assert {path.stem for path in (ROOT / "metrics" / folder).iterdir()} == {str(run) for run in runs}


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_all_that_a_script_runs_and_nothing_else(made_up: Path):
    assert dependencies("run.train", made_up) == REACHED


@pytest.mark.parametrize(
    ("file", "text", "gone"),
    [
        ("lib/direct.py", "", {"lib/indirect.py", "lib/otherwise.py", "requirements/app.txt"}),
        ("lib/listed.py", "", {"nets/__init__.py", "nets/*.py", "nets/common.py"}),
        ("lib/names.py", "'none.j2'", {name for name in REACHED if "templates" in name}),
    ],
)
def test_an_import_that_goes_takes_its_files(made_up: Path, file: str, text: str, gone: set[str]):
    (made_up / file).write_text(text)
    assert dependencies("run.train", made_up) == REACHED - gone


def test_a_package_is_started_by_its_main(made_up: Path):
    (made_up / "nets/__main__.py").write_text("import pins\n")
    expected = {"nets/__init__.py", "nets/__main__.py", "pins.py", "requirements/base.txt"}
    assert dependencies("nets", made_up) == expected
