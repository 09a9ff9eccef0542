"""Photos of one handwritten digit on paper, by condition: pens, light, shadows, rulings. Seeded; no photo is real.

A digit of MNIST is enlarged, drawn in ink on textured paper and lit. Pictures are (HEIGHT, WIDTH) uint8.
"""

import io
from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image
from scipy import ndimage

HEIGHT, WIDTH = 360, 300  # of a photo, in pixels
FIELD = 150  # pixels of the side of the digit's 28x28 image on it
MARGIN = 50  # pixels, at least, around that
WHITE = 0.88  # brightness of the paper, as a share of full scale
PEN, PENCIL, MARKER = 0.75, 0.28, 0.9  # share of the light that the ink absorbs

Map = np.ndarray | float  # brightness relative to plain paper or even light


def photo(
    digit: np.ndarray,
    rng: np.random.Generator,
    absorbed: float = PEN,
    light: Callable[[np.random.Generator], Map] = lambda rng: 1.0,
    paper: Callable[[np.random.Generator], Map] = lambda rng: 1.0,
    blur: float = 0.8,
    noise: float = 2.5,
) -> np.ndarray:
    """`digit` (28, 28) uint8 on `paper` in `light`; `blur` is in pixels, `noise` of the camera in gray levels."""
    texture = 1 + 0.012 * rng.normal(size=(HEIGHT, WIDTH))
    texture += 0.1 * ndimage.gaussian_filter(rng.normal(size=(HEIGHT, WIDTH)), 6)
    page = WHITE * texture * paper(rng) * (1 - absorbed * _ink(digit, rng)) * light(rng)
    exposed = 255 * ndimage.gaussian_filter(page, blur) + rng.normal(0, noise, page.shape)
    return np.clip(np.rint(exposed), 0, 255).astype(np.uint8)


def _ink(digit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The share of each pixel that ink covers: `digit` enlarged, with sharp edges, somewhere on the page."""
    large = np.asarray(Image.fromarray(digit).resize((FIELD, FIELD), Image.Resampling.BICUBIC), np.float64) / 255
    page = np.zeros((HEIGHT, WIDTH))
    top, left = (rng.integers(MARGIN, side - FIELD - MARGIN) for side in page.shape)
    page[top : top + FIELD, left : left + FIELD] = np.clip((ndimage.gaussian_filter(large, 1.5) - 0.3) / 0.25, 0, 1)
    return page


def gradient(rng: np.random.Generator, darkest: float) -> np.ndarray:
    """Light that falls to `darkest` from one side of the page to the other."""
    along = _distance(rng, 0.0)
    return 1 - (1 - darkest) * (along - along.min()) / np.ptp(along)


def shadow(rng: np.random.Generator, depth: float, softness: float = 2.0) -> np.ndarray:
    """A shadow with a straight edge through the page that takes the share `depth`; `softness` is in pixels."""
    covered = _distance(rng, rng.uniform(-0.35, 0.35)) > 0
    return 1 - depth * ndimage.gaussian_filter(covered.astype(np.float64), softness)


def _distance(rng: np.random.Generator, offset: float) -> np.ndarray:
    """The signed distance of each pixel from a line of random direction, `offset` from the middle; 1 is half a side."""
    angle = rng.uniform(0, 2 * np.pi)
    row, column = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    return np.cos(angle) * column + np.sin(angle) * row - offset


def crumpled(rng: np.random.Generator) -> np.ndarray:
    folds = sum(np.abs(ndimage.gaussian_filter(rng.normal(size=(HEIGHT, WIDTH)), size)) * size for size in (12, 25))
    return 1 - 0.45 * folds / np.max(folds)


def ruled(rng: np.random.Generator, strength: float, squared: bool = False) -> np.ndarray:
    """Printed lines, or squares, that absorb the share `strength`."""
    pitch, first = rng.integers(26, 40), rng.integers(0, 26)
    printed = np.zeros((HEIGHT, WIDTH), bool)
    for start in range(first, HEIGHT, pitch):
        printed[start : start + 2] = True
        printed[:, start : start + 2] |= squared
    return 1 - strength * printed


def _as_jpeg(gray: np.ndarray, quality: int) -> np.ndarray:
    content = io.BytesIO()
    Image.fromarray(gray).save(content, "JPEG", quality=quality)
    return np.asarray(Image.open(content))


CONDITIONS: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "pen": photo,
    "pencil": partial(photo, absorbed=PENCIL),
    "marker": lambda digit, rng: photo(ndimage.grey_dilation(digit, size=(3, 3)), rng, absorbed=MARKER),
    "blurred": partial(photo, blur=4),
    "JPEG of quality 20": lambda digit, rng: _as_jpeg(photo(digit, rng), 20),
    "noisy": partial(photo, noise=12),
    "light falls to half": partial(photo, light=partial(gradient, darkest=0.5)),
    "shadow edge of 35%": partial(photo, light=partial(shadow, depth=0.35)),
    "shadow edge of 55%": partial(photo, light=partial(shadow, depth=0.55)),
    "soft shadow of 45%": partial(photo, light=partial(shadow, depth=0.45, softness=25)),
    "pencil, soft shadow": partial(photo, absorbed=PENCIL, light=partial(shadow, depth=0.35, softness=8)),
    "crumpled": partial(photo, light=crumpled),
    "pale lines": partial(photo, paper=partial(ruled, strength=0.15)),
    "pale squares": partial(photo, paper=partial(ruled, strength=0.15, squared=True)),
    "strong lines": partial(photo, paper=partial(ruled, strength=0.45)),
    "strong squares": partial(photo, paper=partial(ruled, strength=0.45, squared=True)),
    "pencil, pale lines": partial(photo, absorbed=PENCIL, paper=partial(ruled, strength=0.15)),
    "pencil, pale squares": partial(photo, absorbed=PENCIL, paper=partial(ruled, strength=0.15, squared=True)),
    "chalk on a board": lambda digit, rng: 255 - photo(digit, rng, light=partial(gradient, darkest=0.7)),
}


def photos(digits: np.ndarray, condition: str, seed: int) -> list[np.ndarray]:
    """One photo of each of `digits` (n, 28, 28) uint8 under `condition`; the `seed` fixes them."""
    place = list(CONDITIONS).index(condition)
    return [CONDITIONS[condition](digit, np.random.default_rng([seed, place, it])) for it, digit in enumerate(digits)]
