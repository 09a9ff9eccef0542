"""Separates ink from its background, in drawings, scans and photos with uneven light."""

import numpy as np
from PIL import Image
from scipy import ndimage

MIN_CONTRAST = 0.06  # share of the light that ink must absorb; below it the sheet is empty
MIN_SIDE = 3  # pixels of the shorter side; smaller pictures count as empty
SMALL = 64  # pixels of the longer side below which a picture is no photo
CLEAR = 64  # gray levels by which ink differs from the background of a drawing
TINT = 0.01  # share of a drawing that has the same gray if that is a tint or printed lines
FAINT = 0.5  # share of the ink's contrast below which that is so; darker ones are ink
EVEN = 0.97  # share of the border whose deviations from the paper are noise; the rest may be ink
MARKED, FULL = 0.25, 0.75  # ink from which on a pixel is marked, and fully marked, as shares of the most ink
MOST_FAINT = 0.05  # share of a picture of two tones that is neither paper nor marked
LEAST_FULL = 0.75  # share of the marked pixels of such a picture that are fully marked
PHOTO = 512  # pixels of the longer side to which a photo is scaled down
WIDEST = 0.16  # width of the widest stroke that is ink, as a share of the longer side
MIN_BRIGHTNESS = 64  # of 255: on darker paper, contrast is measured relative to this value
NOISE_FACTOR = 4  # ink must be darker than the paper by this many standard deviations of the paper's noise
MIN_PIECE = 0.05  # share of the ink of the largest connected piece; smaller pieces are dirt
SPECK = 0.005  # the same share, where every pixel is clearly ink or paper
INNER = 0.2  # share of the ink off the border from which what touches the border counts as dirt
EIGHT = np.ones((3, 3))  # neighbors that connect pixels to a piece


def find_ink(gray: np.ndarray) -> np.ndarray | None:
    """The amount of ink at each pixel of `gray` (h, w) uint8, whether dark on light or light on dark.

    Returns (h, w) float32 from 0, background, to 1, a photo scaled down to PHOTO; None if there is no ink.

    - A drawing has one gray on more than half of its pixels. That is the paper, unless it is rare on the border; other
      grays of much of it are tints and printed lines, unless they are as dark as ink.
    - Otherwise the paper is the median of the border, and the spread of the border its noise. Little noise: a scan.
    - Much noise in a picture that is not small: a photo in uneven light, of the sheet alone if there is one in it.
    - A photo of two tones alone has even paper, and ink on its border. In a small picture the ink fills it.
    """
    if min(gray.shape) < MIN_SIDE or np.ptp(gray) < MIN_CONTRAST * 255:
        return None
    light = gray.astype(np.float32)
    border = _border(light)
    counts = np.bincount(gray.reshape(-1), minlength=256)
    most = counts.argmax()
    is_drawing = bool(counts[most] > gray.size / 2)
    # The ink of a 1 that is cut out tightly fills most of the picture, but less of its border.
    is_paper = counts[most] / gray.size + np.mean(border == most) > 1
    paper = float(most if is_drawing and is_paper else np.median(border))
    ink = np.abs(light - paper)
    is_drawing &= ink.max() >= CLEAR  # otherwise it is overexposed paper, which fades
    is_small = max(gray.shape) < SMALL
    if is_drawing and not is_small:  # less its strongest tint
        contrast = np.abs(np.arange(256) - paper)
        tints = (counts > TINT * ink.size) & (contrast < FAINT * ink.max())
        ink = np.maximum(ink - contrast[tints].max(initial=0), 0)
    may_be_photo = not is_small and not is_drawing
    if may_be_photo and (sheet := cut_out(gray)):
        photo, place = sheet
        if (ink_on_sheet := _ink_of_photo(photo)) is None:
            return None
        around = [(side.start, length - side.stop) for side, length in zip(place, gray.shape, strict=True)]
        scale = max(ink_on_sheet.shape) / max(photo.shape)
        return np.pad(ink_on_sheet, np.rint(scale * np.array(around)).astype(int))
    noise, least = 2 * np.quantile(np.abs(border - paper), EVEN), MIN_CONTRAST * ink.max()
    if noise <= least or not may_be_photo:
        return _without_specks(np.where(ink > min(noise, least), ink / ink.max(), 0), SPECK)
    return _ink_of_photo(gray, paper if _has_two_tones(paper - light) else None)


def _border(values: np.ndarray) -> np.ndarray:
    return np.concatenate([values[0], values[-1], values[:, 0], values[:, -1]])


