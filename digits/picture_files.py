"""Pictures that strangers made, opened safely: formats, orientation, transparency, sizes.

Knows what a file may be and how it becomes a grey picture; what is written on it is found by `images`. Never opens a
file by a name that came with it.
"""

import warnings
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
MOST_PIXELS = 64_000_000  # a phone's camera has up to 50 million; a bomb a thousand times as many
LONGEST = 1000  # pixels of the longer side that are kept: fifty times what a digit becomes
LOSSY = ("JPEG", "WEBP")


class Picture(NamedTuple):
    """`grey` (h, w) uint8, and whether it is `clean`: of a format that keeps each pixel as it was."""

    grey: np.ndarray
    clean: bool


def read(file: Path | BinaryIO, most_pixels: int = MOST_PIXELS) -> Picture:
    """Read the first frame of a picture of up to `most_pixels`.

    Raises FileNotFoundError, or ValueError where it is not a whole picture of a known format and a sane size.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as image:
                return _read(image, most_pixels)
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error and more
        raise ValueError(f"not a whole picture of a known format ({', '.join(FORMATS)}): {_reason(error)}") from error


def _read(image: Image.Image, most_pixels: int) -> Picture:
    if image.width * image.height > most_pixels:
        raise ValueError(f"{image.width} x {image.height} pixels; at most {most_pixels:,} are read")
    clean = image.format not in LOSSY
    image.draft("L", (LONGEST, LONGEST))  # lets a JPEG be decoded at an eighth of its size
    turned = ImageOps.exif_transpose(image)
    if turned.has_transparency_data:
        turned = _on_paper(turned.convert("RGBA"))
    if turned.mode.startswith(("I", "F")):  # 16 and 32 bits
        turned = _to_eight_bits(turned)
    grey = turned.convert("L")
    grey.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    return Picture(np.asarray(grey), clean)


def _on_paper(image: Image.Image) -> Image.Image:
    """A transparent picture on white, or on black if what is drawn is light itself."""
    *colour, alpha = (np.asarray(band, dtype=np.float32) for band in image.split())
    brightness = np.average(np.mean(colour, axis=0), weights=alpha) if alpha.any() else 0
    paper = Image.new("RGBA", image.size, "white" if brightness < 128 else "black")
    return Image.alpha_composite(paper, image)


def _to_eight_bits(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image, dtype=np.float64)
    low, high = pixels.min(), pixels.max()
    return Image.fromarray(((pixels - low) * (255 / max(high - low, 1e-9))).astype(np.uint8))


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
