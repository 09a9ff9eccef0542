"""What a script of this project runs: the files that it imports, directly or indirectly, and the templates they name.

The stages in dvc.yaml depend on exactly these files. `python -m tests.imports stages/train.py` prints them; `*` stands
for what is imported by a computed name, the network of the recipe.
"""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import jinja2
from jinja2.meta import find_referenced_templates

ROOT = Path(__file__).parents[1]
TEMPLATES = Path("digits/templates")


def dependencies(module: str, root: Path = ROOT) -> set[str]:
    """The project files that `python -m module` runs or renders, and the locks of the packages that these import."""
    files, names = follow(module, root)
    templates = {template for file in files for template in rendered_templates(file, root)}
    locks = {"requirements/base.txt"}
    if any(name.split(".")[0] in packages_of(root / "requirements/app.in") for name in names):
        locks.add("requirements/app.txt")
    return {str(file) for file in files | templates} | locks


def follow(module: str, root: Path) -> tuple[set[Path], set[str]]:
    """The project files that are run when `module` is, and all dotted names that these import.

    Counts imports inside functions and the `__init__.py` of each package; not those under `if TYPE_CHECKING:`.
    """
    files: set[Path] = set()
    names: set[str] = set()
    waiting = module_files(module, root) | module_files(f"{module}.__main__", root)
    while waiting:
        file = waiting.pop()
        files.add(file)
        imports = {name for path in root.glob(str(file)) for name in imported_names(path, file.parent)}
        names |= imports
        waiting |= set().union(*(module_files(name, root) for name in imports)) - files
    return files, names


def module_files(name: str, root: Path) -> set[Path]:
    """The project files that `import name` runs: those of its packages and its own; none if it is not of the project.

    Names of things in a module are ignored: `digits.files.UserError` gives the files of `digits.files`.
    """
    parts = name.split(".")
    stems = [Path(*parts[:end]) for end in range(1, len(parts) + 1)]
    candidates = {path for stem in stems for path in (stem / "__init__.py", stem.with_suffix(".py"))}
    return {path for path in candidates if any(root.glob(str(path)))}


def imported_names(path: Path, package: Path) -> Iterator[str]:
    """The dotted names that the file `path` in `package` imports; `*` for the computed part of a name."""
    for node in run_nodes(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.parts[: len(package.parts) + 1 - node.level] if node.level else ()
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("importlib.import_module", "import_module"):
            yield re.sub(r"\{[^}]*\}", "*", ast.unparse(node.args[0]).removeprefix("f").strip("'\""))


def run_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """`node` and all below it, except what is under `if TYPE_CHECKING:`."""
    yield node
    only_types = isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")
    for child in node.orelse if isinstance(node, ast.If) and only_types else ast.iter_child_nodes(node):
        yield from run_nodes(child)


def rendered_templates(file: Path, root: Path) -> set[Path]:
    """The templates that `file` names as a string, and those that they include."""
    nodes = [node for path in root.glob(str(file)) for node in run_nodes(ast.parse(path.read_text(encoding="utf-8")))]
    waiting = {node.value for node in nodes if isinstance(node, ast.Constant) and str(node.value).endswith(".j2")}
    templates: set[Path] = set()
    while waiting:
        path = TEMPLATES / str(waiting.pop())
        if path not in templates and (root / path).is_file():
            templates.add(path)
            source = jinja2.Environment().parse((root / path).read_text(encoding="utf-8"))
            waiting |= {name for name in find_referenced_templates(source) if name}
    return templates


@cache
def packages_of(requirements: Path) -> set[str]:
    """The names by which Python imports the distributions that a requirements/*.in lists."""
    lines = requirements.read_text(encoding="utf-8").splitlines() if requirements.is_file() else []
    listed = {match[0].lower() for line in lines if (match := re.match(r"[\w.-]+", line))}
    return {name for name, owners in packages_distributions().items() if listed & {owner.lower() for owner in owners}}


if __name__ == "__main__":
    for script in sys.argv[1:]:
        print("\n".join(sorted(dependencies(script.removesuffix(".py").replace("/", ".")))))
