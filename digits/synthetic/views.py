"""How a camera sees a sheet: from an angle, rotated, from afar with the table around it. Seeded.

A view is the places (4, 2) on the sheet of the photo's CORNERS, (row, column) from its middle in half sides.
"""

import numpy as np
from PIL import Image

CORNERS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, 1.0], [1.0, -1.0]])  # of a photo that shows the whole sheet


def above(rng: np.random.Generator) -> np.ndarray:
    """From straight above, the sheet fills the photo."""
    return CORNERS


def in_perspective(rng: np.random.Generator) -> np.ndarray:
    """Each corner of the photo moved inward on the sheet by up to 15 % of each side."""
    return CORNERS * (1 - 2 * rng.uniform(0, 0.15, CORNERS.shape))


def rotated(rng: np.random.Generator, most: float = 20, ratio: float = 1.2) -> np.ndarray:
    """The sheet, whose height is `ratio` of its width, rotated by up to `most` degrees either way."""
    angle, half = np.deg2rad(rng.uniform(-most, most)), np.array([ratio, 1])
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return (CORNERS * half) @ rotation / half


def from_afar(rng: np.random.Generator) -> np.ndarray:
    """The whole sheet is in view, askew, with what is around it."""
    return CORNERS * rng.uniform(1.65, 2.2, CORNERS.shape)


def beside(rng: np.random.Generator) -> np.ndarray:
    """The sheet goes on beyond the photo, but on one side the table is in view."""
    aside = rng.uniform(0.2, 0.3) * np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])[rng.integers(4)]
    return rotated(rng, most=4) * 0.9 + aside


def seen(sheet: np.ndarray, view: np.ndarray, beyond: np.ndarray | float | None = None) -> np.ndarray:
    """`sheet` (h, w) in this view; where it ends, `beyond` is seen. Without that it goes on, mirrored."""
    if view is CORNERS:
        return sheet
    height, width = sheet.shape
    pad = (height // 2, width // 2) if beyond is None else (0, 0)
    padded = np.pad(sheet, [(it, it) for it in pad], "reflect").astype(np.float32)
    to = (view + 1) * (height / 2, width / 2) + pad
    mapping = perspective((CORNERS + 1)[:, ::-1] * (width / 2, height / 2), to[:, ::-1])
    image = Image.fromarray(padded).transform(
        (width, height), Image.Transform.PERSPECTIVE, mapping, Image.Resampling.BILINEAR, fillcolor=-1
    )
    found = np.asarray(image, np.float64)
    return found if beyond is None else np.where(found < 0, beyond, found)


def perspective(photo: np.ndarray, sheet: np.ndarray) -> list[float]:
    """The eight numbers with which Pillow maps the points `photo` (4, 2) of x and y to the points `sheet` (4, 2)."""
    equations = []
    for (x, y), (u, v) in zip(photo, sheet, strict=True):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    return np.linalg.solve(np.array(equations), sheet.reshape(-1)).tolist()
