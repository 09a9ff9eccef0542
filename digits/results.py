"""Results side by side: the working tree, the experiments of the last commit, and the commits or experiments named.

Nothing is checked out. Changes are the parameters of the core pipeline that differ from the last commit.
"""

import argparse
import json
import signal
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from digits import files, rendering
from digits.config import Params, flatten
from digits.files import UserError
from digits.processes import call

WIDTH = 120
COLUMNS = ["version", "model", "validation_accuracy", "accuracy", "errors", "nll", "ece", "changes"]
SELECTION = ("train.models", "train.seeds", "export.recipe", "export.seed")  # which models, not how


def compare(names: list[str]) -> pd.DataFrame:
    """One row per version and model: `version`, `model`, scores, and `changes` from the last commit.

    Of an experiment of the last commit only the models that it changed are listed. UserError: a name is unknown.
    """
    head = call(["git", "rev-parse", "HEAD"]).decode().strip()
    base, listing = read(head), "--format=%(objectname) %(refname:lstrip=4)"
    experiments = call(["git", "for-each-ref", listing, f"refs/exps/{head[:2]}/{head[2:]}"]).decode().splitlines()
    rows = models("workspace", read(None), base)
    for name in names:
        rows += models(name, read(revision(name)), base)
    known = models("", base, base)
    for commit, name in (line.split() for line in experiments):
        rows += [row for row in models(name, read(commit), base) if {**row, "version": ""} not in known]
    return pd.DataFrame(rows, columns=COLUMNS)


def revision(name: str) -> str:
    """The commit that `name` stands for; of several experiments of that name, the latest."""
    try:
        return call(["git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"]).decode().strip()
    except UserError as error:
        latest = ["git", "for-each-ref", "--sort=-creatordate", "--format=%(objectname)", f"refs/exps/*/*/{name}"]
        if commits := call(latest).decode().split():
            return commits[0]
        raise UserError(f"{name} is neither a commit nor an experiment of this repository") from error


def read(commit: str | None) -> dict[str, Any]:
    """What a commit, or the working tree, has of params.yaml, dvc.lock and the metrics of models, by path."""
    listing = ["ls-tree", "-r", "--name-only", commit] if commit else ["ls-files", "--cached", "--others"]
    paths = call(["git", *listing, "--", "params.yaml", "dvc.lock", "metrics/train", "metrics/test"]).decode().split()
    content, yaml = {}, YAML(typ="safe")
    for path in (path for path in paths if commit or Path(path).exists()):
        text = call(["git", "show", f"{commit}:{path}"]) if commit else Path(path).read_bytes()
        content[path] = json.loads(text) if path.endswith("json") else yaml.load(text)
    return content


def models(version: str, content: dict[str, Any], base: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a version with this `content`; `base` is the content of what it is compared with."""
    rows, locked = [], content.get("dvc.lock", {}).get("stages", {})
    for path in (path for path in content if path.startswith("metrics/train/")):
        model, test = Path(path).stem, content.get(path.replace("train", "test"), {})
        stages = [locked.get(f"{stage}@{model}", {}) for stage in ("train", "evaluate")]
        entries = [entry for stage in stages for entry in (*stage.get("deps", ()), *stage.get("outs", ()))]
        if len({entry["md5"] for entry in entries if entry["path"] == f"models/{model}.keras"}) > 1:
            test = {}  # of a model that was trained again since
        changed = changes(f"recipes.{model.rpartition('-')[0]}.", content["params.yaml"], base["params.yaml"])
        rows.append({"version": version, "model": model, "changes": changed, **content[path], **test})
    return rows


def changes(recipe: str, params: dict[str, Any], base: dict[str, Any]) -> str:
    """What differs from `base`, as "epochs=3 preprocess.seed=1", where "-key" is a removed one.

    Left out are other recipes, which models are trained, and the sections of the gate and the studies.
    """
    core = (recipe, *(f"{section}." for section in Params.model_fields if section != "recipes"))
    new, old = flatten(params), flatten(base)
    changed = [key for key in {**old, **new} if new.get(key, ...) != old.get(key, ...) and key.startswith(core)]
    short = {key: key.removeprefix(recipe) for key in changed if key not in SELECTION}
    return " ".join(f"{name}={new[key]}".replace(" ", "") if key in new else f"-{name}" for key, name in short.items())


def side_by_side(names: list[str]) -> str:
    """The results in Markdown; what is too long for WIDTH is cut: of names the middle, of changes the end."""
    results = compare(names)
    table = results[["version", "model"]].assign(
        version=results["version"].str.replace(r"^(.{13}).{3,}(.{14})$", r"\1…\2", regex=True),
        val=rendering.percent(results["validation_accuracy"]),
        test=rendering.percent(results["accuracy"]),
        errors=rendering.formatted(results["errors"], "{:,.0f}"),
        NLL=rendering.formatted(results["nll"], "{:.4f}"),
        ECE=rendering.formatted(results["ece"], "{:.4f}"),
    )
    left = WIDTH - len(rendering.markdown(table).partition("\n")[0]) - len("  |")
    cut = [text if len(text) <= left else f"{text[: left - 1]}…" for text in results["changes"]]
    return rendering.markdown(table.assign(changes=cut))


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` ends it, without a message
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("commits", nargs="*")
    arguments = parser.parse_args()
    files.execute("results", lambda: print(side_by_side(arguments.commits)))
