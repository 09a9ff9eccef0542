"""Photos of several handwritten digits in a row on paper, by condition. Seeded; no photo is real.

Pen, paper and light are those of `digits.synthetic.paper`.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from digits.synthetic import lines, surfaces, views
from digits.synthetic.lines import HEIGHT, NARROW, OVERLAPPING, TOUCHING, WIDTH
from digits.synthetic.paper import PEN, WHITE, Map
from digits.synthetic.paper_conditions import DARK, WOOD

CLOSE = 15  # pixels of paper around the ink on a photo that is cropped


class Row(NamedTuple):
    """A picture, (HEIGHT, WIDTH) uint8 or a part of that, and the digits on it in the order of reading."""

    picture: np.ndarray
    labels: list[int]


def photo(
    ink: np.ndarray,
    rng: np.random.Generator,
    light: Callable[[np.random.Generator], Map] = lambda rng: 1.0,
    table: Callable[[np.random.Generator], Map] | None = None,
    blur: float = 0.8,
    noise: float = 2.5,
) -> np.ndarray:
    """A page with `ink` (HEIGHT, WIDTH) from 0 to 1, on textured paper; all else as in `paper.photo`.

    With a `table`, the sheet is seen from afar.
    """
    texture = 1 + 0.012 * rng.normal(size=ink.shape)
    texture += 0.1 * ndimage.gaussian_filter(rng.normal(size=ink.shape), 6)
    lit = Image.fromarray(np.broadcast_to(np.float32(light(rng)), (surfaces.HEIGHT, surfaces.WIDTH)))
    sheet = WHITE * texture * (1 - PEN * ink)
    sheet = views.seen(sheet, views.from_afar(rng), table(rng)) if table else sheet
    page = sheet * np.asarray(lit.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR))
    exposed = 255 * ndimage.gaussian_filter(page, blur) + rng.normal(0, noise, page.shape)
    return np.clip(np.rint(exposed), 0, 255).astype(np.uint8)


class Condition(NamedTuple):
    """How the ink of a page is made of digits, how it is photographed, and the fewest and most digits of a picture."""

    ink: Callable[[np.ndarray, np.random.Generator], np.ndarray] = lines.one_line
    photo: Callable[[np.ndarray, np.random.Generator], np.ndarray] = photo
    lengths: tuple[int, int] = (4, 6)
    is_cropped: bool = False


_PHONE = partial(photo, light=partial(surfaces.gradient, darkest=0.5), blur=1.5, noise=5)
_WOOD = partial(surfaces.wooden, brightness=WOOD, shape=(HEIGHT, WIDTH))
CONDITIONS = {
    "plain paper": Condition(),
    "cropped": Condition(is_cropped=True),
    "narrow gaps": Condition(partial(lines.one_line, pair=NARROW, others=NARROW)),
    "one pair overlaps": Condition(partial(lines.one_line, pair=OVERLAPPING)),
    "all overlap": Condition(partial(lines.one_line, pair=OVERLAPPING, others=OVERLAPPING)),
    "one pair touches": Condition(partial(lines.one_line, pair=TOUCHING)),
    "all touch": Condition(partial(lines.one_line, pair=TOUCHING, others=TOUCHING)),
    "shadow": Condition(photo=partial(photo, light=partial(surfaces.shadow, depth=0.45))),
    "phone photo": Condition(lines.from_an_angle, _PHONE),
    "two lines": Condition(lines.two_lines, lengths=(8, 12)),
    "one digit": Condition(lengths=(1, 1)),
    "dark table": Condition(photo=partial(photo, table=lambda rng: DARK)),
    "wooden table": Condition(photo=partial(photo, table=_WOOD)),
}


def rows(images: np.ndarray, labels: np.ndarray, condition: str, count: int, seed: int) -> list[Row]:
    """`count` pictures of rows under `condition`, of digits drawn from `images` (n, 28, 28) uint8 and `labels` (n,)."""
    place, (ink, photographed, (fewest, most), is_cropped) = list(CONDITIONS).index(condition), CONDITIONS[condition]
    made = []
    for number in range(count):
        rng = np.random.default_rng([seed, place, number])
        chosen = rng.integers(0, len(images), rng.integers(fewest, most + 1))
        page = ink(images[chosen], rng)
        picture = photographed(page, rng)
        if is_cropped:
            picture = picture[ndimage.find_objects(ndimage.maximum_filter(page > 0, 2 * CLOSE + 1).astype(np.uint8))[0]]
        made.append(Row(picture, labels[chosen].tolist()))
    return made
