"""Pictures: printed characters, photos of a stroke on paper, how much of the stroke was seen, and files."""

import io

import numpy as np
from PIL import Image, ImageDraw

from digits.imaging import segmentation
from digits.synthetic import fonts

SIZE = (300, 400)  # height and width of a photo, in pixels


def printed(*lines: str, **style: object) -> Image.Image:
    """The characters of each line side by side on a page, smaller if there are several; a blank page for a space."""
    glyphs = fonts.GlyphStyle(**{"size": 0.4} if len(lines[0]) > 1 else {}, **style)
    if lines == (" ",):
        return Image.new("L", (fonts.PAGE, fonts.PAGE), 255)
    pages = [[fonts.page(character, fonts.fonts()[0], glyphs) for character in line] for line in lines]
    return Image.fromarray(np.concatenate([np.concatenate(line, axis=1) for line in pages]))


def drawn() -> np.ndarray:
    """A 2 with a stroke of 14 pixels, as ink from 0 to 1, (300, 400)."""
    image = Image.new("L", SIZE[::-1], 0)
    points = [(150, 110), (190, 70), (230, 110), (150, 210), (240, 210)]
    ImageDraw.Draw(image).line(points, fill=255, width=14, joint="curve")
    return np.asarray(image, dtype=np.float32) / 255


def photo(truth: np.ndarray, contrast: float, slope: float, noise: float, seed: int = 0) -> np.ndarray:
    """`truth` in pencil on paper that darkens from one side to the other."""
    rng = np.random.default_rng(seed)
    row, column = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    angle = rng.uniform(0, 2 * np.pi)
    light = np.cos(angle) * column / SIZE[1] + np.sin(angle) * row / SIZE[0]
    paper = 225 * (1 - slope * (light - light.min()) / np.ptp(light))
    return np.clip(paper * (1 - contrast * truth) + rng.normal(0, noise, SIZE), 0, 255).astype(np.uint8)


def ink_of(gray: np.ndarray) -> np.ndarray:
    """The ink that is found in a picture which has some."""
    ink = segmentation.find_ink(gray.clip(0, 255).astype(np.uint8))
    assert ink is not None
    return ink


def overlap(ink: np.ndarray, truth: np.ndarray) -> float:
    """Intersection over union."""
    one, other = ink > 0.5, truth > 0.5
    return float((one & other).sum() / (one | other).sum())


def saved(image: Image.Image, form: str, **options: object) -> io.BytesIO:
    """`image` as a file of this format."""
    file = io.BytesIO()
    image.save(file, form, **options)
    file.seek(0)
    return file
