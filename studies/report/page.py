"""The page of all studies: one section per study that was run, and the names of the others."""

from typing import Any

from digits.config.params import Params
from digits.config.runs import Run
from digits.core import artifacts, paths
from digits.figures import rendering
from studies.report import hands_section, labels_section, ood_section, provenance, robustness_section, seeds_section

SECTIONS = {  # by the name of the study: title and content
    "robustness": ("Robustness", robustness_section.content),
    "ood": ("Out-of-distribution images", ood_section.content),
    "labels": ("Label quality", labels_section.content),
    "hands": ("Recognizer", hands_section.content),
    "seeds": ("Many seeds", seeds_section.content),
}


def context(runs: list[Run], params: Params) -> dict[str, Any]:
    """Everything that the template shows."""
    found = {name: content(runs, params) for name, (_, content) in SECTIONS.items()}
    studies = {name: content for name, content in found.items() if content is not None}
    return {
        "dataset": artifacts.read_json(paths.DATASET),
        "titles": {name: title for name, (title, _) in SECTIONS.items()},
        "studies": studies,
        "not_run": [name for name in SECTIONS if name not in studies],
        "provenance": {name: provenance.of_study(name) for name in studies},
    }


def render(context: dict[str, Any]) -> str:
    """The page as HTML that loads nothing."""
    return rendering.render("studies.html.j2", context)
