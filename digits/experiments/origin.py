"""A digest of all that the numbers of a training depend on: a result of another origin is stale."""

import ast
import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from digits.config.params import load_params
from digits.core import artifacts, paths
from digits.experiments.jobs import Job

# The code that gives a training its numbers. What only moves files is left out: hours of training depend on this.
CODE = (
    "digits/training/*.py",
    "digits/models/inference.py",
    "digits/architectures/__init__.py",
    "digits/architectures/blocks.py",
    "digits/core/determinism.py",
)
LOCK = Path("requirements/base.txt")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def check(jobs: Iterable[Job]) -> None:
    """Raises UserError if a recipe or a parameter is impossible; changes that were seen before are not looked at."""
    seen: set[str] = set()
    for job in jobs:
        if not {job.run.recipe, *job.changes} <= seen:
            load_params(changes=job.assignments)
            seen |= {job.run.recipe, *job.changes}


def signed(jobs: Iterable[Job]) -> list[Job]:
    """`jobs` with their origin by the present data, parameters, code and package versions."""
    params, dataset = load_params(), artifacts.read_json(paths.DATASET)["digest"]
    split = params.preprocess.model_dump_json()
    locked = re.findall(r"^[a-z0-9._-]+==.*?(?=\s*\\?$)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    code = cache(digest)

    def origin(job: Job) -> str:
        recipe = job.run.recipe
        changes = [change.removeprefix(f"recipes.{recipe}.") for change in job.changes]
        patterns = (*CODE, f"digits/architectures/{recipe}.py", *job.judge.code)
        parts = [dataset, split, params.recipes[recipe].model_dump_json(), *changes, code(patterns), *locked]
        return hashlib.sha256("\n".join(parts + [job.fold] * bool(job.fold)).encode()).hexdigest()[:12]

    return [replace(job, origin=origin(job)) for job in jobs]


def digest(patterns: tuple[str, ...]) -> str:
    """SHA-256 of what modules do, without comments, docstrings and layout: the same on every supported Python."""
    modules = [path for pattern in patterns for path in sorted(Path().glob(pattern))]
    trees = [_tree(ast.parse(path.read_text(encoding="utf-8"))) for path in modules]
    return hashlib.sha256(repr(trees).encode()).hexdigest()


def _tree(node: Any) -> Any:
    """A syntax tree as nested tuples, without docstrings and without empty fields, which differ between Pythons."""
    if isinstance(node, list):
        return [_tree(item) for item in node]
    if not isinstance(node, ast.AST):
        return node
    fields = dict(ast.iter_fields(node))
    if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
        fields["body"] = node.body[1:]
    filled = [(name, _tree(value)) for name, value in fields.items() if value is not None and value != []]
    return (type(node).__name__, *filled)
