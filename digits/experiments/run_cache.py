"""Push DVC's run cache from this folder's repository to its default remote: `python -m digits.experiments.run_cache`.

`dvc push --run-cache` leaves out the metrics and plots that git holds (`cache: false`), and without them another
machine cannot restore a training from the run cache.
"""

from dvc.repo import Repo


def push() -> None:
    """Raises dvc.exceptions.DvcException or OSError if the remote does not take everything."""
    with Repo() as repo, repo.lock:
        for objects in repo.stage_cache.get_used_objs(repo.stage_cache.push(None)).values():
            failed = repo.cloud.push(objects).failed
            if failed:
                raise OSError(f"{len(failed)} of {len(objects)} objects did not reach the remote")


if __name__ == "__main__":
    push()
