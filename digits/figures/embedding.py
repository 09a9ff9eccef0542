"""Pictures inside a page: plots as SVG elements, images as data URIs, so that the page loads nothing."""

from base64 import b64encode
from collections.abc import Callable
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from digits.figures import plots


def svg(draw: Callable[[Axes], None], inches: tuple[float, float]) -> str:
    """What `draw` puts on the axes that it is given, as an SVG element of so many inches."""
    figure = Figure(figsize=inches, layout="constrained")
    draw(figure.subplots())
    return plots.svg(figure)


def image_uri(image: np.ndarray) -> str:
    """`image` (28, 28) uint8, ink 255, as a data URI with dark ink on white."""
    file = BytesIO()
    Image.fromarray(255 - image).save(file, "png", optimize=True)
    return data_uri(file.getvalue())


def data_uri(png: bytes) -> str:
    return "data:image/png;base64," + b64encode(png).decode()
