"""Removes pieces of ink that belong to no digit: what comes in from the border, and specks."""

import numpy as np

INNER = 0.2  # share of the ink off the border from which what touches the border counts as dirt


def without_border(ink: np.ndarray) -> np.ndarray:
    """`ink` (h, w), not all 0, without pieces that touch the border, unless nearly all ink is in these."""
    from scipy import ndimage  # slow to import, and not always needed

    labels, _ = ndimage.label(ink, np.ones((3, 3)))
    touching = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    inner = np.where(np.isin(labels, touching), 0, ink)
    return inner if inner.sum() > INNER * ink.sum() else ink


def without_specks(ink: np.ndarray, share: float) -> np.ndarray:
    """`ink` (h, w), not all 0, without connected pieces below this share of the ink of the largest one."""
    from scipy import ndimage

    labels, count = ndimage.label(ink, np.ones((3, 3)))
    weights = ndimage.sum(ink, labels, range(1, count + 1))
    return np.where(np.isin(labels, 1 + np.flatnonzero(weights >= share * weights.max())), ink, 0)
