"""Files that are refused: no pictures, damaged, too large, too thin, bombs and pipes."""

import io
import os
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from photos import saved
from PIL import Image

from digits.imaging import image_io


def bomb(side: int) -> io.BytesIO:
    """A PNG of a few bytes that claims side x side pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))


@pytest.mark.parametrize("side", [9_000, 30_000, 2_000_000])
def test_decompression_bomb_is_refused_before_decoding(side: int):
    start = time.perf_counter()
    with pytest.raises(ValueError, match=r"^the picture cannot be decoded|at most"):
        image_io.read(bomb(side))
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"", "the file is empty"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50), "this is HEIC, AVIF or a video; save it as JPEG"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "this is a PDF; save the page as PNG"),
        (b"<?xml version='1.0'?>\n<SVG xmlns='http://www.w3.org/2000/svg'/>", "this is an SVG; save it as PNG"),
        ("Gr\u00fc\u00dfe,\nkein Bild".encode(), "this is text"),
        (b"GIF89a", "this is text"),
        (bytes(range(256)), "it may be damaged"),
    ],
)
def test_what_is_no_picture_is_explained(content: bytes, hint: str, tmp_path: Path):
    (tmp_path / "file").write_bytes(content)
    for file in (io.BytesIO(content), tmp_path / "file"):
        with pytest.raises(ValueError, match=r"^not a picture of a known format \(PNG, JPEG, ") as caught:
            image_io.read(file)
        assert f"): {hint}" in str(caught.value)
        assert "\n" not in str(caught.value)
        assert " at 0x" not in str(caught.value)


def test_truncated_picture_is_refused():
    for form in image_io.FORMATS:
        whole = saved(Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 80), np.uint8)), form).getvalue()
        with pytest.raises(ValueError, match=r"^the picture cannot be decoded|may be damaged$"):
            image_io.read(io.BytesIO(whole[: len(whole) // 2]))


def test_too_many_pixels_are_refused():
    content = io.BytesIO()
    Image.new("1", (500, 400)).save(content, "png")
    content.seek(0)
    with pytest.raises(ValueError, match=r"^the picture has 200,000 pixels; at most 1,000 are allowed"):
        image_io.read(content, max_pixels=1000)


@pytest.mark.parametrize("size", [(2, 40), (40, 2), (1, 5_000_000), (10, 1001), (1001, 10)])
def test_thin_picture_is_refused(size: tuple[int, int]):
    with pytest.raises(ValueError, match=rf"^the picture has {size[0]:,} x {size[1]:,} pixels; the shorter side must"):
        image_io.read(saved(Image.new("L", size), "PNG"))


def test_line_of_digits_and_smallest_picture_are_read():
    assert image_io.read(saved(Image.new("L", (1000, 10)), "PNG")).shape == (10, 1000)
    assert image_io.read(saved(Image.new("L", (3, 3)), "PNG")).shape == (3, 3)


@pytest.mark.parametrize(
    ("mode", "form", "options", "factor"),
    [
        ("1", "PNG", {}, 1),
        ("L", "TIFF", {}, 1),
        ("P", "GIF", {}, 1),
        ("RGB", "JPEG", {}, 1),  # decoded in gray
        ("P", "PNG", {"transparency": 0}, 2),
        ("RGB", "PNG", {}, 2),
        ("RGBA", "WEBP", {}, 2),
        ("LA", "PNG", {}, 2),
        ("I;16", "PNG", {}, 2),
        ("F", "TIFF", {}, 2),
    ],
)
def test_pixels_of_more_than_a_byte_count_twice(mode: str, form: str, options: dict, factor: int):
    file = saved(Image.new(mode, (30, 20)), form, **options)
    assert image_io.read(file, max_pixels=600 * factor).shape == (20, 30)
    with pytest.raises(ValueError, match=r"^the picture has 600 pixels; at most"):
        image_io.read(file, max_pixels=600 * factor - 1)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_no_finite_number_are_refused(value: float):
    pixels = np.full((30, 20), 255, np.float32)
    pixels[:10, :5] = 0
    assert image_io.read(saved(Image.fromarray(pixels), "TIFF"))[0, 0] == 0
    pixels[20, 10] = value
    with pytest.raises(ValueError, match=r"some pixels are infinite or not a number$"):
        image_io.read(saved(Image.fromarray(pixels), "TIFF"))


@pytest.mark.parametrize("kind", [str, Path])
def test_pipes_and_devices_are_refused_without_opening_them(tmp_path: Path, kind: type):
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", "/dev/zero"):
        with pytest.raises(ValueError, match=r"^not a regular file but a pipe, a socket or a device$"):
            image_io.read(kind(path))
