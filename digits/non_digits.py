"""Pages with no digit on them: blank, noise, scribbles, letters, symbols, photos.

Knows what people may give a recogniser by mistake, each kind the same pages every time. There are two draws, with
nothing in common: what is chosen by the one is measured on the other.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_images

from digits import glyphs
from digits.picture_files import Picture

EACH = 200  # pages of the kinds that chance draws
LOOK_ALIKES = "OoQIilSsZzBbgq"  # that people write as they write digits
LETTERS = "".join(it for it in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if it not in LOOK_ALIKES)
SYMBOLS = "!#$%&*+<=>?@^~{}[]"


@dataclass(frozen=True)
class Draw:
    """Whether the fonts are those of DejaVu or all others, which photo is cut up, and what chance starts from."""

    dejavu: bool
    photo: int
    seed: int

    @property
    def fonts(self) -> list[Path]:
        return [font for font in glyphs.fonts() if font.name.startswith("DejaVu") == self.dejavu]

    def rng(self, kind: str) -> np.random.Generator:
        """Chance for one kind of pages, independent of all others."""
        return np.random.default_rng([self.seed, *kind.encode()])


TO_CHOOSE = Draw(dejavu=True, photo=0, seed=0)
TO_MEASURE = Draw(dejavu=False, photo=1, seed=1)


def kinds(draw: Draw, faces: int | None = None) -> dict[str, Callable[[], Iterator[Picture]]]:
    """The kinds of pages of `draw` by a name that is also the end of a metric's, from its first `faces` fonts."""
    fonts = draw.fonts[:faces]
    return {
        "blank": partial(_blank, draw),
        "noise": partial(_noise, draw),
        "scribbles": partial(_scribbles, draw),
        "letters": partial(_characters, LETTERS, fonts),
        "letters_like_digits": partial(_characters, LOOK_ALIKES, fonts),
        "symbols": partial(_characters, SYMBOLS, fonts),
        "photos": partial(_photos, draw),
    }


def _blank(draw: Draw) -> Iterator[Picture]:
    """Paper of any brightness, every second one photographed: with a shadow, the camera's noise, and light beyond what
    it can tell apart."""
    rng = draw.rng("blank")
    for number in range(EACH):
        clean = number % 2 == 0
        light = np.full((glyphs.PAGE, glyphs.PAGE), rng.uniform(0, 255 if clean else 320))
        if not clean:
            light *= np.linspace(1, rng.uniform(0.5, 1), glyphs.PAGE)
            light += rng.normal(0, rng.uniform(0, 4), light.shape)
        yield Picture(np.clip(light, 0, 255).astype(np.uint8), clean)


def _noise(draw: Draw) -> Iterator[Picture]:
    """Squares of random grey, from one to 64 pixels wide."""
    rng = draw.rng("noise")
    for number in range(EACH):
        side = 2 ** (number % 7)
        squares = rng.integers(0, 256, (-(-glyphs.PAGE // side),) * 2, np.uint8)
        yield Picture(np.kron(squares, np.ones((side, side), np.uint8))[: glyphs.PAGE, : glyphs.PAGE], True)


def _scribbles(draw: Draw) -> Iterator[Picture]:
    """A pen that wanders to and fro, for longer than any digit takes."""
    rng = draw.rng("scribbles")
    for _ in range(EACH):
        turns = rng.integers(8, 40)
        corners = rng.uniform(0.2 * glyphs.PAGE, 0.8 * glyphs.PAGE, (turns, 2))
        steps = np.linspace(0, turns - 1, 30 * turns)
        smooth = np.stack([np.interp(steps, range(turns), axis) for axis in corners.T], axis=1)
        window = np.ones(25) / 25
        path = np.stack([np.convolve(axis, window, "valid") for axis in smooth.T], axis=1)
        sheet = Image.new("L", (glyphs.PAGE, glyphs.PAGE), 255)
        width = int(rng.integers(4, 20))
        ImageDraw.Draw(sheet).line([tuple(point) for point in path], fill=0, width=width, joint="curve")
        yield Picture(np.asarray(sheet), True)


def _characters(characters: str, fonts: list[Path]) -> Iterator[Picture]:
    """Each of `characters` in each of `fonts` that has it."""
    for font in fonts:
        for character in characters:
            if glyphs.has(font, character):
                yield Picture(glyphs.page(character, font, glyphs.Look()), True)


def _photos(draw: Draw) -> Iterator[Picture]:
    """Pieces of one of the photos, of a temple and of a flower, that come with scikit-learn."""
    rng = draw.rng("photos")
    photo = Image.fromarray(load_sample_images().images[draw.photo]).convert("L")
    for _ in range(EACH):
        side = int(rng.integers(60, min(photo.size)))
        left, top = (int(rng.integers(0, room - side + 1)) for room in photo.size)
        yield Picture(np.asarray(photo.crop((left, top, left + side, top + side))), False)
