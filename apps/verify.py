"""Train and evaluate one recipe anew in a fresh clone and compare every byte with what is committed.

    python -m apps.verify mlp 0

Exit code 0 where metrics, plots and dvc.lock (which holds the digests of data and model) come back as committed;
1 where a byte differs, with the names of the files.
"""

import subprocess
import tempfile
from functools import partial
from pathlib import Path

from digits import cells, command
from digits.paths import Cell


def reproduce(repository: Path, cell: Cell, clone: Path) -> list[str]:
    """Clone `repository` at its last commit to `clone`, force all that `cell` needs, name the files that differ."""
    git = ["git", "-C", str(clone)]
    subprocess.run(["git", "clone", "--quiet", str(repository), str(clone)], check=True)
    subprocess.run(["dvc", "repro", "--force", f"evaluate@{cell}"], cwd=clone, check=True)
    changed = subprocess.run([*git, "status", "--porcelain"], check=True, capture_output=True, text=True)
    return [line[3:] for line in changed.stdout.splitlines()]


def main(cell: Cell) -> str:
    with tempfile.TemporaryDirectory() as folder:
        changed = reproduce(Path.cwd(), cell, Path(folder) / "clone")
    if changed:
        raise SystemExit(f"verify: {cell} differs from the commit in {', '.join(changed)}")
    return f"{cell} came back byte for byte: data, model, metrics and plots are as committed"


if __name__ == "__main__":
    cell = cells.from_arguments(__doc__)
    command.run("verify", partial(main, cell))
