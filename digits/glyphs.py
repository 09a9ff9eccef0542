"""Characters of printed fonts on a page: turned, thick or thin, light or dark, anywhere, of any size.

Knows how a page looks; the fonts are those that matplotlib brings along, the same on every machine.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.ft2font import FT2Font
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

PAGE = 400  # pixels of each side
DRAWN = 96  # pixels of a character's height, before it is put on the page at its own
FOLDER = Path(matplotlib.get_data_path()) / "fonts/ttf"
NOT_FOR_TEXT = (
    "DejaVuSansDisplay",
    "DejaVuSerifDisplay",
    "LastResort",
    "STIXNonUni",
    "STIXSiz",
    "cmex",
    "cmmi",
    "cmsy",
)


@dataclass(frozen=True)
class Look:
    """How a character stands on its page. `pen` is how wide its strokes are, 1 as the font has them; `angle` in degrees
    against the clock; `size` the height of its box and `place` its corner's, both as shares of the page, `place` from
    0, at one margin, to 1, at the other."""

    angle: float = 0.0
    pen: float = 1.0
    size: float = 0.5
    place: tuple[float, float] = (0.5, 0.5)
    dark_on_light: bool = True


def fonts() -> list[Path]:
    """21 faces of seven families, upright, slanted and bold."""
    return sorted(path for path in FOLDER.glob("*.ttf") if not path.name.startswith(NOT_FOR_TEXT))


def has(font: Path, character: str) -> bool:
    return ord(character) in FT2Font(font).get_charmap()


def page(character: str, font: Path, look: Look) -> np.ndarray:
    """(PAGE, PAGE) uint8 with `character` on it."""
    turned = _ink(character, font, look.pen).rotate(look.angle, Image.Resampling.BICUBIC, expand=True)
    drawn = turned.crop(turned.getbbox())
    scale = look.size * PAGE / max(drawn.size)
    small = drawn.resize([max(1, round(side * scale)) for side in drawn.size], Image.Resampling.BOX)
    sheet = Image.new("L", (PAGE, PAGE))
    sheet.paste(small, (round(look.place[0] * (PAGE - small.width)), round(look.place[1] * (PAGE - small.height))))
    pixels = np.asarray(sheet)
    return 255 - pixels if look.dark_on_light else pixels


@cache
def _ink(character: str, font: Path, pen: float) -> Image.Image:
    """`character`, light on dark, DRAWN pixels high."""
    sheet = Image.new("L", (2 * DRAWN, 2 * DRAWN))
    face = ImageFont.truetype(font, DRAWN)
    ImageDraw.Draw(sheet).text((DRAWN, DRAWN), character, fill=255, font=face, anchor="mm")
    drawn = sheet if pen == 1 else _widened(sheet, pen)
    return drawn.crop(drawn.getbbox())


def _widened(sheet: Image.Image, pen: float) -> Image.Image:
    """`sheet` with its outline moved outwards until the widest stroke is `pen` times as wide."""
    inside = np.asarray(sheet) > 127
    depth = ndimage.distance_transform_edt(inside)
    outward = depth - ndimage.distance_transform_edt(~inside)  # distance to the outline, positive in the ink
    ink = np.clip(outward + 0.5 + (pen - 1) * depth.max(), 0, 1)
    return Image.fromarray(np.rint(255 * ink).astype(np.uint8))
