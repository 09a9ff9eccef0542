"""Photos of a handwritten digit on paper, in uneven light, on rulings and on tables. Seeded.

A `Map` is a brightness relative to even light or plain paper, (HEIGHT, WIDTH) or one number. A view (4, 2) says where
on the sheet, whose corners are CORNERS, those of the photo lie.
"""

import io
from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image
from scipy import ndimage

HEIGHT, WIDTH = 360, 300  # of a photo, in pixels
FIELD = 150  # pixels of the side of the digit's 28x28 image on the sheet
CORNERS = np.array([[-1.0, -1.0], [-1.0, 1.0], [1.0, 1.0], [1.0, -1.0]])
WHITE, WOOD = 0.88, 0.4  # brightness of paper and of a table, as a share of full scale
MARKER, PEN, BLUE_PEN, PENCIL = 0.9, 0.75, 0.63, 0.28  # shares of the light that inks absorb
STRONG, PALE = 0.45, 0.15  # and rulings

Map = np.ndarray | float
Maker = Callable[[np.random.Generator], Map]


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


def creased(rng: np.random.Generator) -> np.ndarray:
    """Facets of different brightness between sharp folds: the cells nearest to each of twenty random points."""
    row, column = np.mgrid[0:HEIGHT, 0:WIDTH]
    middles = rng.uniform(0, (HEIGHT, WIDTH), (20, 2))
    distances = np.stack([np.hypot(row - down, column - along) for down, along in middles])
    nearest, second = np.partition(distances, 1, axis=0)[:2]
    return rng.uniform(0.6, 1, 20)[distances.argmin(axis=0)] * np.where(second - nearest < 3, 0.88, 1)


def ruled(rng: np.random.Generator, strength: float, squared: bool = False, margin: bool = False) -> np.ndarray:
    """Printed lines, or squares, that absorb the share `strength`; with `margin` a red line goes down the left."""
    pitch, first = rng.integers(26, 40), rng.integers(0, 26)
    printed = np.zeros((HEIGHT, WIDTH), bool)
    for start in range(first, HEIGHT, pitch):
        printed[start : start + 2] = True
        printed[:, start : start + 2] |= squared
    page = 1 - strength * printed
    if margin:
        left = rng.integers(20, 50)
        page[:, left : left + 3] *= 1 - 0.36
    return page


def wooden(rng: np.random.Generator, brightness: float = WOOD, shape: tuple[int, int] = (HEIGHT, WIDTH)) -> np.ndarray:
    """A table of wood, with its grain."""
    grain = ndimage.gaussian_filter(rng.normal(size=shape), (1.5, 40))
    return brightness * (1 + 0.15 * grain / grain.std())


def rotated(rng: np.random.Generator, most: float = 20) -> np.ndarray:
    """The sheet rotated by up to `most` degrees either way."""
    angle, half = np.deg2rad(rng.uniform(-most, most)), np.array([HEIGHT / WIDTH, 1])
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return (CORNERS * half) @ rotation / half


def from_afar(rng: np.random.Generator) -> np.ndarray:
    """The whole sheet is in view, askew, with what is around it."""
    return CORNERS * rng.uniform(1.65, 2.2, CORNERS.shape)


def beside(rng: np.random.Generator) -> np.ndarray:
    """The sheet goes on beyond the photo, but on one side the table is in view."""
    aside = rng.uniform(0.2, 0.3) * np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])[rng.integers(4)]
    return rotated(rng, most=4) * 0.9 + aside


def seen(sheet: np.ndarray, view: np.ndarray, beyond: Map | None = None) -> np.ndarray:
    """`sheet` (h, w) in this view; where it ends, `beyond` is seen. Without that it goes on, mirrored."""
    if view is CORNERS:
        return sheet
    height, width = sheet.shape
    pad = (height // 2, width // 2) if beyond is None else (0, 0)
    padded = np.pad(sheet, [(side, side) for side in pad], "reflect").astype(np.float32)
    to = (view + 1) * (height / 2, width / 2) + pad
    mapping = perspective((CORNERS + 1)[:, ::-1] * (width / 2, height / 2), to[:, ::-1])
    options = Image.Transform.PERSPECTIVE, mapping, Image.Resampling.BILINEAR
    pixels = np.asarray(Image.fromarray(padded).transform((width, height), *options, fillcolor=-1), np.float64)
    return pixels if beyond is None else np.where(pixels < 0, beyond, pixels)


def perspective(photo: np.ndarray, sheet: np.ndarray) -> list[float]:
    """The eight numbers with which Pillow maps the points `photo` (4, 2) of x and y to the points `sheet` (4, 2)."""
    equations = []
    for (x, y), (u, v) in zip(photo, sheet, strict=True):
        equations += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    return np.linalg.solve(np.array(equations), sheet.reshape(-1)).tolist()


def photo(
    digit: np.ndarray,
    rng: np.random.Generator,
    absorbed: float = PEN,
    light: Maker | None = None,
    paper: Maker | None = None,
    view: Callable[[np.random.Generator], np.ndarray] | None = None,
    table: Maker | None = None,
    size: float = 1.0,
    noise: float = 2.5,
) -> np.ndarray:
    """`digit` (28, 28) uint8 somewhere on `paper` in `light`, (HEIGHT, WIDTH) uint8; beyond it the `table` is seen.

    `size` is relative to FIELD; `noise` is in gray levels.
    """
    sheet = WHITE * textured(rng, (HEIGHT, WIDTH)) * (paper(rng) if paper else 1.0)
    covered = enlarged(digit)
    if size != 1:
        side = round(size * FIELD)
        small = Image.fromarray(covered.astype(np.float32)).resize((side, side), Image.Resampling.BOX)
        covered = np.asarray(small, np.float64)
    ink = np.zeros((HEIGHT, WIDTH))
    top, left = (rng.integers(50, side - len(covered) - 50) for side in ink.shape)
    ink[top : top + len(covered), left : left + len(covered)] = covered
    corners, around = view(rng) if view else CORNERS, table(rng) if table else None
    page = seen(sheet, corners, around) * (1 - absorbed * seen(ink, corners, 0.0)) * (light(rng) if light else 1.0)
    return exposed(page, rng, noise=noise)


def textured(rng: np.random.Generator, shape: tuple[int, int]) -> np.ndarray:
    """The fibers of plain paper, as brightness around 1."""
    return 1 + 0.012 * rng.normal(size=shape) + 0.1 * ndimage.gaussian_filter(rng.normal(size=shape), 6)


def exposed(page: np.ndarray, rng: np.random.Generator, blur: float = 0.8, noise: float = 2.5) -> np.ndarray:
    """What a camera makes of `page`, from 0 to 1: uint8. `blur` is in pixels, `noise` in gray levels."""
    sharp = 255 * ndimage.gaussian_filter(page, blur)
    return np.clip(np.rint(sharp + rng.normal(0, noise, page.shape)), 0, 255).astype(np.uint8)


def enlarged(digit: np.ndarray, side: int = FIELD) -> np.ndarray:
    """`digit` (28, 28) uint8 with sharp edges: the share of each pixel that ink covers, (side, side)."""
    large = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC), np.float64) / 255
    return np.clip((ndimage.gaussian_filter(large, 1.5) - 0.3) / 0.25, 0, 1)