def _has_two_tones(ink: np.ndarray) -> bool:
    """Whether nearly every pixel is either paper or full ink; `ink` (h, w) is by how much it is darker than paper."""
    amount = np.abs(ink) / np.abs(ink).max()
    marked = amount > MARKED
    faint = (amount > MIN_CONTRAST) & ~marked
    full = (amount > FULL) & (ink > 0)
    return bool(faint.mean() < MOST_FAINT and full.sum() > LEAST_FULL * marked.sum())


def _ink_of_photo(gray: np.ndarray, even: float | None = None) -> np.ndarray | None:
    """As `find_ink`, by the share of light that is absorbed relative to paper of the gray `even`, or else to the paper
    around each pixel."""
    image = Image.fromarray(gray)
    image.thumbnail((PHOTO, PHOTO), Image.Resampling.BOX)
    light = ndimage.gaussian_filter(np.asarray(image, np.float32), max(image.size) / 256)
    if even is None and _is_light_on_dark(image):
        light = 255 - light
    # A closing removes what is darker and narrower than its window. It follows gradients and edges of shadows.
    paper = _closed(light, int(max(light.shape) * WIDEST) | 1) if even is None else np.full_like(light, even)
    ink = _without_rulings((paper - light) / np.maximum(paper, MIN_BRIGHTNESS))
    threshold = _otsu(ink)
    clear = np.where(ink > threshold, ink, 0)
    if not clear.any():
        return None
    clear = _without_specks(_without_border(clear), MIN_PIECE)
    absorbed = clear[clear > 0]
    few = ink[::3, ::3]  # whose median absolute deviation estimates the standard deviation of the paper
    deviation = float(1.4826 * np.median(np.abs(few - np.median(few)))) + 1e-6
    if np.median(absorbed) < max(MIN_CONTRAST, NOISE_FACTOR * deviation if even is None else 0):
        return None
    near = ndimage.binary_dilation(clear > 0, iterations=2)
    peak, lowest = np.percentile(absorbed, 90), threshold / 2
    return np.where(near, np.clip((ink - lowest) / max(peak - lowest, 1e-6), 0, 1), 0).astype(np.float32)


def _closed(light: np.ndarray, width: int) -> np.ndarray:
    """The closing of `light` (h, w) by an octagon of this `width` in pixels.

    It is made of a square and two diagonals, whose shares of the width make its eight sides equal. The corners of a
    square alone would reach from a shadow into the light: a stroke at the edge of the shadow would get gaps.
    """
    side, steps = int(0.41 * width) | 1, int(0.29 * width) // 2 * 2  # odd and even, so that the octagon has a middle
    diagonal = np.eye(steps + 1, dtype=bool)
    shapes, closed = (np.ones((side, side), bool), diagonal, diagonal[::-1]), light
    for shape in shapes:
        closed = ndimage.maximum_filter(closed, footprint=shape)
    for shape in reversed(shapes):
        closed = ndimage.minimum_filter(closed, footprint=shape)
    return np.maximum(closed, light)  # at the border, which the filters mirror, it may be darker


def _is_light_on_dark(image: Image.Image) -> bool:
    """Whether pixels that differ from those around them are rather lighter than darker, by the ratio of brightness."""
    small = image.convert("F")
    small.thumbnail((64, 64), Image.Resampling.BOX)
    light = np.log(np.asarray(small) + 16)  # a little added, so that noise in the dark does not count
    around = ndimage.median_filter(light, size=25)
    # Between a shadow and the border the light differs from the median, too, but in an area wider than a stroke (7).
    paper = np.clip(around, ndimage.grey_opening(light, 7), ndimage.grey_closing(light, 7))
    return bool((light - paper).sum() > 0)


# The sheet of paper in a photo that shows what is around it, such as a table.
SEEN = 128  # pixels of the longer side at which the sheet is looked for
ON_BORDER = 0.1  # share of the border of the photo that may be as bright as the sheet: above, it is light and shadow
MIN_AREA = 0.12  # of the sheet, as a share of the photo; smaller bright areas are chalk
RIM = 2  # pixels, of SEEN, that are dropped along the outline of the sheet


