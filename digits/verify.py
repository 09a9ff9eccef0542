"""Train and evaluate one model anew in a fresh clone of the last commit and compare every byte with what is committed.

    python -m digits.verify mlp 0

Exit code 0 if metrics, plots and dvc.lock (which holds the digests of data and model) come back as committed; 1 if a
byte differs, with the names of the files.
"""

import os
import subprocess
import tempfile
from functools import partial

from digits import config, files
from digits.config import Run
from digits.files import UserError
from digits.processes import call, search_path


def main(run: Run) -> None:
    with tempfile.TemporaryDirectory() as clone:
        call(["git", "clone", "--quiet", ".", clone])
        environment = {**os.environ, "PATH": search_path()}
        if subprocess.run(["dvc", "repro", "--force", f"evaluate@{run}"], cwd=clone, env=environment).returncode:
            raise UserError(f"{run} did not run to the end; the message above says why")
        changed = call(["git", "-C", clone, "status", "--porcelain"]).decode().splitlines()
    if changed:
        raise SystemExit(f"verify: {run} differs from the commit in {', '.join(line[3:] for line in changed)}")
    print(f"{run} came back byte for byte: data, model, metrics and plots are as committed")


if __name__ == "__main__":
    files.execute("verify", partial(main, config.run_from_arguments(__doc__)))
