"""Train and evaluate one model anew in a fresh clone and compare every byte with what is committed.

    python -m apps.verify mlp 0

Exit code 0 if metrics, plots and dvc.lock (which holds the digests of data and model) come back as committed; 1 if a
byte differs, with the names of the files.
"""

import os
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from digits.config import runs
from digits.config.runs import Run
from digits.core import cli
from digits.core.errors import UserError
from digits.core.processes import call, search_path


def changed_files(repository: Path, run: Run, clone: Path) -> list[str]:
    """Clone `repository` at its last commit to `clone`, run all that `run` needs, and list the files that differ."""
    call(["git", "clone", "--quiet", str(repository), str(clone)])
    environment = {**os.environ, "PATH": search_path()}
    if subprocess.run(["dvc", "repro", "--force", f"evaluate@{run}"], cwd=clone, env=environment).returncode:
        raise UserError(f"{run} did not run to the end; the message above says why")
    return [line[3:] for line in call(["git", "status", "--porcelain"], clone).decode().splitlines()]


def main(run: Run) -> str:
    with tempfile.TemporaryDirectory() as folder:
        changed = changed_files(Path.cwd(), run, Path(folder) / "clone")
    if changed:
        raise SystemExit(f"verify: {run} differs from the commit in {', '.join(changed)}")
    return f"{run} came back byte for byte: data, model, metrics and plots are as committed"


if __name__ == "__main__":
    run = runs.from_arguments(__doc__)
    cli.execute("verify", partial(main, run))
