"""Which models and data a study was run on, by the digests in DVC's lock files.

The lock files are no dependencies of the stage: DVC writes the root's during every run. So the page marks a study as
stale if it is made while the study lags behind the models; a later change of the models does not remake the page.
"""

from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML

ROOT_LOCK = Path("dvc.lock")
INPUTS = ("models/", "data/")  # what the core makes and the studies read
SHORT = 8  # hex digits of a digest on the page


@dataclass(frozen=True)
class Provenance:
    """`models` maps the models that a study was run on to their digests; `changed` lists inputs that are others now."""

    models: dict[str, str]
    changed: list[str]


def of_study(name: str) -> Provenance:
    """The inputs of the study `name`, compared with the present ones; empty where it has no lock file."""
    present = {**_digests(ROOT_LOCK, "deps"), **_digests(ROOT_LOCK, "outs")}
    used = _digests(Path(f"studies/{name}/dvc.lock"), "deps")
    return Provenance(
        models={Path(path).stem: digest[:SHORT] for path, digest in used.items() if path.startswith("models/")},
        changed=[path for path, digest in used.items() if present.get(path, digest) != digest],
    )


def _digests(lock: Path, kind: str) -> dict[str, str]:
    """The MD5 of each of INPUTS among the `kind` ("deps" or "outs") of all stages in `lock`."""
    if not lock.exists():
        return {}
    stages = (YAML(typ="safe").load(lock) or {}).get("stages", {})
    entries = [entry for stage in stages.values() for entry in stage.get(kind, [])]
    return {entry["path"]: entry["md5"] for entry in entries if entry["path"].startswith(INPUTS)}
