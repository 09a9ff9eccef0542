"""Pages with no digit on them: blank, noise, scribbles, letters, symbols, photos.

Knows what people may give a recogniser by mistake, each kind the same pages every time.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_images

from digits import glyphs
from digits.picture_files import Picture

EACH = 200  # pages of the kinds that chance draws
LOOK_ALIKES = "OoQIilSsZzBbgq|"  # that people write as they write digits
LETTERS = "".join(it for it in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if it not in LOOK_ALIKES)
SYMBOLS = "!#$%&*+<=>?@^~{}[]"


def kinds(fonts: list[Path]) -> dict[str, Callable[[], Iterator[Picture]]]:
    """The kinds of pages, with characters of `fonts`, by a name that is also the end of a metric's."""
    return {
        "blank": _blank,
        "noise": _noise,
        "scribbles": _scribbles,
        "letters": lambda: _characters(LETTERS, fonts),
        "letters_like_digits": lambda: _characters(LOOK_ALIKES, fonts),
        "symbols": lambda: _characters(SYMBOLS, fonts),
        "photos": _photos,
    }


def _blank() -> Iterator[Picture]:
    """Paper of any brightness, every second one photographed: with a shadow, the camera's noise, and light beyond what
    it can tell apart."""
    rng = np.random.default_rng(0)
    for number in range(EACH):
        clean = number % 2 == 0
        light = np.full((glyphs.PAGE, glyphs.PAGE), rng.uniform(0, 255 if clean else 320))
        if not clean:
            light *= np.linspace(1, rng.uniform(0.5, 1), glyphs.PAGE)
            light += rng.normal(0, rng.uniform(0, 4), light.shape)
        yield Picture(np.clip(light, 0, 255).astype(np.uint8), clean)


def _noise() -> Iterator[Picture]:
    """Squares of random grey, from one to 64 pixels wide."""
    rng = np.random.default_rng(1)
    for number in range(EACH):
        side = 2 ** (number % 7)
        squares = rng.integers(0, 256, (-(-glyphs.PAGE // side),) * 2, np.uint8)
        yield Picture(np.kron(squares, np.ones((side, side), np.uint8))[: glyphs.PAGE, : glyphs.PAGE], True)


def _scribbles() -> Iterator[Picture]:
    """A pen that wanders to and fro, for longer than any digit takes."""
    rng = np.random.default_rng(2)
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


def _photos() -> Iterator[Picture]:
    """Pieces of the photos of a temple and a flower that come with scikit-learn."""
    rng = np.random.default_rng(3)
    photos = [Image.fromarray(photo).convert("L") for photo in load_sample_images().images]
    for number in range(EACH):
        photo = photos[number % len(photos)]
        side = int(rng.integers(60, min(photo.size)))
        left, top = (int(rng.integers(0, room - side + 1)) for room in photo.size)
        yield Picture(np.asarray(photo.crop((left, top, left + side, top + side))), False)
