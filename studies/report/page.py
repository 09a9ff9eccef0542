"""The page of all studies: its sections, and what is said about those that were not run or lag behind the models."""

from typing import Any

from digits.config.params import Params
from digits.config.runs import Run
from digits.core import artifacts, paths
from digits.figures import rendering
from studies.report import (
    hands_section,
    labels_section,
    ood_section,
    provenance,
    robustness_section,
    seeds_section,
)

SECTIONS = {
    "robustness": robustness_section,
    "ood": ood_section,
    "labels": labels_section,
    "hands": hands_section,
    "seeds": seeds_section,
}
TITLES = {
    "robustness": "Robustness",
    "ood": "Out-of-distribution images",
    "labels": "Label quality",
    "hands": "Recognizer",
    "seeds": "Many seeds",
}


def context(runs: list[Run], params: Params) -> dict[str, Any]:
    """Everything that the template shows: the sections of the studies that were run, and the names of the others."""
    found = {name: section.content(runs, params) for name, section in SECTIONS.items()}
    studies = {name: content for name, content in found.items() if content is not None}
    return {
        "dataset": artifacts.read_json(paths.DATASET),
        "titles": TITLES,
        "studies": studies,
        "not_run": [name for name in SECTIONS if name not in studies],
        "provenance": {name: provenance.of_study(name) for name in studies},
    }


def render(context: dict[str, Any]) -> str:
    """The page as HTML that loads nothing."""
    return rendering.render("studies.html.j2", context)
