"""Ink told from paper, on a clean drawing or on a photo in uneven light.

Knows light and dirt. Where on the field of a digit the ink belongs is known to `images`.
"""

import numpy as np
from PIL import Image

FAINTEST = 0.06  # share of light that the darkest ink must absorb: less is an empty sheet
CLEARLY = 4  # standard deviations of the paper's noise that ink must be darker than it
DRAWN = 0.5  # share of the pixels that are of one grey on paper that was never photographed
DARKEST = 64  # brightness of paper, of 255: on darker paper the same difference of light is as little ink as on this
SMALLEST = 3  # pixels of the shorter side of a picture with something on it
NEAR = 0.2  # of the ink's longer side, up to which something fainter than FAINTEST still belongs to it
EVEN = 0.1  # spread of the paper's brightness up to which it is lit evenly
SMALL = 128  # pixels of the longer side of the picture in which uneven light is measured
BLUR = 8  # of those pixels, over which the brightness is averaged
SPECK = 0.05  # of the ink of the largest piece: less is dirt


def find(grey: np.ndarray, clean: bool) -> np.ndarray | None:
    """How much ink is at each pixel of `grey` (h, w) uint8, dark on light or light on dark: (h, w) float32 from 0 for
    paper to 1; None where there is none. `clean` says that it was drawn, not photographed: nothing is taken for dirt.
    """
    if min(grey.shape) < SMALLEST or np.ptp(grey) < FAINTEST * 255:
        return None
    light = grey.astype(np.float32)
    counts = np.bincount(grey.reshape(-1), minlength=256)
    if clean and counts.max() > DRAWN * grey.size:
        ink = _drawn(light, counts)
        faint = (ink > 0) & (ink < FAINTEST)
        if (ink >= FAINTEST).sum() > faint.sum():  # else it is a scan whose white was clipped
            return _near(ink)
    small = _reduced(light)
    trend = _trend(small)
    if ((small - trend) ** 3).sum() > 0:  # what differs most from the paper is lighter
        light, small, trend = 255 - light, 255 - small, 255 - trend
    even = _even_paper(light)
    paper = _uneven_paper(small, trend, (grey.shape[0], grey.shape[1])) if even is None else even
    return _without_dirt((paper - light) / np.maximum(paper, DARKEST))


def pieces(ink: np.ndarray, most: int = 100) -> list[np.ndarray]:
    """`ink` cut into what stands side by side, up to `most` from left to right: pieces that lie one above the other
    stay together."""
    from scipy import ndimage  # takes long to import and is not always needed

    labels, count = ndimage.label(ink > 0, structure=np.ones((3, 3)))
    weights = ndimage.sum(ink, labels, range(1, count + 1))
    spans = [
        (columns.start, columns.stop, {number})
        for number, (_, columns) in enumerate(ndimage.find_objects(labels), start=1)
        if weights[number - 1] >= SPECK * weights.max()
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
        for start, stop, numbers in groups[:most]
    ]


def _drawn(light: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The ink of a drawing with `counts` (256,) pixels of each grey, on paper of the commonest."""
    paper = np.float32(counts.argmax())
    is_lighter = (counts * (np.arange(256) - paper) ** 3).sum() > 0
    ink = np.maximum(light - paper if is_lighter else paper - light, 0)
    return ink / ink.max()


def _near(ink: np.ndarray) -> np.ndarray:
    """`ink` without what is faint and far from all that is not."""
    rows, columns = (np.flatnonzero((ink >= FAINTEST).any(axis=axis)) for axis in (1, 0))
    margin = int(np.ceil(NEAR * max(np.ptp(rows), np.ptp(columns)))) + 1
    window = tuple(slice(max(0, it[0] - margin), it[-1] + margin + 1) for it in (rows, columns))
    kept = np.zeros_like(ink)
    kept[window] = ink[window]
    return kept


def _reduced(light: np.ndarray) -> np.ndarray:
    """`light` with SMALL pixels on its longer side, or as it is where it is smaller."""
    height, width = light.shape
    scale = min(1, SMALL / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(Image.fromarray(light).resize(size, Image.Resampling.BOX))


def _even_paper(light: np.ndarray) -> float | None:
    """The brightness of the paper, where it is the same everywhere."""
    paper = light[light >= (light.min() + light.max()) / 2]
    low, high = np.percentile(paper, [5, 95])
    return float(np.median(paper)) if high - low <= EVEN * high else None


def _uneven_paper(small: np.ndarray, trend: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The brightness of the paper at each pixel of a picture of `shape`: as measured near it, where there is no ink."""
    from scipy import ndimage

    relative = small / np.maximum(trend, 1) - 1
    blank = (np.abs(relative) < 4 * _deviation(relative) + 0.02).astype(np.float32)
    weight = ndimage.gaussian_filter(blank, BLUR)
    local = 1 + ndimage.gaussian_filter(relative * blank, BLUR) / np.maximum(weight, 0.05)
    paper = Image.fromarray((trend * local).astype(np.float32))
    return np.asarray(paper.resize((shape[1], shape[0]), Image.Resampling.BILINEAR))


def _trend(small: np.ndarray) -> np.ndarray:
    """The surface of second degree through the paper of `small`: ink, which is far from it, is left out bit by bit."""
    height, width = small.shape
    y, x = (axis.reshape(-1) for axis in np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j])
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
    values, kept = small.reshape(-1), np.ones(small.size, bool)
    for _ in range(8):
        basis = terms[kept]
        fit = terms @ np.linalg.lstsq(basis.T @ basis, basis.T @ values[kept], rcond=None)[0]
        rest = values - fit
        kept = np.abs(rest) < 2.5 * _deviation(rest)
    return fit.reshape(small.shape).astype(np.float32)


def _deviation(values: np.ndarray) -> float:
    """The standard deviation, from the median distance to the median, which a few strange values do not move."""
    return float(1.4826 * np.median(np.abs(values - np.median(values)))) + 1e-6


def _without_dirt(darkness: np.ndarray) -> np.ndarray | None:
    """The ink where pixels are darker than paper by the shares `darkness` (h, w), negative where they are lighter: what
    stands out from noise and hangs together with a large piece."""
    from scipy import ndimage

    faintest = max(FAINTEST, CLEARLY * _deviation(darkness[::3, ::3]))
    absorbed = np.maximum(darkness, 0)
    threshold = _between(absorbed)
    dark = ndimage.median_filter(absorbed, 3) > threshold
    labels, count = ndimage.label(dark, structure=np.ones((3, 3)))
    if not count:
        return None
    weights = ndimage.sum(absorbed, labels, range(1, count + 1))
    kept = np.isin(labels, 1 + np.flatnonzero(weights >= SPECK * weights.max()))
    if np.median(absorbed[kept]) < faintest:
        return None
    near = ndimage.binary_dilation(kept, iterations=2)
    peak = np.percentile(absorbed[kept], 90)
    lowest = threshold / 2
    return np.where(near, np.clip((absorbed - lowest) / max(peak - lowest, 1e-6), 0, 1), 0).astype(np.float32)


def _between(values: np.ndarray) -> float:
    """The threshold that parts `values` best in two (Otsu 1979)."""
    counts, edges = np.histogram(values, bins=256)
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = sums / below - (sums[-1] - sums) / above
        between = np.nan_to_num(below * above * gap**2)
    return float(middles[int(between.argmax())])
