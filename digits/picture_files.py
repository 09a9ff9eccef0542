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
PHOTO = "photographed"  # the key in a PNG's text that says so of a picture that came in another format


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
                pixels = image.width * image.height
                if pixels <= most_pixels:
                    return _read(image)
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error and more
        raise ValueError(f"not a whole picture of a known format ({', '.join(FORMATS)}): {_reason(error)}") from error
    raise ValueError(f"{pixels:,} pixels; at most {most_pixels:,} are read")


def _read(image: Image.Image) -> Picture:
    photographed = image.format in LOSSY or PHOTO in image.info
    image.draft("L", (LONGEST, LONGEST))  # lets a JPEG be decoded at an eighth of its size
    turned = _upright(image)
    if turned.has_transparency_data:
        turned = _on_paper(_reduced(turned.convert("RGBA")))
    if turned.mode.startswith(("I", "F")):  # 16 and 32 bits
        turned = _to_eight_bits(_reduced(Image.fromarray(np.asarray(turned, dtype=np.float32))))
    return Picture(np.asarray(_reduced(turned.convert("L"))), not photographed)


def _upright(image: Image.Image) -> Image.Image:
    """`image` as its EXIF says that the camera was held; as it is, where that is damaged: every viewer shows it."""
    image.load()  # what is no whole picture fails here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ImageOps.exif_transpose(image)
        except Exception:  # Pillow's parser raises SyntaxError, struct.error, TypeError and more
            return image


def _reduced(image: Image.Image) -> Image.Image:
    """`image` with at most LONGEST pixels on its longer side: before anything that takes more bytes for each."""
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    return image


def _on_paper(image: Image.Image) -> Image.Image:
    """A transparent picture on the paper that it has: where most is opaque, of that brightness; else the ink is what is
    opaque, and the paper white, or black if the ink is light itself."""
    *colour, alpha = (np.asarray(band, dtype=np.float32) for band in image.split())
    brightness = np.average(np.mean(colour, axis=0), weights=alpha) if alpha.any() else 0
    has_paper = (alpha > 127).mean() > 0.5
    paper = Image.new("RGBA", image.size, "white" if (brightness >= 128) == has_paper else "black")
    return Image.alpha_composite(paper, image)


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Its brightest pixel becomes 255; black stays black, so that a shade stays as faint as it is."""
    pixels = np.maximum(np.asarray(image), 0)
    return Image.fromarray((pixels * (255 / max(float(pixels.max()), 1e-9))).astype(np.uint8))


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__
