"""Printed characters on a page: rotated, thick or thin, dark or light, of any size and anywhere on the page.

The fonts are those that matplotlib ships, so they are the same on every machine.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

PAGE = 400  # width and height of a page, in pixels
DRAWN = 96  # font size at which a character is drawn, in pixels, before it is scaled to its size on the page
FOLDER = Path(matplotlib.get_data_path()) / "fonts/ttf"
NO_TEXT = ("DejaVuSansDisplay", "DejaVuSerifDisplay", "LastResort", "STIXNonUni", "STIXSiz", "cmex", "cmmi", "cmsy")


@dataclass(frozen=True)
class GlyphStyle:
    """How a character is drawn on its page.

    `angle`: rotation in degrees, counterclockwise. `pen`: stroke width relative to the font's own. `size`: longer side
    of the character as a share of the page. `place`: horizontal and vertical position, from 0 (left, top) to 1 (right,
    bottom). `dark_on_light`: whether ink is dark on a light page.
    """

    angle: float = 0.0
    pen: float = 1.0
    size: float = 0.5
    place: tuple[float, float] = (0.5, 0.5)
    dark_on_light: bool = True


def fonts() -> list[Path]:
    """The 21 text fonts, of seven families, upright, slanted and bold."""
    return sorted(path for path in FOLDER.glob("*.ttf") if not path.name.startswith(NO_TEXT))


def has(font: Path, character: str) -> bool:
    """Whether `font` contains `character`."""
    return ord(character) in FT2Font(font).get_charmap()


def page(character: str, font: Path, style: GlyphStyle) -> np.ndarray:
    """A page (PAGE, PAGE) uint8 with `character` on it."""
    rotated = _ink(character, font, style.pen).rotate(style.angle, Image.Resampling.BICUBIC, expand=True)
    drawn = rotated.crop(rotated.getbbox())
    scale = style.size * PAGE / max(drawn.size)
    small = drawn.resize([max(1, round(side * scale)) for side in drawn.size], Image.Resampling.BOX)
    sheet = Image.new("L", (PAGE, PAGE))
    sheet.paste(small, (round(style.place[0] * (PAGE - small.width)), round(style.place[1] * (PAGE - small.height))))
    pixels = np.asarray(sheet)
    return 255 - pixels if style.dark_on_light else pixels


@cache
def _ink(character: str, font: Path, pen: float) -> Image.Image:
    """`character`, light on dark, at font size DRAWN, cropped to its ink."""
    sheet = Image.new("L", (2 * DRAWN, 2 * DRAWN))
    face = ImageFont.truetype(font, DRAWN)
    ImageDraw.Draw(sheet).text((DRAWN, DRAWN), character, fill=255, font=face, anchor="mm")
    drawn = sheet if pen == 1 else _widened(sheet, pen)
    return drawn.crop(drawn.getbbox())


def _widened(sheet: Image.Image, pen: float) -> Image.Image:
    """`sheet` with its outline moved outward until the widest stroke is `pen` times as wide."""
    inside = np.asarray(sheet) > 127
    depth = ndimage.distance_transform_edt(inside)
    distance = depth - ndimage.distance_transform_edt(~inside)  # to the outline, positive inside the ink
    ink = np.clip(distance + 0.5 + (pen - 1) * depth.max(), 0, 1)
    return Image.fromarray(np.rint(255 * ink).astype(np.uint8))
