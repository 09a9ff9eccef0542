"""The trainings of a sweep, each as a DVC experiment in a clone of its own: one after another, or on Ray.

On this machine the clones share DVC's cache. Machines of a cluster share nothing: a clone brings the data in a cache of
its own, and what a training adds to that comes back.
"""

import io
import logging
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import digits
from digits import config, files
from digits.config import load_params
from digits.determinism import THREADS
from digits.files import UserError
from digits.processes import call, git_identity
from digits.sweep import tables
from digits.sweep.plans import Training

CODE = ("digits", "stages", ":(glob)studies/**/*.py", "studies/dvc.yaml", "requirements", "dvc.yaml", "params.yaml")
CACHE = Path(".dvc/cache")


@dataclass(frozen=True)
class Result:
    """The `row` of a training for its table, or the `reason` why it failed; a tar of what it `added` to its cache; of
    one that was tested, its misread images (CSV) and predictions (.npz)."""

    training: Training
    row: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    added: bytes = b""
    errors: bytes = b""
    predictions: bytes = b""


def run_all(trainings: list[Training]) -> Iterator[Result]:
    """One result for each of `trainings`, in the order in which they end; DVC's cache on this machine has its model.

    On Ray if it is installed: on the cluster at RAY_ADDRESS, or on this machine.
    """
    address = os.environ.get("RAY_ADDRESS")
    if address:  # no other cluster gets our code; Ray reads this when it is imported
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    commit, clone, cache = pack(trainings, on_cluster=bool(address))
    try:
        import ray
    except ImportError:
        if address:
            raise
        results: Iterator[Result] = (run(commit, clone, training) for training in trainings)
    else:
        results = _on_ray(ray, address, commit, clone, trainings)
    for result in results:
        if result.added:
            unpack(result.added, cache)
        yield result


def pack(trainings: list[Training], on_cluster: bool) -> tuple[str, bytes, Path]:
    """The last commit, an archive of a clone of it that finds the data of `trainings`, and DVC's cache on this machine.

    Data that is missing is made. Raises UserError if what they are trained with differs from the commit.
    """
    from dvc.repo import Repo  # takes a second, and other machines do not need it

    if call(["git", "status", "--porcelain", "--", *CODE]):
        raise UserError("a sweep trains the last commit, and the working tree differs from it; commit or stash")
    data = list(dict.fromkeys(["fetch", "preprocess", *(training.metric.data for training in trainings)]))
    with Repo() as repo, tempfile.TemporaryDirectory() as folder:
        home, cache = Path(folder), Path(repo.cache.local_cache_dir)
        call(["git", "clone", "--quiet", ".", folder])
        call(["dvc", "cache", "dir", "--local", str(cache)], home)
        call(["dvc", "repro", *data], home)
        if on_cluster:
            call(["dvc", "config", "--local", "--unset", "cache.dir"], home)
            call(["dvc", "remote", "add", "--local", "--default", "here", str(cache)], home)
            call(["dvc", "fetch", *data], home)
        shutil.rmtree(home / "data")  # it is in the cache
        return call(["git", "rev-parse", "HEAD"], home).decode().strip(), archive(home, home.rglob("*")), cache


def run(commit: str, clone: bytes, training: Training) -> Result:
    """Never raises for what can go wrong with a training: the reason is in the result."""
    try:
        with tempfile.TemporaryDirectory(prefix="digits-sweep-", ignore_cleanup_errors=True) as folder:
            return _run(commit, clone, training, Path(folder))
    except (OSError, UserError) as error:
        return Result(training, reason=" ".join(str(error).split()))


def _run(commit: str, clone: bytes, training: Training, home: Path) -> Result:
    unpack(clone, home)
    before = set((home / CACHE).rglob("*"))
    settings = [word for setting in training.settings for word in ("-S", setting)]
    target = f"{training.metric.stage}@{training.run}"
    call(["dvc", "exp", "run", *settings, target], home, git_identity())
    scores = files.read_json(home / training.run.train_metrics)
    scores |= files.read_json(home / training.metric.folder / f"{training.run}.json")
    judged = files.read_json(home / config.SPLITS)["validation"]["images"]
    row = {name: value for name, value in scores.items() if name in tables.COLUMNS}
    row |= zip(tables.KEY, training.key, strict=True)
    row |= {"judged": judged, "validation_errors": round(judged * (1 - scores["validation_accuracy"]))}
    row |= {"dataset": files.read_json(home / config.DATASET)["digest"], "commit": commit[:9]}
    added = archive(home / CACHE, set((home / CACHE).rglob("*")) - before)
    tested = (training.run.errors, training.run.predictions) if training.metric.stage == "evaluate" else ()
    return Result(training, row, "", added, *[(home / path).read_bytes() for path in tested])


def archive(folder: Path, paths: Iterable[Path]) -> bytes:
    """A tar of `paths` in `folder`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path in paths:
            tar.add(path, path.relative_to(folder), recursive=False)
    return buffer.getvalue()


def unpack(content: bytes, folder: Path) -> None:
    """Put what `archive` packed into `folder`; what is there already stays."""
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        tar.extractall(folder, [member for member in tar if not (folder / member.name).exists()], filter="data")


def _on_ray(ray: Any, address: str | None, commit: str, clone: bytes, trainings: list[Training]) -> Iterator[Result]:
    """With a processor for each of its threads, and a GPU where there is one and `train.device` asks for it."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # an embedded cluster reports nothing to Ray's makers
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if not address:
        options |= {"include_dashboard": False, "num_cpus": os.cpu_count() or THREADS}
    package = str(Path(str(digits.__file__)).parent)  # other machines run this very code, whatever version they have
    ray.init(address or "local", runtime_env={"py_modules": [package]}, **options)
    n_gpus = int(load_params().train.device == "gpu" and ray.cluster_resources().get("GPU", 0) >= 1)
    # A training whose process or machine is lost runs again elsewhere, up to three times.
    task = ray.remote(num_cpus=THREADS, num_gpus=n_gpus, max_retries=3, scheduling_strategy="SPREAD")(run)
    shared = ray.put(clone)
    waiting = {task.remote(commit, shared, training): training for training in trainings}
    while waiting:
        (done,), _ = ray.wait(list(waiting), num_returns=1)
        training = waiting.pop(done)
        try:
            yield ray.get(done)
        except ray.exceptions.RayError as error:
            yield Result(training, reason=f"{type(error).__name__}: {error}".splitlines()[0])
