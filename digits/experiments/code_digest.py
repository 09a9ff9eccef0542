"""A digest of code that ignores comments, docstrings and layout, and is the same on every supported Python."""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def digest(modules: Iterable[Path]) -> str:
    """SHA-256 of what `modules` do, in the given order, as 64 hexadecimal digits."""
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
