"""Push DVC's run cache with everything that it needs elsewhere, from the clone that this is started in: see
`digits/workspaces.py`.

`dvc push --run-cache` leaves out the objects of metrics and plots that git holds (`cache: false`), without which a
training cannot be taken from the run cache on another machine.
"""

from dvc.repo import Repo


def push() -> None:
    """All runs that the cache of the repository here knows of, to its default remote.

    Raises dvc.exceptions.DvcException or OSError where the remote does not take them.
    """
    with Repo() as repo, repo.lock:
        for objects in repo.stage_cache.get_used_objs(repo.stage_cache.push(None)).values():
            failed = repo.cloud.push(objects).failed
            if failed:
                raise OSError(f"{len(failed)} of {len(objects)} objects did not reach the remote")


if __name__ == "__main__":
    push()
