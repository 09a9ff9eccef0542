"""Separates ink from its background, in drawings, scans and photos with uneven light."""

import numpy as np
from PIL import Image

from digits.imaging import dirt, rulings, sheet
from digits.imaging.statistics import otsu, robust_std

MIN_CONTRAST = 0.06  # share of the light that ink must absorb; below it the sheet is empty
MIN_SIDE = 3  # pixels of the shorter side; smaller pictures count as empty
SMALL = 64  # pixels of the longer side below which a picture is no photo
CLEAR = 64  # gray levels by which ink differs from the background of a drawing
TINT = 0.01  # share of a drawing that has the same gray if that is a tint or printed lines
FAINT = 0.5  # share of the ink's contrast below which that is so; darker ones are ink
EVEN = 0.97  # share of the border whose deviations from the paper are noise; the rest may be ink
SOME, FULL = 0.25, 0.75  # ink from which on a pixel is marked, and fully marked, as shares of the most ink
MOST_FAINT = 0.05  # share of a picture of two tones that is neither paper nor marked
LEAST_FULL = 0.75  # share of the marked pixels of such a picture that are fully marked
PHOTO = 512  # pixels of the longer side to which a photo is scaled down
WIDEST = 0.16  # width of the widest stroke that is ink, as a share of the longer side
MIN_BRIGHTNESS = 64  # of 255: on darker paper, contrast is measured relative to this value
NOISE_FACTOR = 4  # ink must be darker than the paper by this many standard deviations of the paper's noise
MIN_PIECE = 0.05  # share of the ink of the largest connected piece; smaller pieces are dirt
SPECK = 0.005  # the same share, where every pixel is clearly ink or paper


def find_ink(gray: np.ndarray) -> np.ndarray | None:
    """The amount of ink at each pixel of `gray` (h, w) uint8, whether dark on light or light on dark.

    If more than half of the pixels have the same gray, it is a drawing, and that gray is the paper unless it is rare on
    the border; other grays of much of it are tints and printed lines, unless they are as dark as ink. Otherwise the
    paper is the median of the border, and the spread of the border its noise. If that is large, the light is uneven and
    the picture is treated as a photo, unless it is small: then the ink fills it. The paper of a photo with two tones
    alone is even, and ink lies on its border. If a sheet is seen with what is around it, the photo is the sheet alone.
    Returns (h, w) float32 from 0, background, to 1, a photo scaled down to PHOTO; None if there is no ink.
    """
    if min(gray.shape) < MIN_SIDE or np.ptp(gray) < MIN_CONTRAST * 255:
        return None
    light = gray.astype(np.float32)
    border = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    counts = np.bincount(gray.reshape(-1), minlength=256)
    most = counts.argmax()
    is_drawing = bool(counts[most] > gray.size / 2)
    # The ink of a 1 that is cut out tightly fills most of the picture, but less of its border.
    is_paper = counts[most] / gray.size + np.mean(border == most) > 1
    paper = float(most if is_drawing and is_paper else np.median(border))
    ink = np.abs(light - paper)
    is_drawing &= ink.max() >= CLEAR  # otherwise it is overexposed paper, which fades
    is_small = max(gray.shape) < SMALL
    if is_drawing and not is_small:
        ink = _without_tints(ink, counts, paper)
    may_be_photo = not is_small and not is_drawing
    if may_be_photo and (found := sheet.cut_out(gray)):
        return _ink_on_sheet(*found, gray.shape)
    noise, least = 2 * np.quantile(np.abs(border - paper), EVEN), MIN_CONTRAST * ink.max()
    if noise <= least or not may_be_photo:
        return dirt.without_specks(np.where(ink > min(noise, least), ink / ink.max(), 0), SPECK)
    return _ink_of_photo(gray, paper if _has_two_tones(paper - light) else None)


def _without_tints(ink: np.ndarray, counts: np.ndarray, paper: float) -> np.ndarray:
    """`ink` (h, w), by how much a drawing differs from `paper`, less the strongest tint of its background; `counts`
    (256,) says how many pixels have each gray."""
    contrast = np.abs(np.arange(256) - paper)
    tints = (counts > TINT * ink.size) & (contrast < FAINT * ink.max())
    return np.maximum(ink - contrast[tints].max(initial=0), 0)


