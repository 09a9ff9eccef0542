"""The results of one version of the project, the working tree or a commit, as far as git holds them.

A number of the working tree counts only if dvc.lock says that it is of the code, the parameters and the data beside it;
one of a commit if it is the number that the dvc.lock of that commit recorded.
"""

import fnmatch
import hashlib
import json
import re
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, TypeVar

import numpy as np
import pandas as pd
from pydantic import Field, TypeAdapter
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from digits import config
from digits.config import Run, flatten
from digits.data import CLASSES, NAME_LENGTH
from digits.files import DECIMALS, UserError
from digits.gate import RECOGNIZER
from digits.processes import call

PARAMS, LOCK, PIPELINE = Path("params.yaml"), Path("dvc.lock"), "dvc.yaml"
PREDICTION = ["image", "actual", "predicted"]  # the columns of a table of misread images
NUMBERS = TypeAdapter(dict[str, Annotated[float, Field(strict=True, allow_inf_nan=False)]])
Content = TypeVar("Content")


class WorkingTree:
    """The files of the working tree that git does not ignore, committed or not."""

    label = "the working tree"
    advice = "run `dvc repro`; `git checkout FILE` brings a deleted one back"
    is_commit = False

    def __init__(self) -> None:
        listed = call(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).decode().split("\0")
        self.paths = {Path(name) for name in listed if name and Path(name).is_file()}

    def read(self, path: Path) -> bytes:
        return path.read_bytes()

    def parse(self, path: Path, parser: Callable[[bytes], Content]) -> Content:
        """What `parser` makes of a file; raises UserError if there is no such file, or it is damaged."""
        if path not in self.paths:
            raise UserError(f"{self.label} has no {path}; {self.advice}")
        try:
            return parser(self.read(path))
        except (ValueError, KeyError, YAMLError) as error:  # ValueError: also of pandas, pydantic and the decoding
            raise UserError(f"{path} of {self.label} is damaged: {error}") from error

    def yaml(self, path: Path) -> Any:
        """The content of a YAML file, unchecked."""
        return self.parse(path, _load_yaml)

    def numbers(self, path: Path) -> dict[str, float]:
        """The content of a metrics file: finite numbers by name."""
        return self.parse(path, NUMBERS.validate_json)


class CommitTree(WorkingTree):
    """The files of a commit, in memory: a few megabytes. Raises UserError if git knows no commit of that name.

    Without a name it is `main`, else `origin/main`, which a clone of another branch has.
    """

    advice = "name another version"
    is_commit = True

    def __init__(self, name: str | None) -> None:
        names = [name] if name else ["main", "origin/main"]
        commits = {name: commit for name in names if (commit := _commit(name))}
        if not commits:
            branch = names[0].removeprefix("origin/")
            advice = f"git fetch origin {branch}:{branch}, in a shallow clone git fetch --unshallow first"
            raise UserError(f"git has no commit {names[0]}; name another, or fetch it: {advice}")
        name, commit = next(iter(commits.items()))
        self.label = commit[:7] if commit.startswith(name) else f"{name} ({commit[:7]})"
        with tarfile.open(fileobj=BytesIO(call(["git", "archive", commit]))) as archive:
            files = {Path(member.name): archive.extractfile(member) for member in archive if member.isfile()}
            self.contents = {path: file.read() for path, file in files.items() if file}
        self.paths = set(self.contents)

    def read(self, path: Path) -> bytes:
        return self.contents[path]


def _commit(name: str) -> str:
    """The hash of a commit; empty if git knows none of that name."""
    try:
        return call(["git", "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"]).decode().strip()
    except UserError:
        return ""


@cache
def digest(tree: WorkingTree, path: Path) -> str | None:
    """What DVC calls md5 of a file or a folder; None where git holds neither."""

    def md5(content: bytes) -> str:
        return hashlib.md5(content, usedforsecurity=False).hexdigest()

    if path in tree.paths:
        return md5(tree.read(path))
    depth = len(path.parts)
    inside = {"/".join(file.parts[depth:]): file for file in tree.paths if file.parts[:depth] == path.parts}
    listing = [{"md5": md5(tree.read(file)), "relpath": name} for name, file in sorted(inside.items())]
    return f"{md5(json.dumps(listing).encode())}.dir" if listing else None


