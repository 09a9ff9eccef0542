"""Opens untrusted image files: format, orientation, transparency and size are checked and normalized.

Pass an upload as an open file, never as a path that a client sent. File names inside a picture are ignored.
"""

import os
import re
import warnings
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff")
MAX_PIXELS = 70_000_000  # phone cameras have up to 50 million, a page in color at 600 dpi 35, which count twice
MIN_SIDE = 3  # pixels of the shorter side: no digit is smaller
MAX_ASPECT = 100  # longer side by shorter; scaling thinner pictures takes gigabytes, and a line of digits is no thinner
MAX_SIDE = 1000  # pixels of the longer side after reading: fifty times the size of a digit in MNIST
OTHER_FILES = {  # how files begin that people take for pictures, and what to do
    rb"\Z": "the file is empty",
    rb"....ftyp": "this is HEIC, AVIF or a video; save it as JPEG, or take a screenshot of it",
    rb".*?%PDF-": "this is a PDF; save the page as PNG, or take a screenshot of it",
    rb".*?<svg": "this is an SVG; save it as PNG, or take a screenshot of it",
    rb"[^\x00-\x08\x0e-\x1f]+\Z": "this is text",
}
BEGINNING = 1000  # bytes that are searched for these


def read(file: str | Path | BinaryIO, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The first frame of a picture in gray, (h, w) uint8, scaled down to at most MAX_SIDE pixels on its longer side.

    Raises FileNotFoundError, PermissionError or IsADirectoryError if the file cannot be opened, and ValueError if it is
    damaged, of another format, larger than `max_pixels` or too thin, or if a path is that of a pipe or a device.
    """
    if isinstance(file, (str, Path)) and os.path.exists(file) and not (os.path.isfile(file) or os.path.isdir(file)):
        raise ValueError("not a regular file but a pipe, a socket or a device")  # which could be waited for forever
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as image:
                problem = _size_problem(image, max_pixels)
                if problem is None:
                    return _read(image)
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except UnidentifiedImageError as error:
        raise ValueError(f"not a picture of a known format ({', '.join(FORMATS)}): {_other_file(file)}") from error
    except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error and more
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise ValueError(f"the picture cannot be decoded: {reason}") from error
    raise ValueError(problem)


def _other_file(file: str | Path | BinaryIO) -> str:
    """What `file` is instead of a picture."""
    with open(file, "rb") if isinstance(file, (str, Path)) else nullcontext(file) as opened:
        opened.seek(0)
        beginning = opened.read(BEGINNING)
    known = (text for start, text in OTHER_FILES.items() if re.match(start, beginning, re.DOTALL | re.IGNORECASE))
    return next(known, "it may be damaged")


def _size_problem(image: Image.Image, max_pixels: int) -> str | None:
    """Why a picture would take too much memory to decode, by its header alone; None if it would not.

    A pixel counts twice if it takes more than a byte, as in color. JPEGs are decoded in gray, at a smaller size.
    """
    short, long = sorted(image.size)
    if short < MIN_SIDE or long > MAX_ASPECT * short:
        return (
            f"the picture has {image.width:,} x {image.height:,} pixels; the shorter side must have at least {MIN_SIDE}"
            f", and the longer at most {MAX_ASPECT} times as many as the shorter"
        )
    one_byte = image.mode in ("1", "L", "P") and not image.has_transparency_data
    allowed = max_pixels if one_byte or image.format == "JPEG" else max_pixels // 2
    if short * long > allowed:
        return f"the picture has {short * long:,} pixels; at most {allowed:,} are allowed in this color mode"
    return None


def _read(image: Image.Image) -> np.ndarray:
    image.draft("L", (MAX_SIDE, MAX_SIDE))  # a large JPEG is decoded at a smaller size, which is faster
    upright = _upright(image)
    if upright.has_transparency_data:
        upright = _on_background(_downscale(upright.convert("RGBA")))
    if upright.mode.startswith(("I", "F")):  # 16 and 32 bits
        pixels = np.asarray(upright, dtype=np.float32)
        if not np.isfinite(pixels).all():
            raise ValueError("some pixels are infinite or not a number")
        upright = _to_eight_bits(_downscale(Image.fromarray(pixels)))
    return np.asarray(_downscale(upright.convert("L")))


def _upright(image: Image.Image) -> Image.Image:
    """Rotate `image` as its EXIF orientation says. Damaged EXIF is ignored, as image viewers do."""
    image.load()  # an incomplete file fails here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ImageOps.exif_transpose(image)
        except Exception:  # Pillow's parser raises SyntaxError, struct.error, TypeError and more
            return image


def _downscale(image: Image.Image) -> Image.Image:
    """Shrink `image` to MAX_SIDE. Called before each conversion that takes more bytes per pixel, to bound memory."""
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    return image


def _on_background(image: Image.Image) -> Image.Image:
    """Put an RGBA picture on a white or black background.

    If most of the picture is opaque, it contains its own background, and the rest is filled to match it. Otherwise the
    opaque part is the ink, and the background is chosen to contrast with it.
    """
    *color, alpha = (np.asarray(band, dtype=np.float32) for band in image.split())
    brightness = np.average(np.mean(color, axis=0), weights=alpha) if alpha.any() else 0
    mostly_opaque = (alpha > 127).mean() > 0.5
    background = Image.new("RGBA", image.size, "white" if (brightness >= 128) == mostly_opaque else "black")
    return Image.alpha_composite(background, image)


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Scale the maximum to 255 and keep 0 at 0: stretching the full range would turn faint shades into ink."""
    pixels = np.maximum(np.asarray(image), 0)
    return Image.fromarray((pixels * (255 / max(float(pixels.max()), 1e-9))).astype(np.uint8))
