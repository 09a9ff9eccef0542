"""The ink of several handwritten digits on a page, apart or touching, in one line or two. Seeded.

Pages are (HEIGHT, WIDTH) float from 0, paper, to 1, ink; digits are images of MNIST, (n, 28, 28) uint8.
"""

from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from digits.synthetic.views import perspective

HEIGHT, WIDTH = 360, 800  # of a page, in pixels
FIELD = 90, 110  # pixels of the side of a digit's 28x28 image on it
BOUNCE = 6  # pixels by which a digit is higher or lower than its neighbors, at most
LINES_APART = 40, 60  # pixels of paper between two lines
CORNERS = 0.08  # share of the sides by which perspective moves a corner of the page, at most


class Spacing(NamedTuple):
    """The least and the most pixels between two digits: between their boxes, or `of_strokes` where these are closest.

    Negative values overlap.
    """

    least: int
    most: int
    of_strokes: bool = False


APART, NARROW, OVERLAPPING = Spacing(15, 45), Spacing(4, 10), Spacing(-8, -2)
TOUCHING = Spacing(-5, -1, of_strokes=True)


def line(digits: np.ndarray, spacings: list[Spacing], rng: np.random.Generator) -> np.ndarray:
    """The ink of `digits` (n, 28, 28) uint8 side by side, cropped, from 0 to 1; n - 1 `spacings` are between them."""
    row = np.zeros((2 * FIELD[1], 2 * FIELD[1] * len(digits)))
    stop = 0
    for place, digit in enumerate(digits):
        ink = _enlarged(digit, rng)
        top = FIELD[1] - len(ink) // 2 + int(rng.integers(-BOUNCE, BOUNCE + 1))
        rows = row[top : top + len(ink)]
        left = 0
        if place:
            least, most, of_strokes = spacings[place - 1]
            left = (_where_strokes_meet(rows[:, :stop], ink) if of_strokes else stop) + int(
                rng.integers(least, most + 1)
            )
        window = rows[:, max(0, left) : max(0, left) + ink.shape[1]]
        np.maximum(window, ink, out=window)
        stop = max(stop, max(0, left) + ink.shape[1])
    return _cropped(row)


def _where_strokes_meet(before: np.ndarray, ink: np.ndarray) -> int:
    """The column of `before` at which `ink` begins if the strokes of both just meet where they come closest."""
    solid, next_solid = before > 0.5, ink > 0.5
    both = solid.any(axis=1) & next_solid.any(axis=1)
    ends = before.shape[1] - solid[:, ::-1].argmax(axis=1)
    return int((ends - next_solid.argmax(axis=1))[both].max(initial=0))


def _enlarged(digit: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The ink of `digit` (28, 28) uint8, enlarged, with sharp edges, cropped."""
    side = int(rng.integers(*FIELD))
    large = np.asarray(Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC), np.float64) / 255
    return _cropped(np.clip((ndimage.gaussian_filter(large, 1.5) - 0.3) / 0.25, 0, 1))


def _cropped(ink: np.ndarray) -> np.ndarray:
    return ink[ndimage.find_objects((ink > 0).astype(np.uint8))[0]]


def _page(lines: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """The ink of a page with `lines` one above the other, somewhere near its middle."""
    apart = [int(rng.integers(*LINES_APART)) for _ in lines[1:]]
    top = (HEIGHT - sum(map(len, lines)) - sum(apart)) // 2 + int(rng.integers(-20, 21))
    page = np.zeros((HEIGHT, WIDTH))
    for it, below in zip(lines, [*apart, 0], strict=True):
        left = (WIDTH - it.shape[1]) // 2 + int(rng.integers(-40, 41))
        page[top : top + len(it), left : left + it.shape[1]] = it
        top += len(it) + below
    return page


def one_line(
    digits: np.ndarray, rng: np.random.Generator, pair: Spacing = APART, others: Spacing = APART
) -> np.ndarray:
    """A page with `digits` in a line, one random pair of neighbors spaced as `pair`, the others as `others`."""
    spacings = [others] * (len(digits) - 1)
    if spacings:
        spacings[rng.integers(len(spacings))] = pair
    return _page([line(digits, spacings, rng)], rng)


def two_lines(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A page with `digits` in two lines."""
    halves = np.array_split(digits, 2)
    return _page([line(it, [APART] * (len(it) - 1), rng) for it in halves], rng)


def from_an_angle(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As `one_line`, seen from an angle: each corner of the page has moved inward."""
    corners = np.array([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)], np.float64)
    inward = np.sign(corners.mean(axis=0) - corners) * rng.uniform(0, CORNERS, (4, 2)) * (WIDTH, HEIGHT)
    mapping = perspective(corners + inward, corners)
    page = Image.fromarray(one_line(digits, rng).astype(np.float32))
    return np.asarray(page.transform(page.size, Image.Transform.PERSPECTIVE, mapping, Image.Resampling.BILINEAR))