@cache  # two versions share most of these files, and a dvc.lock takes a second
def _load_yaml(content: bytes) -> Any:
    return YAML(typ="safe").load(content.decode())


@dataclass(frozen=True)
class Results:
    """Of one model: `measures` by name; `errors`, its misread images (PREDICTION); `strip`, a PNG of them, one
    below the other; `confusion` (10, 10), the number of test images by actual and predicted class."""

    measures: dict[str, float]
    errors: pd.DataFrame
    strip: bytes
    confusion: np.ndarray


@dataclass(frozen=True)
class Snapshot:
    """All that is compared of one version: `results` by recipe and seed, the measures of the exported `recognizer`, and
    the `gaps`: each study that was not run on a present model, with that model (a recipe or RECOGNIZER).
    `higher_is_better` has the measures whose direction a dvc.yaml declares."""

    label: str
    dataset: dict[str, Any]
    splits: dict[str, Any]
    params: dict[str, Any]
    results: dict[str, dict[int, Results]]
    recognizer: dict[str, float] = field(default_factory=dict)
    gaps: list[tuple[str, str]] = field(default_factory=list)
    higher_is_better: dict[str, bool] = field(default_factory=dict)


def read_snapshot(tree: WorkingTree) -> Snapshot:
    """Raises UserError if a number is missing or may not be of the code, the parameters and the data beside it."""
    params, lock = tree.yaml(PARAMS), tree.yaml(LOCK)["stages"]
    runs = [Run(recipe, seed) for recipe in params["train"]["models"] for seed in params["train"]["seeds"]]
    names = {str(run): run.recipe for run in runs} | {RECOGNIZER: RECOGNIZER}
    # The lock keeps runs that params.yaml no longer names; `report` computes no number.
    stages = [stage for name, stage in lock.items() if name != "report" and name.partition("@")[2] in ("", *names)]
    outs = {out["path"]: out for stage in stages for out in stage.get("outs", [])}
    if changed := sorted({path for stage in stages for path in _changed(tree, stage, outs)}):
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        problem = f"{', '.join(changed[:3])}{more} differ from dvc.lock"
        raise UserError(f"the metrics of {tree.label} are out of date: {problem}; {tree.advice}")
    measures, directions, gaps = read_measures(tree, names, outs)
    class_counts = tree.parse(config.CLASS_COUNTS, lambda content: pd.read_csv(BytesIO(content))["test"].to_numpy(int))
    results: dict[str, dict[int, Results]] = {run.recipe: {} for run in runs}
    for run in runs:
        of_run = measures[str(run)] | {"model_bytes": outs[str(run.model)]["size"]}
        results[run.recipe][run.seed] = _read_results(tree, run, class_counts, of_run)
    dataset, splits = (tree.parse(path, json.loads) for path in (config.DATASET, config.SPLITS))
    return Snapshot(tree.label, dataset, splits, params, results, measures[RECOGNIZER], gaps, directions)


def _changed(tree: WorkingTree, stage: dict[str, Any], outs: dict[str, Any]) -> Iterator[str]:
    """The files and parameters of `stage` that differ from what dvc.lock recorded; of a commit, only what the stage
    wrote, and that it read the `outs` of the core pipeline, by which models, which git does not hold, are compared."""
    for entry in stage.get("outs", []):
        if (digest(tree, Path(entry["path"])) or entry["md5"]) != entry["md5"]:
            yield entry["path"]
    for entry in stage.get("deps", []):
        path, content = Path(entry["path"]), outs.get(entry["path"], {}).get("md5")
        is_part = not outs.keys().isdisjoint(map(str, path.parents))  # of an output, such as data/processed/test
        if not content and (tree.is_commit or is_part):
            continue
        if (content or digest(tree, path)) != entry["md5"]:
            yield entry["path"]
    if tree.is_commit:
        return
    for file, values in stage.get("params", {}).items():
        sections = tuple(f"{name}." for name in values)
        params = {key: value for key, value in flatten(tree.yaml(Path(file))).items() if f"{key}.".startswith(sections)}
        recorded = flatten(values)
        yield from (f"{file}: {key}" for key in params | recorded if params.get(key) != recorded.get(key))


