"""Pictures inside a page: plots as SVG elements, images as data URIs, so that the page loads nothing."""

from base64 import b64encode
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

INK = "#010203"  # drawn with, then replaced by the text color of the page
STYLE: dict[Any, Any] = {
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK),
    "axes.facecolor": "none",
    "svg.hashsalt": "digits",  # ids that do not change
    "svg.fonttype": "none",  # text stays text
}


def svg(draw: Callable[[Axes], None], inches: tuple[float, float]) -> str:
    """What `draw` puts on the axes that it is given, as an SVG element of this width and height.

    Lines and text take the color of the page. The same drawing gives the same text: no date, no random ids.
    """
    with rc_context(STYLE):
        figure = Figure(figsize=inches, layout="constrained")
        draw(figure.subplots())
        text = StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    element = text.getvalue()
    return element[element.index("<svg") :].replace(INK, "currentColor")


def image_uri(image: np.ndarray) -> str:
    """`image` (28, 28) uint8, ink 255, as a data URI with dark ink on white."""
    file = BytesIO()
    Image.fromarray(255 - image).save(file, "png", optimize=True)
    return data_uri(file.getvalue())


def data_uri(png: bytes) -> str:
    return "data:image/png;base64," + b64encode(png).decode()