def _has_two_tones(ink: np.ndarray) -> bool:
    """Whether nearly every pixel is either paper or full ink; `ink` (h, w) is by how much it is darker than paper."""
    amount = np.abs(ink) / np.abs(ink).max()
    marked = amount > SOME
    faint = (amount > MIN_CONTRAST) & ~marked
    full = (amount > FULL) & (ink > 0)
    return bool(faint.mean() < MOST_FAINT and full.sum() > LEAST_FULL * marked.sum())


def _ink_on_sheet(gray: np.ndarray, place: sheet.Place, photo: tuple[int, ...]) -> np.ndarray | None:
    """As `_ink_of_photo` of the sheet `gray`, which has this `place` in a `photo` of this shape."""
    ink = _ink_of_photo(gray)
    if ink is None:
        return None
    scale = max(ink.shape) / max(gray.shape)
    around = [(it.start, side - it.stop) for it, side in zip(place, photo, strict=True)]
    return np.pad(ink, np.rint(scale * np.array(around)).astype(int))


def _ink_of_photo(gray: np.ndarray, even: float | None = None) -> np.ndarray | None:
    """As `find_ink`, by the share of light that is absorbed relative to paper that is `even`, or else to the paper
    around each pixel."""
    from scipy import ndimage  # slow to import, and not always needed

    image = Image.fromarray(gray)
    image.thumbnail((PHOTO, PHOTO), Image.Resampling.BOX)
    light = ndimage.gaussian_filter(np.asarray(image, np.float32), max(image.size) / 256)
    if even is None and _is_light_on_dark(image):
        light = 255 - light
    # A closing removes what is darker and narrower than its window. It follows gradients and edges of shadows.
    window = int(max(light.shape) * WIDEST) | 1
    paper = _closed(light, window) if even is None else np.full_like(light, even)
    ink = rulings.removed((paper - light) / np.maximum(paper, MIN_BRIGHTNESS), MIN_CONTRAST)
    threshold = otsu(ink)
    clear = np.where(ink > threshold, ink, 0)
    if not clear.any():
        return None
    clear = dirt.without_specks(dirt.without_border(clear), MIN_PIECE)
    absorbed = clear[clear > 0]
    noise = NOISE_FACTOR * robust_std(ink[::3, ::3]) if even is None else 0
    if np.median(absorbed) < max(MIN_CONTRAST, noise):
        return None
    near = ndimage.binary_dilation(clear > 0, iterations=2)
    peak, lowest = np.percentile(absorbed, 90), threshold / 2
    return np.where(near, np.clip((ink - lowest) / max(peak - lowest, 1e-6), 0, 1), 0).astype(np.float32)


def _closed(light: np.ndarray, width: int) -> np.ndarray:
    """The closing of `light` (h, w) by an octagon of this `width` in pixels.

    It is made of a square and two diagonals, whose shares of the width make its eight sides equal. The corners of a
    square alone would reach from a shadow into the light: a stroke at the edge of the shadow would get gaps.
    """
    from scipy import ndimage

    side, steps = int(0.41 * width) | 1, int(0.29 * width) // 2 * 2  # odd and even, so that the octagon has a middle
    diagonal = np.eye(steps + 1, dtype=bool)
    shapes = np.ones((side, side), bool), diagonal, diagonal[::-1]
    closed = light
    for shape in shapes:
        closed = ndimage.maximum_filter(closed, footprint=shape)
    for shape in reversed(shapes):
        closed = ndimage.minimum_filter(closed, footprint=shape)
    return np.maximum(closed, light)  # at the border, which the filters mirror, it may be darker


def _is_light_on_dark(image: Image.Image) -> bool:
    """Whether pixels that differ from those around them are rather lighter than darker, by the ratio of brightness."""
    from scipy import ndimage

    small = image.convert("F")
    small.thumbnail((64, 64), Image.Resampling.BOX)
    light = np.log(np.asarray(small) + 16)  # a little added, so that noise in the dark does not count
    around = ndimage.median_filter(light, size=25)
    # Between a shadow and the border the light differs from the median, too, but in an area wider than a stroke.
    wide = 7
    paper = np.clip(around, ndimage.grey_opening(light, wide), ndimage.grey_closing(light, wide))
    return bool((light - paper).sum() > 0)