def _read_results(tree: WorkingTree, run: Run, class_counts: np.ndarray, measures: dict[str, float]) -> Results:
    """Raises UserError if the `measures` of the run contradict the list of its misread images."""
    errors = tree.parse(run.errors, misread_images)
    n_images = int(class_counts.sum())
    counted = {"images": n_images, "errors": len(errors), "accuracy": 1 - len(errors) / n_images}
    if wrong := [name for name, value in counted.items() if abs(measures.get(name, np.inf) - value) > 10**-DECIMALS]:
        raise UserError(
            f"{run.test_metrics} of {tree.label} contradicts {run.errors}, which lists {len(errors)} misread images of "
            f"{n_images}: {', '.join(wrong)}"
        )
    matrix = confusion(errors, class_counts)
    return Results({**measures, **recalls(matrix)}, errors, tree.parse(run.error_images, bytes), matrix)


def misread_images(content: bytes) -> pd.DataFrame:
    """A list of misread test images: PREDICTION, each image by the digest of its pixels."""
    table = pd.read_csv(BytesIO(content), dtype={"image": str, "actual": int, "predicted": int})[PREDICTION]
    digests = table["image"].str.fullmatch(f"[0-9a-f]{{{NAME_LENGTH}}}")
    if not digests.all() or not table[["actual", "predicted"]].isin(range(CLASSES)).all(axis=None):
        raise ValueError("a row is not the digest of an image and two digits")
    return table


def confusion(errors: pd.DataFrame, class_counts: np.ndarray) -> np.ndarray:
    """The confusion matrix (10, 10), actual by predicted, of `errors` among `class_counts` (10,) images."""
    matrix = np.zeros((CLASSES, CLASSES), int)
    np.add.at(matrix, (errors["actual"].to_numpy(int), errors["predicted"].to_numpy(int)), 1)
    return matrix + np.diag(class_counts - matrix.sum(axis=1))


def recalls(confusion: np.ndarray) -> dict[str, float]:
    """`recall_0` to `recall_9` and `worst_recall`, the least of them; 0 for a class without images."""
    values = np.diag(confusion) / np.maximum(1, confusion.sum(axis=1))
    by_class = {f"recall_{digit}": float(value) for digit, value in enumerate(values)}
    return {**by_class, "worst_recall": min(by_class.values())}


def read_measures(
    tree: WorkingTree, models: dict[str, str], outs: dict[str, Any]
) -> tuple[dict[str, dict[str, float]], dict[str, bool], list[tuple[str, str]]]:
    """The measures by the names of `models`; whether higher is better by measure, as `meta` declares it; the gaps.

    `models` maps the name of each run ("mlp-0"), and RECOGNIZER, to its recipe, or to RECOGNIZER. Measures count if
    their stage read what the core pipeline wrote last, its `outs`, and nobody edited them since.
    """
    measures: dict[str, dict[str, float]] = {name: {} for name in models}
    directions, gaps = dict.fromkeys(recalls(np.eye(CLASSES)), True), []
    studies = [path for path in tree.paths if path.name == PIPELINE and path.parts[0] == "studies"]
    for pipeline in (Path(PIPELINE), *sorted(studies)):  # older versions have a pipeline for each study
        lock = pipeline.with_name(LOCK.name)
        stages = tree.yaml(lock)["stages"].values() if lock in tree.paths else []
        made_by = {out["path"]: stage for stage in stages for out in stage.get("outs", [])}
        declared = [metric for stage in tree.yaml(pipeline)["stages"].values() for metric in stage.get("metrics", [])]
        for metric in declared:
            template, options = (metric, {}) if isinstance(metric, str) else next(iter(metric.items()))
            directions |= dict.fromkeys(options.get("meta", {}).get("higher_is_better", []), True)
            directions |= dict.fromkeys(options.get("meta", {}).get("lower_is_better", []), False)
            pattern = Path(re.sub(r"\$\{.*?\}", "*", template))  # ${item.model}-${item.seed}
            for name in fnmatch.filter(models, pattern.stem):
                path = pattern.with_name(f"{name}.json")
                stage = made_by.get(str(path), {})
                is_current = stage and path in tree.paths and {*outs, str(path)}.isdisjoint(_changed(tree, stage, outs))
                if is_current or len(pipeline.parts) == 1:
                    measures[name] |= tree.numbers(path)
                else:
                    gaps.append((path.parts[1], models[name]))
    return measures, directions, gaps
