"""Pages from the Jinja templates in templates/."""

from pathlib import Path
from typing import Any

import jinja2

TEMPLATES = Path(__file__).with_name("templates")


def render(name: str, context: dict[str, Any], **more: Any) -> str:
    """Template `name` filled in; raises jinja2.UndefinedError if a name that it uses is not given."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name).render(context, **more)
