"""Photos of a stroke on paper, how much of the stroke was found, and pictures as files."""

import io

import numpy as np
from PIL import Image, ImageDraw

SIZE = (300, 400)  # height and width of a photo, in pixels


def drawn() -> np.ndarray:
    """A 2 with a stroke of 14 pixels, as ink from 0 to 1, (300, 400)."""
    image = Image.new("L", SIZE[::-1], 0)
    ImageDraw.Draw(image).line(
        [(150, 110), (190, 70), (230, 110), (150, 210), (240, 210)], fill=255, width=14, joint="curve"
    )
    return np.asarray(image, dtype=np.float32) / 255


def photo(truth: np.ndarray, contrast: float, slope: float, noise: float, seed: int = 0) -> np.ndarray:
    """`truth` in pencil on paper that darkens from one side to the other."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    angle = rng.uniform(0, 2 * np.pi)
    light = np.cos(angle) * column / SIZE[1] + np.sin(angle) * row / SIZE[0]
    paper = 225 * (1 - slope * (light - light.min()) / np.ptp(light))
    return np.clip(paper * (1 - contrast * truth) + rng.normal(0, noise, SIZE), 0, 255).astype(np.uint8)


def overlap(found: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union."""
    one, other = found > 0.5, truth > 0.5
    return float((one & other).sum() / (one | other).sum())


def saved(image: Image.Image, form: str, **options: object) -> io.BytesIO:
    """`image` as a file of this format."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return io.BytesIO(file.getvalue())
