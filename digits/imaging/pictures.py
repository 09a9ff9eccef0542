"""Opens untrusted image files: format, orientation, transparency and size are checked and normalized.

Pass an upload as an open file, never as a path that a client sent. File names inside a picture are ignored.
"""

import os
import re
import warnings
from contextlib import nullcontext, suppress
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
                if not (problem := _size_problem(image, max_pixels)):
                    return _as_gray(image)
    except (FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except UnidentifiedImageError as error:
        with open(file, "rb") if isinstance(file, (str, Path)) else nullcontext(file) as opened:
            opened.seek(0)
            beginning = opened.read(1000)
        known = (text for start, text in OTHER_FILES.items() if re.match(start, beginning, re.DOTALL | re.IGNORECASE))
        reason = next(known, "it may be damaged")
        raise ValueError(f"not a picture of a known format ({', '.join(FORMATS)}): {reason}") from error
    except Exception as error:  # Pillow's decoders raise OSError, SyntaxError, ValueError, struct.error and more
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise ValueError(f"the picture cannot be decoded: {reason}") from error
    raise ValueError(problem)


def _size_problem(image: Image.Image, max_pixels: int) -> str | None:
    """Why a picture would take too much memory to decode, by its header alone; None if it would not.

    A pixel counts twice if it takes more than a byte, as in color. JPEGs are decoded in gray, at a smaller size.
    """
    short, long = sorted(image.size)
    if short < MIN_SIDE or long > MAX_ASPECT * short:
        needed = f"at least {MIN_SIDE}, and the longer at most {MAX_ASPECT} times as many as the shorter"
        return f"the picture has {image.width:,} x {image.height:,} pixels; the shorter side must have {needed}"
    one_byte = image.mode in ("1", "L", "P") and not image.has_transparency_data
    allowed = max_pixels if one_byte or image.format == "JPEG" else max_pixels // 2
    if short * long > allowed:
        return f"the picture has {short * long:,} pixels; at most {allowed:,} are allowed in this color mode"
    return None


def _as_gray(image: Image.Image) -> np.ndarray:
    image.draft("L", (MAX_SIDE, MAX_SIDE))  # a large JPEG is decoded at a smaller size, which is faster
    image.load()  # an incomplete file fails here
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with suppress(Exception):  # damaged EXIF is ignored, as image viewers do; Pillow raises errors of many types
            image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        image = _on_background(_downscale(image.convert("RGBA")))
    if image.mode.startswith(("I", "F")):  # 16 and 32 bits
        pixels = np.asarray(image, dtype=np.float32)
        if not np.isfinite(pixels).all():
            raise ValueError("some pixels are infinite or not a number")
        pixels = np.maximum(np.asarray(_downscale(Image.fromarray(pixels))), 0)
        # 0 stays 0: stretching the full range to 255 would turn faint shades into ink.
        image = Image.fromarray((pixels * (255 / max(float(pixels.max()), 1e-9))).astype(np.uint8))
    return np.asarray(_downscale(image.convert("L")))


def _downscale(image: Image.Image) -> Image.Image:
    """Shrink `image` to MAX_SIDE. Called before each conversion that takes more bytes per pixel, to bound memory."""
    image.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.BOX)
    return image


def _on_background(image: Image.Image) -> Image.Image:
    """An RGBA picture on white or black: if most of it is opaque, it contains its own background, which the rest is
    filled to match; otherwise the opaque part is the ink, and the background contrasts with it."""
    *color, alpha = (np.asarray(band, dtype=np.float32) for band in image.split())
    brightness = np.average(np.mean(color, axis=0), weights=alpha) if alpha.any() else 0
    mostly_opaque = (alpha > 127).mean() > 0.5
    background = Image.new("RGBA", image.size, "white" if (brightness >= 128) == mostly_opaque else "black")
    return Image.alpha_composite(background, image)
