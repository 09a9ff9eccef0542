"""Reading pictures: formats, color modes, EXIF and transparency; and files that are refused."""

import io
import os
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digits.imaging import pictures
from photos import saved

SHAPE = (30, 20)


def page() -> np.ndarray:
    """White, with a black corner at the top left."""
    gray = np.full(SHAPE, 255, np.uint8)
    gray[:10, :5] = 0
    return gray


@pytest.mark.parametrize("form", pictures.FORMATS)
def test_every_format_gives_the_same_gray(form: str):
    picture = pictures.read(saved(Image.fromarray(page()).convert("RGB"), form))
    assert picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - page()).mean() < 4  # lossy formats ring


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
def test_every_color_mode_is_read(mode: str):
    image = Image.fromarray(page().astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(page()).convert(mode)
    gray = pictures.read(saved(image, "PNG"))
    assert (gray[0, 0], gray[20, 10]) == (0, 255)


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0)])
def test_transparent_paper_contrasts_with_the_ink(ink: int, paper: int):
    pixels = np.zeros((*SHAPE, 4), np.uint8)
    pixels[:10, :5] = (ink, ink, ink, 255)
    gray = pictures.read(saved(Image.fromarray(pixels), "PNG"))
    assert (gray[0, 0], gray[20, 10]) == (ink, paper)


def test_transparent_corners_get_the_page_s_brightness():
    page, alpha = np.full((60, 60), 240, np.uint8), np.full((60, 60), 255, np.uint8)
    page[20:40, 28:32] = 10
    alpha[:6, :6] = 0
    gray = pictures.read(saved(Image.merge("LA", (Image.fromarray(page), Image.fromarray(alpha))), "PNG"))
    assert (gray[:6, :6].min(), gray[30, 30]) == (255, 10)


def test_exif_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    turned = Image.fromarray(np.rot90(page()))
    gray = pictures.read(saved(turned.convert("RGB"), "JPEG", exif=exif, quality=95))
    assert np.abs(gray.astype(int) - page()).mean() < 4


@pytest.mark.parametrize("exif", [b"garbage", b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12"])
def test_damaged_exif_is_ignored_without_warning(exif: bytes, recwarn: pytest.WarningsRecorder):
    assert (pictures.read(saved(Image.fromarray(page()), "PNG", exif=exif)) == page()).all()
    assert not recwarn.list


def test_first_frame_of_an_animation_is_read():
    frames = [Image.fromarray(page()), Image.fromarray(255 - page())]
    assert np.array_equal(pictures.read(saved(frames[0], "GIF", save_all=True, append_images=frames[1:])), page())


def test_large_photo_keeps_its_aspect_ratio():
    gray = pictures.read(saved(Image.fromarray(np.kron(page(), np.ones((100, 100), np.uint8))), "JPEG"))
    assert gray.shape == (1000, 667)
    assert gray[:300, :150].max() < 20


def test_faint_shade_in_16_bits_stays_faint():
    page = np.full((40, 40), 60000, np.uint16)
    page[10:30, 18:22] = 59400
    gray = pictures.read(saved(Image.fromarray(page), "PNG"))
    assert 252 <= gray.min() <= gray.max() == 255


def bomb(side: int) -> io.BytesIO:
    """A PNG of a few bytes that claims side x side pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))


@pytest.mark.parametrize("side", [9_000, 30_000, 2_000_000])
def test_decompression_bomb_is_refused_before_decoding(side: int):
    start = time.process_time()
    with pytest.raises(ValueError, match=r"^the picture cannot be decoded|at most"):
        pictures.read(bomb(side))
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"", "empty"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50), "HEIC"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
        (b"<?xml version='1.0'?>\n<SVG xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        ("Gr\u00fc\u00dfe,\nkein Bild".encode(), "text"),
        (b"GIF89a", "text"),
        (bytes(range(256)), "damaged"),
    ],
)
def test_what_is_no_picture_is_explained(content: bytes, hint: str, tmp_path: Path):
    (tmp_path / "file").write_bytes(content)
    for file in (io.BytesIO(content), tmp_path / "file"):
        with pytest.raises(ValueError, match=r"^not a picture of a known format \(PNG, JPEG, [^\n]*" + hint) as caught:
            pictures.read(file)
        assert not [part for part in ("\n", " at 0x") if part in str(caught.value)]


@pytest.mark.parametrize("form", pictures.FORMATS)
def test_truncated_picture_is_refused(form: str):
    noise = np.random.default_rng(0).integers(0, 256, (80, 80), np.uint8)
    whole = saved(Image.fromarray(noise), form).getvalue()
    with pytest.raises(ValueError, match=r"^the picture cannot be decoded|may be damaged$"):
        pictures.read(io.BytesIO(whole[: len(whole) // 2]))


def test_thin_picture_is_refused():
    for size in ((2, 40), (1, 5_000_000), (1001, 10)):
        with pytest.raises(ValueError, match=rf"^the picture has {size[0]:,} x {size[1]:,} pixels"):
            pictures.read(saved(Image.new("L", size), "PNG"))
    for size in ((1000, 10), (3, 3)):  # a line of digits, and the smallest picture
        assert pictures.read(saved(Image.new("L", size), "PNG")).shape == size[::-1]


@pytest.mark.parametrize(
    ("mode", "form", "options", "factor"),
    [
        ("1", "PNG", {}, 1),
        ("P", "GIF", {}, 1),
        ("RGB", "JPEG", {}, 1),  # decoded in gray
        ("P", "PNG", {"transparency": 0}, 2),
        ("RGBA", "WEBP", {}, 2),
        ("I;16", "PNG", {}, 2),
    ],
)
def test_pixels_of_more_than_a_byte_count_twice(mode: str, form: str, options: dict, factor: int):
    file = saved(Image.new(mode, (30, 20)), form, **options)
    assert pictures.read(file, max_pixels=600 * factor).shape == (20, 30)
    with pytest.raises(ValueError, match=r"^the picture has 600 pixels; at most"):
        pictures.read(file, max_pixels=600 * factor - 1)


def test_pixels_that_are_no_finite_number_are_refused():
    pixels = page().astype(np.float32)
    assert pictures.read(saved(Image.fromarray(pixels), "TIFF"))[0, 0] == 0
    for value in (np.nan, np.inf, -np.inf):
        pixels[20, 10] = value
        with pytest.raises(ValueError, match=r"not a number$"):
            pictures.read(saved(Image.fromarray(pixels), "TIFF"))


def test_pipes_and_devices_are_refused_unopened(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", "/dev/zero"):
        with pytest.raises(ValueError, match=r"a pipe, a socket or a device$"):
            pictures.read(path)
