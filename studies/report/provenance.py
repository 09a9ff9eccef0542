"""Which models and data a study was run on, by the digests in DVC's lock files.

The lock files cannot be dependencies of the stage, since DVC writes the root's during every run. So the page tells
which studies were stale when it was made; training the models again does not remake it.
"""

from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

ROOT_LOCK = Path("dvc.lock")
INPUTS = ("models/", "data/")  # what the core makes and the studies read
FOR_CHOICES = "validate_"  # stages of this prefix measure what choices rest on; the page shows nothing of them
SHORT = 8  # hex digits of a digest on the page


@dataclass(frozen=True)
class Provenance:
    """`models`: the digest of each model that a study was run on; `changed`: the inputs that have changed since."""

    models: dict[str, str]
    changed: list[str]


def of_study(name: str) -> Provenance:
    """The inputs of the study `name`, compared with the present ones; empty if it has no lock file."""
    present = {**_digests(ROOT_LOCK, "deps"), **_digests(ROOT_LOCK, "outs")}
    used = _digests(Path(f"studies/{name}/dvc.lock"), "deps")
    return Provenance(
        models={Path(path).stem: digest[:SHORT] for path, digest in used.items() if path.startswith("models/")},
        changed=[path for path, digest in used.items() if present.get(path, digest) != digest],
    )


def _digests(lock: Path, kind: str) -> dict[str, str]:
    """The MD5 of each file or folder under INPUTS, from the `kind` ("deps" or "outs") of the stages in `lock`.

    Without those FOR_CHOICES: the page does not depend on them, so DVC may run them before it or after it.
    """
    if not lock.exists():
        return {}
    stages = (YAML(typ="safe").load(lock) or {}).get("stages", {})
    shown = [stage for name, stage in stages.items() if not name.startswith(FOR_CHOICES)]
    entries = [entry for stage in shown for entry in stage.get(kind, [])]
    return {entry["path"]: entry["md5"] for entry in entries if entry["path"].startswith(INPUTS)}
