"""Pages without a digit: blank, noise, scribbles, letters, symbols, photos. Each kind is the same on every run.

There are two disjoint sets, which differ in fonts, photo and random numbers: what is selected on VAL_PAGES is evaluated
on TEST_PAGES.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from string import ascii_letters
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_images

from digits.synthetic import fonts
from digits.synthetic.fonts import PAGE

EACH = 200  # pages of each random kind
LOOK_ALIKES = "OoQIilSsZzBbgq"  # letters that people write like digits
LETTERS = "".join(sorted(set(ascii_letters) - set(LOOK_ALIKES)))
SYMBOLS = "!#$%&*+<=>?@^~{}[]"


class OodSet(NamedTuple):
    """Where a set of pages comes from."""

    dejavu: bool  # its fonts are those of the DejaVu family, or all others
    photo: int  # which of scikit-learn's two photos is cut up
    seed: int

    def rng(self, kind: str) -> np.random.Generator:
        """A generator for one kind of page, independent of those of all other kinds and of the other set."""
        return np.random.default_rng([self.seed, *kind.encode()])


VAL_PAGES = OodSet(dejavu=True, photo=0, seed=0)
TEST_PAGES = OodSet(dejavu=False, photo=1, seed=1)


def kinds(ood_set: OodSet) -> dict[str, Callable[[], Iterator[np.ndarray]]]:
    """The pages of `ood_set`, as functions that draw them, by kind; metrics reject_rate_<kind> have its name."""
    faces = [font for font in fonts.fonts() if font.name.startswith("DejaVu") == ood_set.dejavu]
    return {
        "blank": partial(_blank, ood_set),
        "noise": partial(_noise, ood_set),
        "scribbles": partial(_scribbles, ood_set),
        "letters": partial(_characters, LETTERS, faces),
        "letters_like_digits": partial(_characters, LOOK_ALIKES, faces),
        "symbols": partial(_characters, SYMBOLS, faces),
        "photos": partial(_photos, ood_set),
    }


def _blank(ood_set: OodSet) -> Iterator[np.ndarray]:
    """Blank paper of any brightness. Every second page is a photo: with a shadow, sensor noise and overexposure."""
    rng = ood_set.rng("blank")
    for number in range(EACH):
        is_photo = number % 2
        light = np.full((PAGE, PAGE), rng.uniform(0, 320 if is_photo else 255))
        if is_photo:
            light *= np.linspace(1, rng.uniform(0.5, 1), PAGE)
            light += rng.normal(0, rng.uniform(0, 4), light.shape)
        yield np.clip(light, 0, 255).astype(np.uint8)


def _noise(ood_set: OodSet) -> Iterator[np.ndarray]:
    """Squares of random gray, 1 to 64 pixels wide."""
    rng = ood_set.rng("noise")
    for number in range(EACH):
        yield random_squares(rng, 2 ** (number % 7), PAGE)


def random_squares(rng: np.random.Generator, side: int, size: int) -> np.ndarray:
    """Squares of random gray, `side` pixels wide, that fill an image (size, size) uint8."""
    grays = rng.integers(0, 256, (-(-size // side),) * 2, np.uint8)
    return np.kron(grays, np.ones((side, side), np.uint8))[:size, :size]


def _scribbles(ood_set: OodSet) -> Iterator[np.ndarray]:
    """A pen line through 8 to 39 random points: longer than the line of any digit."""
    rng = ood_set.rng("scribbles")
    for _ in range(EACH):
        turns = rng.integers(8, 40)
        corners = rng.uniform(0.2 * PAGE, 0.8 * PAGE, (turns, 2))
        steps = np.linspace(0, turns - 1, 30 * turns)
        straight = [np.interp(steps, range(turns), axis) for axis in corners.T]
        path = np.stack([np.convolve(axis, np.ones(25) / 25, "valid") for axis in straight], axis=1)
        sheet = Image.new("L", (PAGE, PAGE), 255)
        points = [tuple(point) for point in path]
        ImageDraw.Draw(sheet).line(points, fill=0, width=int(rng.integers(4, 20)), joint="curve")
        yield np.asarray(sheet)


def _characters(characters: str, faces: list[Path]) -> Iterator[np.ndarray]:
    """Each of `characters` in each of the fonts `faces` that contains it."""
    for font in faces:
        for character in characters:
            if fonts.has(font, character):
                yield fonts.page(character, font, fonts.GlyphStyle())


def _photos(ood_set: OodSet) -> Iterator[np.ndarray]:
    """Random square crops of one of scikit-learn's photos (a temple, a flower), in gray."""
    rng = ood_set.rng("photos")
    photo = Image.fromarray(load_sample_images().images[ood_set.photo]).convert("L")
    for _ in range(EACH):
        side = int(rng.integers(60, min(photo.size)))
        left, top = (int(rng.integers(0, room - side + 1)) for room in photo.size)
        yield np.asarray(photo.crop((left, top, left + side, top + side)))