def cropped(ink: np.ndarray) -> np.ndarray:
    """`ink` cut to its bounding box."""
    return ink[ndimage.find_objects((ink > 0).astype(np.uint8))[0]]


def _as_jpeg(gray: np.ndarray, quality: int) -> np.ndarray:
    """`gray` (h, w) uint8 after it was stored as a JPEG of `quality`, from 1 to 95."""
    content = io.BytesIO()
    Image.fromarray(gray).save(content, "JPEG", quality=quality)
    return np.asarray(Image.open(content))


def _pencil_by_phone(digit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """From an angle: each corner of the photo has moved inward on the sheet by up to 15% of each side."""

    def light(rng: np.random.Generator) -> np.ndarray:
        return gradient(rng, 0.6) * shadow(rng, 0.45, 3)

    def view(rng: np.random.Generator) -> np.ndarray:
        return CORNERS * (1 - 2 * rng.uniform(0, 0.15, CORNERS.shape))

    return _as_jpeg(photo(digit, rng, PENCIL, light, view=view, noise=6), 60)


def _cropped_drawing(digit: np.ndarray) -> np.ndarray:
    """Black on white, cut to the ink."""
    return np.rint(255 * (1 - cropped(enlarged(digit)))).astype(np.uint8)


def _from_form(digit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A scan cut from a form: around the digit are remains of its box and of the digit next to it."""
    cut = 1 - _cropped_drawing(digit) / 255
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


_SQUARES = partial(ruled, strength=STRONG, squared=True)
# The number of a condition is a part of its seed, so that none changes the photos of another: the next is 45.
CONDITIONS: dict[str, tuple[int, Callable[[np.ndarray, np.random.Generator], np.ndarray]]] = {
    "pen": (0, photo),
    "marker": (2, lambda digit, rng: photo(ndimage.grey_dilation(digit, size=(3, 3)), rng, MARKER)),
    "noisy": (5, partial(photo, noise=12)),
    "light falls to half": (6, partial(photo, light=partial(gradient, darkest=0.5))),
    "shadow edge of 55%": (8, partial(photo, light=partial(shadow, depth=0.55))),
    "pencil, soft shadow": (10, partial(photo, absorbed=PENCIL, light=partial(shadow, depth=0.35, softness=8))),
    "chalk on a board": (18, lambda digit, rng: 255 - photo(digit, rng, light=partial(gradient, darkest=0.7))),
    "blue pen, strong squares": (21, partial(photo, absorbed=BLUE_PEN, paper=_SQUARES)),
    "pencil, red margin": (23, partial(photo, absorbed=PENCIL, paper=partial(ruled, strength=PALE, margin=True))),
    "pencil, strong squares": (25, partial(photo, absorbed=PENCIL, paper=_SQUARES)),
    "creased": (26, partial(photo, light=creased)),
    "strong squares, rotated": (30, partial(photo, view=rotated, paper=_SQUARES)),
    "pencil, phone": (32, _pencil_by_phone),
    "wooden table on one side": (36, partial(photo, view=beside, table=wooden)),
    "pencil, dark wood": (37, partial(photo, absorbed=PENCIL, view=from_afar, table=partial(wooden, brightness=0.18))),
    "strong squares, wooden table": (38, partial(photo, view=from_afar, table=wooden, paper=_SQUARES)),
    "small digit, pale lines": (40, partial(photo, size=0.35, paper=partial(ruled, strength=PALE))),
    "tightly cropped, JPEG": (43, lambda digit, _: _as_jpeg(_cropped_drawing(digit), 50)),
    "cut from a form": (44, _from_form),
}


def photos(digits: np.ndarray, condition: str, seed: int) -> list[np.ndarray]:
    """One picture of each of `digits` (n, 28, 28) uint8, none blank, under `condition`; the `seed` fixes them."""
    number, draw = CONDITIONS[condition]
    return [draw(digit, np.random.default_rng([seed, number, index])) for index, digit in enumerate(digits)]
