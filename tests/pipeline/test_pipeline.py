"""The core pipeline as its users run it: real DVC, real git, the bundled digits."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from digits import demo
from imports import dependencies
from support import RECIPES, ROOT, commit_all, contents, git, run

CORE = ("fetch", "preprocess", "train", "evaluate", "export", "report")
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
OFFLINE = ["--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=10000", "--dump-dom"]


def numbers(path: Path) -> dict:
    return json.loads(path.read_text())


def test_nothing_runs_again_without_a_change(pipeline: Path):
    assert "Running stage" not in run(["dvc", "repro"], pipeline).stdout
    assert git(pipeline, "status", "--porcelain") == ""


def test_models_learn_to_read_and_errors_are_listed(pipeline: Path):
    for path in (pipeline / "metrics/test").iterdir():
        scores = numbers(path)
        assert scores["accuracy"] > 0.85, path.name  # 0.1 is chance, 0.90 to 0.95 is usual
        errors = pd.read_csv(pipeline / f"metrics/errors/{path.stem}.csv", dtype={"image": str})
        assert errors.columns.tolist() == ["image", "actual", "predicted"]
        assert len(errors) == scores["errors"]
    for name in ("metrics/train/mlp-0.json", "metrics/test/mlp-0.json"):
        assert list(numbers(pipeline / name)) == list(numbers(ROOT / name))


def test_an_edited_module_reaches_its_importers_alone(workspace: Path):
    importers = {
        "processes.py": set(),
        "gate/__init__.py": set(),
        "networks/mlp.py": {"train@mlp-0"},
        "training.py": {"train@mlp-0", "train@fast-0"},
        "metrics.py": {"evaluate@mlp-0", "evaluate@fast-0", "export", "report"},
        "templates/report.md.j2": {"report"},
    }
    for name, stages in importers.items():
        path = workspace / "digits" / name
        before = path.read_bytes()
        path.write_bytes(before + b"\n")
        changed = json.loads(run(["dvc", "status", "--json", *CORE], workspace).stdout)
        path.write_bytes(before)
        assert set(changed) == stages, name


@pytest.mark.parametrize("name", ["preprocess", "report"])
def test_a_stage_loads_what_it_depends_on_alone(workspace: Path, name: str):
    code = (
        f"import runpy, sys; from pathlib import Path; runpy.run_module('stages.{name}', run_name='__main__');"
        "print(*(f for m in list(sys.modules.values()) if (f := getattr(m, '__file__', None))), sep='\\n')"
    )
    loaded = [Path(line) for line in run(["python", "-c", code], workspace).stdout.splitlines() if line.endswith(".py")]
    files = {str(path.relative_to(workspace)) for path in loaded if path.is_relative_to(workspace)}
    assert files - {f"stages/{name}.py"} <= dependencies(f"stages.{name}")
    assert "digits/files.py" in files
    assert not [path for path in loaded if "tensorflow" in path.parts or "keras" in path.parts]


def test_a_wrong_value_of_an_experiment_can_be_undone(workspace: Path):
    done = run(["dvc", "exp", "run", "--set-param", "recipes.mlp.epochs=three"], workspace, check=False)
    assert "recipes.mlp.epochs is 'three'" in done.stderr
    git(workspace, "checkout", "params.yaml")
    run(["dvc", "repro"], workspace)
    assert git(workspace, "status", "--porcelain") == ""
    assert (workspace / "models/mlp-0.keras").exists()


def test_in_the_demo_dvc_misses_no_study(workspace: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(demo, "DEMO", workspace)
    demo.prepare()
    commit_all(workspace, "as in the demo")
    for command in ("checkout", "metrics diff", "status --quiet"):
        done = run(["dvc", *command.split()], workspace)
        assert done.stdout + done.stderr == "", command


def test_the_report_loads_nothing(pipeline: Path):
    page = (pipeline / "reports/index.html").read_text()
    assert re.findall(r"""(?:src|href)=["'](?!data:|#)([^"']*)["']""", page) == []
    assert "url(http" not in page


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium or Chrome")
def test_the_report_shows_every_model_whole(pipeline: Path, tmp_path: Path):
    address = (pipeline / "reports/index.html").as_uri()
    page = run([BROWSER, *FLAGS, f"--user-data-dir={tmp_path}", *OFFLINE, address], pipeline).stdout
    for model in RECIPES:
        section = page[page.index(f'<section id="{model}-0">') :].split("</section>")[0]
        errors = (pipeline / f"metrics/errors/{model}-0.csv").read_text().count("\n") - 1
        assert section.count('class="digit"') == errors
        assert section.count("<svg") == 4
        assert section.count("<tr>") == 11 + 11  # the confusion matrix and the classes, with their heads
    for words in ("recipes.cnn.dropout", "AURC", "of the validation images reach"):
        assert words in page


def test_the_markdown_report_has_every_model(pipeline: Path):
    text = (pipeline / "reports/report.md").read_text()
    assert all(text.count(f"| {name} ") == 3 for name in RECIPES)  # results, calibration twice; no label is doubtful


def test_a_clone_with_the_cache_of_another_runs_nothing(pipeline: Path, tmp_path: Path):
    git(tmp_path, "clone", "--quiet", "--config", "core.autocrlf=true", str(pipeline), "clone")
    (tmp_path / "cache").symlink_to(pipeline / ".dvc/cache")  # DVC's configuration takes no umlaut
    run(["dvc", "config", "--local", "cache.dir", "../cache"], tmp_path / "clone")
    assert "Running stage" not in run(["dvc", "repro", "dvc.yaml"], tmp_path / "clone").stdout
    assert contents(tmp_path / "clone").keys() == contents(pipeline).keys()
    assert git(tmp_path / "clone", "status", "--short") == ""


def test_dvc_draws_the_plots(pipeline: Path):
    shown = json.loads(run(["dvc", "plots", "show", "--json"], pipeline).stdout)
    missing = {error["name"].split("/")[1] for error in shown.get("errors", [])}
    assert missing <= {"robustness", "ood", "labels", "handwriting", "seeds"}  # of studies that were not run here
    folders = {"/".join(file.split("/")[:2]) for file in shown["data"]}
    assert {"plots/confusion", "plots/reliability", "plots/digits"} <= folders
