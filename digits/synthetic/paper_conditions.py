"""Pictures of one handwritten digit on paper, by condition: pens, light, shadows, rulings, views, tables, scans.

Each condition is a function from a digit (28, 28) uint8 and a random generator to a picture (h, w) uint8. Only "chalk
on a board" is light on dark.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy import ndimage

from digits.synthetic.paper import MARKER, PEN, PENCIL, WHITE, as_jpeg, enlarged, photo
from digits.synthetic.surfaces import HEIGHT, WIDTH, creased, crumpled, gradient, ruled, shadow, wooden
from digits.synthetic.views import beside, from_afar, in_perspective, rotated

BLUE_PEN, RED_PEN = 0.63, 0.56  # shares of the light that inks absorb
PALE, STRONG = 0.15, 0.45  # and printed rulings
WOOD, DARK_WOOD, DARK = 0.4, 0.18, 0.13  # brightness of tables, as a share of full scale


def shown_through(rng: np.random.Generator, digit: np.ndarray, strength: float = 0.14) -> np.ndarray:
    """What is written on the back of the sheet, `digit` mirrored in rows, as it shows on the front."""
    back = np.tile(enlarged(digit)[:, ::-1], (4, 3))
    placed = np.roll(back, rng.integers(0, 150, 2), axis=(0, 1))[:HEIGHT, :WIDTH]
    return 1 - strength * ndimage.gaussian_filter(placed, 2)


def cropped(digit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A drawing, black on white, cut to the ink."""
    ink = enlarged(digit)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return np.rint(255 * (1 - ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])).astype(np.uint8)


def from_form(digit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A scan cut from a form: around the digit are remains of its box and of the digit next to it."""
    cut = 1 - cropped(digit, rng) / 255
    ink = np.pad(cut, rng.integers(12, 30, (2, 2)))
    height, width, down = min(cut.shape[0], 90), rng.integers(3, 9), rng.integers(0, 15)
    if rng.uniform() < 0.5:
        ink[down : down + height, :width] = cut[:height, -width:]
    else:
        ink[down : down + height, -width:] = cut[:height, :width]
    for turns in range(4):
        if rng.uniform() < 0.6:
            start = rng.integers(0, 5)
            np.rot90(ink, turns)[start : start + 3] = 0.8
    scan = 255 * WHITE * (1 - PEN * ink) + rng.normal(0, 3, ink.shape)
    return np.clip(np.rint(scan), 0, 255).astype(np.uint8)


def _phone(digit: np.ndarray, rng: np.random.Generator, absorbed: float = PEN) -> np.ndarray:
    def light(rng: np.random.Generator) -> np.ndarray:
        return gradient(rng, 0.6) * shadow(rng, 0.45, 3)

    return as_jpeg(photo(digit, rng, absorbed, light, view=in_perspective, noise=6), 60)


_PENCIL, _BLUE = partial(photo, absorbed=PENCIL), partial(photo, absorbed=BLUE_PEN)
_PALE_LINES, _STRONG_LINES = partial(ruled, strength=PALE), partial(ruled, strength=STRONG)
_PALE_SQUARES, _STRONG_SQUARES = partial(_PALE_LINES, squared=True), partial(_STRONG_LINES, squared=True)
_ON_WOOD = partial(photo, view=from_afar, table=partial(wooden, brightness=WOOD))
CONDITIONS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "pen": photo,
    "pencil": _PENCIL,
    "marker": lambda digit, rng: photo(ndimage.grey_dilation(digit, size=(3, 3)), rng, absorbed=MARKER),
    "blurred": partial(photo, blur=4),
    "JPEG of quality 20": lambda digit, rng: as_jpeg(photo(digit, rng), 20),
    "noisy": partial(photo, noise=12),
    "light falls to half": partial(photo, light=partial(gradient, darkest=0.5)),
    "shadow edge of 35%": partial(photo, light=partial(shadow, depth=0.35)),
    "shadow edge of 55%": partial(photo, light=partial(shadow, depth=0.55)),
    "soft shadow of 45%": partial(photo, light=partial(shadow, depth=0.45, softness=25)),
    "pencil, soft shadow": partial(_PENCIL, light=partial(shadow, depth=0.35, softness=8)),
    "crumpled": partial(photo, light=crumpled),
    "pale lines": partial(photo, paper=_PALE_LINES),
    "pale squares": partial(photo, paper=_PALE_SQUARES),
    "strong lines": partial(photo, paper=_STRONG_LINES),
    "strong squares": partial(photo, paper=_STRONG_SQUARES),
    "pencil, pale lines": partial(_PENCIL, paper=_PALE_LINES),
    "pencil, pale squares": partial(_PENCIL, paper=_PALE_SQUARES),
    "chalk on a board": lambda digit, rng: 255 - photo(digit, rng, light=partial(gradient, darkest=0.7)),
    "hairline pen": partial(photo, hairline=True),
    "red pen": partial(photo, absorbed=RED_PEN),
    "blue pen, strong squares": partial(_BLUE, paper=_STRONG_SQUARES),
    "blue pen, red margin": partial(_BLUE, paper=partial(_PALE_LINES, margin=True)),
    "pencil, red margin": partial(_PENCIL, paper=partial(_PALE_LINES, margin=True)),
    "pencil, strong lines": partial(_PENCIL, paper=_STRONG_LINES),
    "pencil, strong squares": partial(_PENCIL, paper=_STRONG_SQUARES),
    "creased": partial(photo, light=creased),
    "back shows through": lambda digit, rng: photo(digit, rng, paper=partial(shown_through, digit=digit)),
    "perspective of 15%": partial(photo, view=in_perspective),
    "rotated by 20°": partial(photo, view=rotated),
    "strong squares, rotated": partial(photo, view=rotated, paper=_STRONG_SQUARES),
    "phone": _phone,
    "pencil, phone": partial(_phone, absorbed=PENCIL),
    "dark table": partial(photo, view=from_afar, table=lambda rng: DARK),
    "wooden table": _ON_WOOD,
    "wooden table, shadow": partial(_ON_WOOD, light=partial(shadow, depth=0.35)),
    "wooden table on one side": partial(photo, view=beside, table=partial(wooden, brightness=WOOD)),
    "pencil, dark wood": partial(_PENCIL, view=from_afar, table=partial(wooden, brightness=DARK_WOOD)),
    "strong squares, wooden table": partial(_ON_WOOD, paper=_STRONG_SQUARES),
    "small digit": partial(photo, size=0.35),
    "small digit, pale lines": partial(photo, size=0.35, paper=_PALE_LINES),
    "small digit, wooden table": partial(_ON_WOOD, size=0.55),
    "tightly cropped": cropped,
    "tightly cropped, JPEG": lambda digit, rng: as_jpeg(cropped(digit, rng), 50),
    "cut from a form": from_form,
}


def photos(digits: np.ndarray, condition: str, seed: int) -> list[np.ndarray]:
    """One picture of each of `digits` (n, 28, 28) uint8, none blank, under `condition`; the `seed` fixes them."""
    place = list(CONDITIONS).index(condition)
    return [CONDITIONS[condition](digit, np.random.default_rng([seed, place, it])) for it, digit in enumerate(digits)]
