"""The studies' page, reports/studies.html: a section per study that was run, and the names of the others."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from digits import config, files, rendering
from studies import handwriting, labels, ood, robustness, run_stage, seeds

PAGE = Path("reports/studies.html")
CORE_LOCK, LOCK = Path("dvc.lock"), Path("studies/dvc.lock")
SECTIONS = {  # by the name of the study: its title, and what the page shows of it
    "robustness": ("Robustness", robustness.section),
    "ood": ("Out-of-distribution images", ood.section),
    "labels": ("Label quality", labels.section),
    "handwriting": ("Recognizer", handwriting.section),
    "seeds": ("Many seeds", seeds.section),
}


def page() -> None:
    """Put what the studies measured on one page."""
    content = context()
    files.write_text(PAGE, rendering.render("studies.html.j2", content))
    not_run = f"; not run: {', '.join(content['not_run'])}" if content["not_run"] else ""
    print(f"{len(content['studies'])} studies in {PAGE}{not_run}")


def context() -> dict[str, Any]:
    """Everything that the template shows."""
    sections = {name: section() for name, (_, section) in SECTIONS.items()}
    studies = {name: content for name, content in sections.items() if content}
    return {
        "dataset": files.read_json(config.DATASET),
        "titles": {name: title for name, (title, _) in SECTIONS.items()},
        "studies": studies,
        "not_run": [name for name in SECTIONS if name not in studies],
        "models": {name: models_of(name) for name in studies},
    }


def models_of(study: str) -> dict[str, tuple[str, bool]]:
    """By model: its MD5 when the study was run on it, as DVC's lock file says, and whether it is the present one.

    The lock files cannot be dependencies of the stage, since DVC writes them during every run: the page tells which
    studies were stale when it was made.
    """
    present = {path: digest for _, path, digest in _locked(CORE_LOCK, "outs")}
    return {
        Path(path).stem: (digest, present.get(path, digest) == digest)
        for command, path, digest in _locked(LOCK, "deps")
        if command.startswith(f"python -m studies.{study} evaluate") and path.startswith("models/")
    }


def _locked(lock: Path, kind: str) -> list[tuple[str, str, str]]:
    """The command of a stage, the path and the MD5 of each of its `kind` ("deps" or "outs") in `lock`."""
    stages = (YAML(typ="safe").load(lock) or {}).get("stages", {}) if lock.exists() else {}
    return [(stage["cmd"], entry["path"], entry["md5"]) for stage in stages.values() for entry in stage.get(kind, [])]


if __name__ == "__main__":
    run_stage(__doc__, page)
