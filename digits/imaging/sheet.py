"""Finds the sheet of paper in a photo that shows what is around it, such as a table."""

import numpy as np
from PIL import Image

SEEN = 128  # pixels of the longer side at which the sheet is looked for
ON_BORDER = 0.1  # share of the border of the photo that may be as bright as the sheet: above, it is light and shadow
MIN_AREA = 0.12  # of the sheet, as a share of the photo; smaller bright areas are chalk
RIM = 2  # pixels, of SEEN, that are dropped along the outline of the sheet

Place = tuple[slice, slice]  # of rows and of columns


def cut_out(gray: np.ndarray) -> tuple[np.ndarray, Place] | None:
    """The bounding box of the sheet in the photo `gray` (h, w) uint8, as a photo and its place; None if there is none.

    What is in the box and not of the sheet gets the brightness of the nearest part of it.
    """
    from scipy import ndimage  # slow to import, and not always needed

    image = Image.fromarray(gray)
    image.thumbnail((SEEN, SEEN), Image.Resampling.BOX)
    light = np.asarray(image, np.float32)
    sheet = _sheet(light)
    if sheet is None:
        return None
    nearest = ndimage.distance_transform_edt(~sheet, return_distances=False, return_indices=True)
    around, mask = (
        np.asarray(Image.fromarray(it).resize(gray.shape[::-1], Image.Resampling.BILINEAR))
        for it in (light[tuple(nearest)], sheet.astype(np.float32))
    )
    place = ndimage.find_objects((mask > 0.5).astype(np.uint8))[0]
    return np.where(mask > 0.5, gray, around)[place].astype(np.uint8), place


def _sheet(light: np.ndarray) -> np.ndarray | None:
    """The bright area around the middle of `light` (h, w), without its rim, as a mask; None if there is no sheet."""
    from scipy import ndimage

    bright = light > (light.min() + light.max()) / 2
    if np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]]).mean() > ON_BORDER:
        return None
    labels, _ = ndimage.label(ndimage.binary_fill_holes(bright))
    middle = labels[light.shape[0] // 2, light.shape[1] // 2]
    if not middle or (labels == middle).mean() < MIN_AREA:
        return None
    return ndimage.binary_erosion(labels == middle, iterations=RIM)
