"""Printed characters on a page, in the fonts that matplotlib ships: the same on every machine."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

PAGE = 400  # width and height of a page, in pixels
DRAWN = 96  # font size at which a character is drawn, in pixels, before it is scaled to its size on the page
NO_TEXT = ("DejaVuSansDisplay", "DejaVuSerifDisplay", "LastResort", "STIXNonUni", "STIXSiz", "cmex", "cmmi", "cmsy")


class GlyphStyle(NamedTuple):
    """How a character is drawn on its page."""

    angle: float = 0.0  # rotation in degrees, counterclockwise
    pen: float = 1.0  # stroke width relative to the font's own
    size: float = 0.5  # longer side of the character as a share of the page
    place: tuple[float, float] = (0.5, 0.5)  # horizontal and vertical, from 0 (left, top) to 1 (right, bottom)
    dark_on_light: bool = True


def fonts() -> list[Path]:
    """The 21 text fonts, of seven families, upright, slanted and bold."""
    paths = Path(matplotlib.get_data_path()).glob("fonts/ttf/*.ttf")
    return sorted(path for path in paths if not path.name.startswith(NO_TEXT))


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
    return 255 - np.asarray(sheet) if style.dark_on_light else np.asarray(sheet)


@cache
def _ink(character: str, font: Path, pen: float) -> Image.Image:
    """`character`, light on dark, at font size DRAWN, its widest stroke `pen` times as wide, cropped to its ink."""
    sheet = Image.new("L", (2 * DRAWN, 2 * DRAWN))
    face = ImageFont.truetype(font, DRAWN)
    ImageDraw.Draw(sheet).text((DRAWN, DRAWN), character, fill=255, font=face, anchor="mm")
    if pen != 1:
        inside = np.asarray(sheet) > 127
        depth = ndimage.distance_transform_edt(inside)
        distance = depth - ndimage.distance_transform_edt(~inside)  # to the outline, positive inside the ink
        ink = np.clip(distance + 0.5 + (pen - 1) * depth.max(), 0, 1)
        sheet = Image.fromarray(np.rint(255 * ink).astype(np.uint8))
    return sheet.crop(sheet.getbbox())