def cut_out(gray: np.ndarray) -> tuple[np.ndarray, tuple[slice, slice]] | None:
    """The bounding box of the sheet in the photo `gray` (h, w) uint8, as a photo and its place; None if there is none.

    Pixels in the box outside the sheet get the brightness of the nearest part of it.
    """
    image = Image.fromarray(gray)
    image.thumbnail((SEEN, SEEN), Image.Resampling.BOX)
    light = np.asarray(image, np.float32)
    bright = light > (light.min() + light.max()) / 2
    if _border(bright).mean() > ON_BORDER:
        return None
    labels, _ = ndimage.label(ndimage.binary_fill_holes(bright))
    middle = labels[light.shape[0] // 2, light.shape[1] // 2]
    if not middle or (labels == middle).mean() < MIN_AREA:
        return None
    sheet = ndimage.binary_erosion(labels == middle, iterations=RIM)
    if not sheet.any():  # a thin strip
        return None
    nearest = ndimage.distance_transform_edt(~sheet, return_distances=False, return_indices=True)
    around, mask = (
        np.asarray(Image.fromarray(values).resize(gray.shape[::-1], Image.Resampling.BILINEAR))
        for values in (light[tuple(nearest)], sheet.astype(np.float32))
    )
    place = ndimage.find_objects((mask > 0.5).astype(np.uint8))[0]
    return np.where(mask > 0.5, gray, around)[place].astype(np.uint8), place


# The lines or squares that are printed on paper, also if the sheet is rotated.
SLOPES = np.arange(-40, 41) / 100  # of lines, in pixels across per pixel along: up to 22 degrees
LENGTH = 0.5  # share of the width or height that a straight line spans if it is a ruling
SHORTEST = 1 / 3  # length of such a line, as a share of the longer side: across a narrow picture strokes are lines, too
THICKEST = 1 / 40  # width of such a line, as a share of the longer side; thicker ones are strokes
BRIDGE = 11  # pixels across a ruling over which a stroke goes on


def _without_rulings(ink: np.ndarray) -> np.ndarray:
    """`ink` (h, w) of a photo without straight lines across the sheet; strokes over them stay whole.

    Its openings of masks by rectangles are those of gray values, which are much faster than `ndimage.binary_opening`.
    """
    dark = ink > max(MIN_CONTRAST, _otsu(ink)) / 2
    thick = ndimage.grey_opening(dark, (2 + int(THICKEST * max(ink.shape)),) * 2, mode="constant")
    for turned in (False, True):
        if turned:
            ink, dark, thick = ink.T, dark.T, thick.T
        # The slope at which the dark pixels lie on the fewest lines, by the sum of squared counts.
        row, column = np.nonzero(dark[:, ::4])
        counts = (np.bincount((row - np.rint(slope * 4 * column).astype(int)) % len(dark)) for slope in SLOPES)
        slope = float(SLOPES[np.argmax([(pixels**2).sum() for pixels in counts])])
        level, width = _sheared(dark, slope), dark.shape[1]
        shortest = int(np.ceil(max(LENGTH * width, SHORTEST * max(dark.shape))))
        long, full = (ndimage.grey_opening(level, (1, length), mode="constant") for length in (shortest, width))
        lines = ndimage.binary_dilation(long & ~_sheared(thick, slope) | full, np.ones((3, 1)))
        if lines.any():
            level = _sheared(ink, slope)
            crossed = ndimage.grey_closing(np.where(lines, 0, level), (BRIDGE, 1))
            ink = _sheared(np.where(lines, crossed, level), -slope)
    return ink.T


def _sheared(values: np.ndarray, slope: float) -> np.ndarray:
    """`values` (h, w) with each column moved, around the border, so that lines of this `slope` become horizontal."""
    height, width = values.shape
    rows = np.arange(height)[:, np.newaxis] + np.rint(slope * np.arange(width)).astype(int)
    return np.take_along_axis(values, rows % height, axis=0)


def _without_border(ink: np.ndarray) -> np.ndarray:
    """`ink` (h, w), not all 0, without pieces that touch the border, unless nearly all ink is in these."""
    labels, _ = ndimage.label(ink, EIGHT)
    inner = np.where(np.isin(labels, _border(labels)), 0, ink)
    return inner if inner.sum() > INNER * ink.sum() else ink


def _without_specks(ink: np.ndarray, share: float) -> np.ndarray:
    """`ink` (h, w), not all 0, without connected pieces below this share of the ink of the largest one."""
    labels, count = ndimage.label(ink, EIGHT)
    weights = ndimage.sum(ink, labels, range(1, count + 1))
    return np.where(np.isin(labels, 1 + np.flatnonzero(weights >= share * weights.max())), ink, 0)


def _otsu(values: np.ndarray) -> float:
    """The threshold that separates `values` best into two classes (Otsu 1979)."""
    counts, edges = np.histogram(values, bins=256)
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = sums / below - (sums[-1] - sums) / above
        between = np.nan_to_num(below * above * gap**2)
    return float(middles[int(between.argmax())])
