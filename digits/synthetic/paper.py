"""The photo of a handwritten digit on paper: ink on a textured sheet, seen by a camera, lit, blurred and noisy.

A digit of MNIST is enlarged and drawn in ink. The conditions are in `paper_conditions`. Seeded; no photo is real.
Pictures are (HEIGHT, WIDTH) uint8: colors are the grays to which `imaging.image_io` converts them.
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image
from scipy import ndimage

from digits.synthetic import views
from digits.synthetic.surfaces import HEIGHT, WIDTH

FIELD = 150  # pixels of the side of the digit's 28x28 image on the sheet
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
    view: Callable[[np.random.Generator], np.ndarray] = views.above,
    table: Callable[[np.random.Generator], Map | None] = lambda rng: None,
    size: float = 1.0,
    hairline: bool = False,
    blur: float = 0.8,
    noise: float = 2.5,
) -> np.ndarray:
    """`digit` (28, 28) uint8 on `paper` in `light`, in a view of `views`; what is beyond the sheet is the `table`.

    `size` is relative to FIELD; with `hairline` the pen is as thin as it can be; `blur` is in pixels, `noise` of the
    camera in gray levels.
    """
    texture = 1 + 0.012 * rng.normal(size=(HEIGHT, WIDTH))
    texture += 0.1 * ndimage.gaussian_filter(rng.normal(size=(HEIGHT, WIDTH)), 6)
    sheet = WHITE * texture * paper(rng)
    ink = _on_sheet(_thinned(enlarged(digit)) if hairline else enlarged(digit), rng, size)
    place, around = view(rng), table(rng)
    page = views.seen(sheet, place, around) * (1 - absorbed * views.seen(ink, place, 0.0)) * light(rng)
    exposed = 255 * ndimage.gaussian_filter(page, blur) + rng.normal(0, noise, page.shape)
    return np.clip(np.rint(exposed), 0, 255).astype(np.uint8)


def enlarged(digit: np.ndarray) -> np.ndarray:
    """`digit` (28, 28) uint8 with sharp edges: the share of each pixel that ink covers, (FIELD, FIELD)."""
    large = np.asarray(Image.fromarray(digit).resize((FIELD, FIELD), Image.Resampling.BICUBIC), np.float64) / 255
    return np.clip((ndimage.gaussian_filter(large, 1.5) - 0.3) / 0.25, 0, 1)


def _thinned(ink: np.ndarray) -> np.ndarray:
    """`ink` with all strokes two or three pixels wide, by homotopic thinning (Golay's L elements)."""
    line, before = ink > 0.5, np.zeros(ink.shape, bool)
    edge = np.array([[0, 0, 0], [0, 1, 0], [1, 1, 1]]), np.array([[1, 1, 1], [0, 0, 0], [0, 0, 0]])
    corner = np.array([[0, 0, 0], [1, 1, 0], [0, 1, 0]]), np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]])
    while (line != before).any():
        before = line.copy()
        for turns in range(4):
            for kept, empty in (edge, corner):
                line &= ~ndimage.binary_hit_or_miss(line, np.rot90(kept, turns), np.rot90(empty, turns))
    return np.clip(ndimage.gaussian_filter(line.astype(np.float64), 0.8) * 2.5, 0, 1)


def _on_sheet(ink: np.ndarray, rng: np.random.Generator, size: float) -> np.ndarray:
    """`ink` (FIELD, FIELD), scaled by `size`, somewhere on the sheet."""
    if size != 1:
        side = round(size * FIELD)
        ink = np.asarray(Image.fromarray(ink.astype(np.float32)).resize((side, side), Image.Resampling.BOX), np.float64)
    sheet = np.zeros((HEIGHT, WIDTH))
    top, left = (rng.integers(MARGIN, side - len(ink) - MARGIN) for side in sheet.shape)
    sheet[top : top + len(ink), left : left + len(ink)] = ink
    return sheet


def as_jpeg(gray: np.ndarray, quality: int) -> np.ndarray:
    """`gray` (h, w) uint8 after it was stored as a JPEG of `quality`, from 1 to 95."""
    content = io.BytesIO()
    Image.fromarray(gray).save(content, "JPEG", quality=quality)
    return np.asarray(Image.open(content))
