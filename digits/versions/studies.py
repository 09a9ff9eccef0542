"""The measures of the studies, where they are of the models of the same version.

A study's dvc.yaml says which metrics it has, its dvc.lock of which models they are. Metrics are of a run where the file
is named after one ("mlp-0.json"), of the exported model where it is named recognizer.json; others are not compared.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from digits.versions import parsing
from digits.versions.git_tree import WorkingTree, md5

PIPELINES = "studies/*/dvc.yaml"


@dataclass(frozen=True)
class Gap:
    """A study that has no measures of a model: it was not run, or it is stale, that is, of other models.

    `model` is a recipe or "recognizer"; `measures` are the names of those that are stale.
    """

    study: str
    model: str
    reason: Literal["not run", "stale"]
    measures: frozenset[str] = frozenset()

    def explains(self, measure: str) -> bool:
        """Whether `measure` may be missing because of this gap."""
        return self.reason == "not run" or measure in self.measures


def read(tree: WorkingTree, models: dict[str, str]) -> tuple[dict[str, dict[str, float]], list[Gap]]:
    """The current measures by the names of `models`, and the gaps.

    `models` maps the name of each run ("mlp-0"), and "recognizer", to its recipe, or to "recognizer".
    """
    measures: dict[str, dict[str, float]] = {name: {} for name in models}
    gaps = []
    for pipeline in tree.glob(PIPELINES):
        study, lock = pipeline.parent.name, pipeline.with_name("dvc.lock")
        stages = tree.yaml(lock)["stages"].values() if tree.has(lock) else []
        made_by = {out["path"]: stage for stage in stages for out in stage.get("outs", [])}
        for name, path in _metrics(tree.yaml(pipeline), models):
            stage = made_by.get(str(path))
            if stage is None or not tree.has(path):
                gaps.append(Gap(study, models[name], "not run"))
                continue
            found = parsing.numbers(tree.read(path), tree.name(path))
            if _is_current(tree, stage, path):
                measures[name] |= found
            else:
                gaps.append(Gap(study, models[name], "stale", frozenset(found)))
    return measures, gaps


def directions(tree: WorkingTree) -> dict[str, bool]:
    """Whether higher is better, by measure: what the `meta` of the metrics in every dvc.yaml declares."""
    found: dict[str, bool] = {}
    for path in (Path("dvc.yaml"), *tree.glob(PIPELINES)):
        for _, meta in _declared_metrics(tree.yaml(path)):
            found |= dict.fromkeys(meta.get("higher_is_better", []), True)
            found |= dict.fromkeys(meta.get("lower_is_better", []), False)
    return found


def _metrics(pipeline: dict[str, Any], models: dict[str, str]) -> Iterator[tuple[str, Path]]:
    """The metrics files that `pipeline` writes of `models`, each with the name of its model."""
    for template, _ in _declared_metrics(pipeline):
        for name in models:
            recipe, _, seed = name.rpartition("-")
            path = Path(template.replace("${item.model}", recipe).replace("${item.seed}", seed))
            if path.stem == name:
                yield name, path


def _declared_metrics(pipeline: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The metrics files of `pipeline`, "${item.model}" and all, each with its `meta`."""
    for stage in pipeline["stages"].values():
        for metric in stage.get("metrics", []):
            path, options = (metric, {}) if isinstance(metric, str) else next(iter(metric.items()))
            yield path, options.get("meta", {})


def _is_current(tree: WorkingTree, stage: dict[str, Any], path: Path) -> bool:
    """Whether the stage that made `path` read what the core pipeline wrote last, and nobody edited `path` since."""
    read = {dep["path"]: dep["md5"] for dep in stage["deps"] if dep["path"] in tree.outs}
    recorded = next(out["md5"] for out in stage["outs"] if out["path"] == str(path))
    return recorded == md5(tree.read(path)) and all(tree.outs[it]["md5"] == digest for it, digest in read.items())
