"""Separates ink from background, in drawings and in photos with uneven light, and splits several digits."""

import numpy as np

from digits.imaging import background

MIN_CONTRAST = 0.06  # share of the light that the darkest ink must absorb; below it the sheet is empty
NOISE_FACTOR = 4  # ink must be darker than the paper by this many standard deviations of the paper's noise
MIN_FLAT = 0.5  # share of pixels with exactly the same gray from which a picture counts as drawn, not photographed
MIN_BRIGHTNESS = 64  # of 255: on darker paper, contrast is measured relative to this value
MIN_SIDE = 3  # pixels of the shorter side; smaller pictures count as empty
NEAR = 0.2  # share of the ink's longer side within which fainter pixels still belong to it
MIN_PIECE = 0.05  # share of the ink of the largest connected piece; smaller pieces are dirt
MAX_DIGITS = 100  # that one picture is split into, to bound the work for a picture full of strokes


def find_ink(gray: np.ndarray, lossless: bool) -> np.ndarray | None:
    """The amount of ink at each pixel of `gray` (h, w) uint8, whether dark on light or light on dark.

    Every pixel of a drawing on a flat background is used as it is, if its source file is `lossless`; other pictures are
    treated as photos. Returns (h, w) float32 from 0, background, to 1, or None if there is no ink.
    """
    if min(gray.shape) < MIN_SIDE or np.ptp(gray) < MIN_CONTRAST * 255:
        return None
    light = gray.astype(np.float32)
    counts = np.bincount(gray.reshape(-1), minlength=256)
    if lossless and counts.max() > MIN_FLAT * gray.size:
        ink = _ink_of_drawing(light, counts)
        faint = (ink > 0) & (ink < MIN_CONTRAST)
        if (ink >= MIN_CONTRAST).sum() > faint.sum():  # otherwise it is a scan with clipped white, full of noise
            return _drop_distant_faint(ink)
    small = background.downscale(light)
    surface = background.fit_surface(small)
    if ((small - surface) ** 3).sum() > 0:  # skewed to the bright side: light ink on dark paper
        light, small, surface = 255 - light, 255 - small, 255 - surface
    uniform = background.uniform_brightness(light)
    shape = (gray.shape[0], gray.shape[1])
    paper = background.local_brightness(small, surface, shape) if uniform is None else uniform
    return _ink_of_photo((paper - light) / np.maximum(paper, MIN_BRIGHTNESS))


def split_digits(ink: np.ndarray) -> list[np.ndarray]:
    """Cut `ink` (h, w) into digits, each (h, w of the digit), from left to right, at most MAX_DIGITS.

    Connected pieces that overlap horizontally by more than half of the narrower one belong to one digit.
    """
    from scipy import ndimage  # slow to import, and not always needed

    labels, count = ndimage.label(ink > 0, structure=np.ones((3, 3)))
    weights = ndimage.sum(ink, labels, range(1, count + 1))
    spans = [
        (columns.start, columns.stop, {number})
        for number, (_, columns) in enumerate(ndimage.find_objects(labels), start=1)
        if weights[number - 1] >= MIN_PIECE * weights.max()
    ]
    groups: list[tuple[int, int, set[int]]] = []
    for start, stop, numbers in sorted(spans, key=lambda span: span[:2]):
        last = groups[-1] if groups else (0, 0, set())
        if min(stop, last[1]) - start > 0.5 * min(stop - start, last[1] - last[0]):
            groups[-1] = (last[0], max(stop, last[1]), last[2] | numbers)
        else:
            groups.append((start, stop, numbers))
    return [
        np.where(np.isin(labels[:, start:stop], list(numbers)), ink[:, start:stop], 0)
        for start, stop, numbers in groups[:MAX_DIGITS]
    ]


def _ink_of_drawing(light: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Ink of a drawing whose most frequent gray is the background; `counts` (256,) is its histogram."""
    blank = np.float32(counts.argmax())
    is_lighter = (counts * (np.arange(256) - blank) ** 3).sum() > 0
    ink = np.maximum(light - blank if is_lighter else blank - light, 0)
    return ink / ink.max()


def _drop_distant_faint(ink: np.ndarray) -> np.ndarray:
    """`ink` without faint pixels far away from clear ones."""
    rows, columns = (np.flatnonzero((ink >= MIN_CONTRAST).any(axis=axis)) for axis in (1, 0))
    margin = int(np.ceil(NEAR * max(np.ptp(rows), np.ptp(columns)))) + 1
    window = tuple(slice(max(0, it[0] - margin), it[-1] + margin + 1) for it in (rows, columns))
    kept = np.zeros_like(ink)
    kept[window] = ink[window]
    return kept


def _ink_of_photo(darkness: np.ndarray) -> np.ndarray | None:
    """Ink of a photo; `darkness` (h, w) is the share of light absorbed, negative if brighter than the paper.

    Noise and small pieces (dirt) are dropped.
    """
    from scipy import ndimage

    min_ink = max(MIN_CONTRAST, NOISE_FACTOR * background.robust_std(darkness[::3, ::3]))
    absorbed = np.maximum(darkness, 0)
    threshold = _otsu(absorbed)
    dark = ndimage.median_filter(absorbed, 3) > threshold
    labels, count = ndimage.label(dark, structure=np.ones((3, 3)))
    if not count:
        return None
    weights = ndimage.sum(absorbed, labels, range(1, count + 1))
    kept = np.isin(labels, 1 + np.flatnonzero(weights >= MIN_PIECE * weights.max()))
    if np.median(absorbed[kept]) < min_ink:
        return None
    near = ndimage.binary_dilation(kept, iterations=2)
    peak = np.percentile(absorbed[kept], 90)
    lowest = threshold / 2
    return np.where(near, np.clip((absorbed - lowest) / max(peak - lowest, 1e-6), 0, 1), 0).astype(np.float32)


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
