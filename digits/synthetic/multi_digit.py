"""Photos of several handwritten digits on a page, apart or touching, in one line or two. Seeded.

The ink of a page is (HEIGHT, WIDTH) float from 0, paper, to 1; digits are images of MNIST, (n, 28, 28) uint8.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from PIL import Image

from digits.synthetic import paper

HEIGHT, WIDTH = 360, 800  # of a page, in pixels
FIELD = 90, 110  # pixels of the side of a digit's 28x28 image on it


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
    for number, digit in enumerate(digits):
        ink = paper.cropped(paper.enlarged(digit, int(rng.integers(*FIELD))))
        top = FIELD[1] - len(ink) // 2 + int(rng.integers(-6, 7))  # higher or lower than its neighbors
        rows = row[top : top + len(ink)]
        left = 0
        if number:
            least, most, of_strokes = spacings[number - 1]
            start = _where_strokes_meet(rows[:, :stop], ink) if of_strokes else stop
            left = max(0, start + int(rng.integers(least, most + 1)))
        window = rows[:, left : left + ink.shape[1]]
        np.maximum(window, ink, out=window)
        stop = max(stop, left + ink.shape[1])
    return paper.cropped(row)


def _where_strokes_meet(before: np.ndarray, ink: np.ndarray) -> int:
    """The column of `before` at which `ink` begins if the strokes of both just meet where they come closest."""
    solid, next_solid = before > 0.5, ink > 0.5
    both = solid.any(axis=1) & next_solid.any(axis=1)
    ends = before.shape[1] - solid[:, ::-1].argmax(axis=1)
    return int((ends - next_solid.argmax(axis=1))[both].max(initial=0))


def _page(lines: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """The ink of a page with `lines` one above the other, somewhere near its middle."""
    apart = [int(rng.integers(40, 60)) for _ in lines[1:]]
    top = (HEIGHT - sum(map(len, lines)) - sum(apart)) // 2 + int(rng.integers(-20, 21))
    page = np.zeros((HEIGHT, WIDTH))
    for ink, below in zip(lines, [*apart, 0], strict=True):
        left = (WIDTH - ink.shape[1]) // 2 + int(rng.integers(-40, 41))
        page[top : top + len(ink), left : left + ink.shape[1]] = ink
        top += len(ink) + below
    return page


def one_line(digits: np.ndarray, rng: np.random.Generator, one: Spacing = APART, rest: Spacing = APART) -> np.ndarray:
    """The ink of two or more `digits` in a line: between `one` random pair of neighbors, and the `rest` of them."""
    spacings = [rest] * (len(digits) - 1)
    spacings[rng.integers(len(spacings))] = one
    return _page([line(digits, spacings, rng)], rng)


def two_lines(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The ink of `digits` in two lines."""
    halves = np.array_split(digits, 2)
    return _page([line(half, [APART] * (len(half) - 1), rng) for half in halves], rng)


def from_an_angle(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As `one_line`, seen from an angle: each corner of the page has moved inward by up to 8% of its sides."""
    corners = np.array([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)], np.float64)
    inward = np.sign(corners.mean(axis=0) - corners) * rng.uniform(0, 0.08, (4, 2)) * (WIDTH, HEIGHT)
    mapping = paper.perspective(corners + inward, corners)
    page = Image.fromarray(one_line(digits, rng).astype(np.float32))
    return np.asarray(page.transform(page.size, Image.Transform.PERSPECTIVE, mapping, Image.Resampling.BILINEAR))


def by_phone(sheet: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A photo (HEIGHT, WIDTH) uint8 of `sheet`, in light that falls to half, blurred and noisy."""
    light = Image.fromarray(paper.gradient(rng, 0.5).astype(np.float32))
    return paper.exposed(sheet * np.asarray(light.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)), rng, 1.5, 5)


def on_wood(sheet: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """From afar, on a wooden table."""
    return paper.exposed(paper.seen(sheet, paper.from_afar(rng), paper.wooden(rng, shape=sheet.shape)), rng)


class Condition(NamedTuple):
    """How the ink of a page is made of digits, how the sheet is photographed, and the fewest and most digits on it.

    `number` is a part of the seed, so that no condition changes the pages of another: the next is 13.
    """

    number: int
    ink: Callable[[np.ndarray, np.random.Generator], np.ndarray] = one_line
    photo: Callable[[np.ndarray, np.random.Generator], np.ndarray] = paper.exposed
    lengths: tuple[int, int] = (4, 6)


CONDITIONS = {
    "narrow gaps": Condition(2, partial(one_line, one=NARROW, rest=NARROW)),
    "all overlap": Condition(4, partial(one_line, one=OVERLAPPING, rest=OVERLAPPING)),
    "one pair touches": Condition(5, partial(one_line, one=TOUCHING)),
    "all touch": Condition(6, partial(one_line, one=TOUCHING, rest=TOUCHING)),
    "phone photo": Condition(8, from_an_angle, by_phone),
    "two lines": Condition(9, two_lines, lengths=(8, 12)),
    "wooden table": Condition(12, photo=on_wood),
}


class Page(NamedTuple):
    """A picture (HEIGHT, WIDTH) uint8, and the digits on it in the order of reading."""

    picture: np.ndarray
    labels: list[int]


def synthetic_pages(images: np.ndarray, labels: np.ndarray, condition: str, count: int, seed: int) -> list[Page]:
    """`count` pages under `condition`, with digits drawn from `images` (n, 28, 28) uint8 and `labels` (n,)."""
    number, make_ink, photograph, (fewest, most) = CONDITIONS[condition]
    pages = []
    for index in range(count):
        rng = np.random.default_rng([seed, number, index])
        indices = rng.integers(0, len(images), rng.integers(fewest, most + 1))
        ink = make_ink(images[indices], rng)
        sheet = paper.WHITE * paper.textured(rng, ink.shape) * (1 - paper.PEN * ink)
        pages.append(Page(photograph(sheet, rng), labels[indices].tolist()))
    return pages
