"""The section on doubtful labels of the train set."""

from typing import Any

from digits.config.params import Params
from digits.config.runs import Run
from digits.core import artifacts
from digits.figures import embedding
from studies.labels import params as labels_params
from studies.labels import paths


def content(runs: list[Run], params: Params) -> dict[str, Any] | None:
    """What the page shows; None if the audit was not run."""
    if not paths.AUDIT.exists():
        return None
    section = labels_params.load()
    return {
        **artifacts.read_json(paths.AUDIT),
        "recipe": section.recipe,
        "folds": section.folds,
        "n_shown": section.n_shown,
        "pictures": embedding.data_uri(paths.PICTURES.read_bytes()),
    }
