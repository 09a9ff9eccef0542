"""Ink told from paper, on a clean drawing or on a photo in uneven light.

Knows what is ink and what is dirt. How bright the paper is behind it is known to `paper`, where on the field of a digit
the ink belongs to `images`.
"""

import numpy as np

from digits import paper

FAINTEST = 0.06  # share of light that the darkest ink must absorb: less is an empty sheet
CLEARLY = 4  # standard deviations of the paper's noise that ink must be darker than it
DRAWN = 0.5  # share of the pixels that are of one grey on paper that was never photographed
DARKEST = 64  # brightness of paper, of 255: on darker paper the same difference of light is as little ink as on this
SMALLEST = 3  # pixels of the shorter side of a picture with something on it
NEAR = 0.2  # of the ink's longer side, up to which something fainter than FAINTEST still belongs to it
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
    small = paper.reduced(light)
    trend = paper.trend(small)
    if ((small - trend) ** 3).sum() > 0:  # what differs most from the paper is lighter
        light, small, trend = 255 - light, 255 - small, 255 - trend
    even = paper.even(light)
    behind = paper.uneven(small, trend, (grey.shape[0], grey.shape[1])) if even is None else even
    return _without_dirt((behind - light) / np.maximum(behind, DARKEST))


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
    blank = np.float32(counts.argmax())
    is_lighter = (counts * (np.arange(256) - blank) ** 3).sum() > 0
    ink = np.maximum(light - blank if is_lighter else blank - light, 0)
    return ink / ink.max()


def _near(ink: np.ndarray) -> np.ndarray:
    """`ink` without what is faint and far from all that is not."""
    rows, columns = (np.flatnonzero((ink >= FAINTEST).any(axis=axis)) for axis in (1, 0))
    margin = int(np.ceil(NEAR * max(np.ptp(rows), np.ptp(columns)))) + 1
    window = tuple(slice(max(0, it[0] - margin), it[-1] + margin + 1) for it in (rows, columns))
    kept = np.zeros_like(ink)
    kept[window] = ink[window]
    return kept


def _without_dirt(darkness: np.ndarray) -> np.ndarray | None:
    """The ink where pixels are darker than paper by the shares `darkness` (h, w), negative where they are lighter: what
    stands out from noise and hangs together with a large piece."""
    from scipy import ndimage

    faintest = max(FAINTEST, CLEARLY * paper.deviation(darkness[::3, ::3]))
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
