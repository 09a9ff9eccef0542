"""List every package of the locks that runs the project with its licence, in docs/licences.md."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pandas as pd

from digits import artifacts, command, results

PAGE = Path("docs/licences.md")
LOCKS = ("requirements.txt", "requirements-app.txt", "requirements-sweep.txt")
HEAD = """# Licences

Of the packages that run the project, as each states it; `make licences` lists them anew. Packages for another system or
another Python than the one it ran on are left out.

"""


def main() -> str:
    text = "\n".join(Path(lock).read_text(encoding="utf-8") for lock in LOCKS)
    names = sorted(set(re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)))
    rows = []
    for name in names:
        try:
            rows.append({"package": name, "licence": licence(distribution(name))})
        except PackageNotFoundError:
            continue
    artifacts.write_text(PAGE, HEAD + results.markdown(pd.DataFrame(rows)))
    return f"{len(rows)} packages in {PAGE}"


def licence(package: Distribution) -> str:
    """As its metadata has it: the SPDX expression, or its classifiers, or a name."""
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return expression
    classifiers = metadata.get_all("Classifier") or []
    named = [it.split(" :: ")[-1] for it in classifiers if it.startswith("License ::")]
    first_line = (metadata.get("License") or "").strip().partition("\n")[0].strip()  # some hold the whole text
    return ", ".join(named) or first_line or "not stated"


if __name__ == "__main__":
    command.run("licences", main)
