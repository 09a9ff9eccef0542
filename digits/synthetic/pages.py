"""Pages without a digit: blank, noise, scribbles, letters, symbols, photos. Each kind is the same on every run.

There are two disjoint sets, which differ in fonts, photo and random numbers: what is selected on VAL_PAGES is evaluated
on TEST_PAGES.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_images

from digits.synthetic import fonts

EACH = 200  # pages of each random kind
LOOK_ALIKES = "OoQIilSsZzBbgq"  # letters that people write like digits
LETTERS = "".join(it for it in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if it not in LOOK_ALIKES)
SYMBOLS = "!#$%&*+<=>?@^~{}[]"


@dataclass(frozen=True)
class OodSet:
    """Where a set of pages comes from.

    `dejavu`: whether its fonts are those of the DejaVu family or all others. `photo`: which of scikit-learn's two
    photos is cut up. `seed`: of its random numbers.
    """

    dejavu: bool
    photo: int
    seed: int

    @property
    def fonts(self) -> list[Path]:
        return [font for font in fonts.fonts() if font.name.startswith("DejaVu") == self.dejavu]

    def rng(self, kind: str) -> np.random.Generator:
        """A generator for one kind of page, independent of those of all other kinds and of the other set."""
        return np.random.default_rng([self.seed, *kind.encode()])


VAL_PAGES = OodSet(dejavu=True, photo=0, seed=0)
TEST_PAGES = OodSet(dejavu=False, photo=1, seed=1)


def kinds(ood_set: OodSet, n_fonts: int | None = None) -> dict[str, Callable[[], Iterator[np.ndarray]]]:
    """The pages of `ood_set` by kind, as functions that draw them; characters come from its first `n_fonts` fonts.

    The metrics reject_rate_<kind> are named after the kinds.
    """
    faces = ood_set.fonts[:n_fonts]
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
        flat = number % 2 == 0
        light = np.full((fonts.PAGE, fonts.PAGE), rng.uniform(0, 255 if flat else 320))
        if not flat:
            light *= np.linspace(1, rng.uniform(0.5, 1), fonts.PAGE)
            light += rng.normal(0, rng.uniform(0, 4), light.shape)
        yield np.clip(light, 0, 255).astype(np.uint8)


def _noise(ood_set: OodSet) -> Iterator[np.ndarray]:
    """Squares of random gray, 1 to 64 pixels wide."""
    rng = ood_set.rng("noise")
    for number in range(EACH):
        yield random_squares(rng, 2 ** (number % 7), fonts.PAGE)


def random_squares(rng: np.random.Generator, side: int, size: int) -> np.ndarray:
    """Squares of random gray, `side` pixels wide, that fill an image (size, size) uint8."""
    grays = rng.integers(0, 256, (-(-size // side),) * 2, np.uint8)
    return np.kron(grays, np.ones((side, side), np.uint8))[:size, :size]


def _scribbles(ood_set: OodSet) -> Iterator[np.ndarray]:
    """A pen line through 8 to 39 random points: longer than the line of any digit."""
    rng = ood_set.rng("scribbles")
    for _ in range(EACH):
        turns = rng.integers(8, 40)
        corners = rng.uniform(0.2 * fonts.PAGE, 0.8 * fonts.PAGE, (turns, 2))
        steps = np.linspace(0, turns - 1, 30 * turns)
        straight = np.stack([np.interp(steps, range(turns), axis) for axis in corners.T], axis=1)
        window = np.ones(25) / 25
        path = np.stack([np.convolve(axis, window, "valid") for axis in straight.T], axis=1)
        sheet = Image.new("L", (fonts.PAGE, fonts.PAGE), 255)
        width = int(rng.integers(4, 20))
        ImageDraw.Draw(sheet).line([tuple(point) for point in path], fill=0, width=width, joint="curve")
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
