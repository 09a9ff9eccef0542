"""Pictures of strangers: every format, every trick, no surprise."""

import io
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image

from digits import picture_files

SHAPE = (30, 20)


def page() -> np.ndarray:
    """White, with a black corner at the top left."""
    grey = np.full(SHAPE, 255, np.uint8)
    grey[:10, :5] = 0
    return grey


def saved(image: Image.Image, form: str, **options: object) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, form, **options)
    return io.BytesIO(file.getvalue())


@pytest.mark.parametrize("form", picture_files.FORMATS)
def test_every_format_gives_the_same_grey(form: str):
    picture = picture_files.read(saved(Image.fromarray(page()).convert("RGB"), form))
    assert picture.grey.dtype == np.uint8
    assert np.abs(picture.grey.astype(int) - page()).mean() < 4  # lossy formats ring
    assert picture.clean == (form not in ("JPEG", "WEBP"))


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0)])
def test_a_transparent_picture_lies_on_what_its_ink_stands_out_from(ink: int, paper: int):
    pixels = np.zeros((*SHAPE, 4), np.uint8)
    pixels[:10, :5] = (ink, ink, ink, 255)
    grey = picture_files.read(saved(Image.fromarray(pixels), "PNG")).grey
    assert (grey[0, 0], grey[20, 10]) == (ink, paper)


def test_a_phone_held_sideways_is_turned_back():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    turned = Image.fromarray(np.rot90(page()))
    grey = picture_files.read(saved(turned.convert("RGB"), "JPEG", exif=exif, quality=95)).grey
    assert np.abs(grey.astype(int) - page()).mean() < 4


@pytest.mark.parametrize("exif", [b"garbage", b"II*\0\x08\0\0\0\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12"])
def test_a_damaged_exif_spoils_no_picture_and_is_no_news(exif: bytes, recwarn: pytest.WarningsRecorder):
    assert (picture_files.read(saved(Image.fromarray(page()), "PNG", exif=exif)).grey == page()).all()
    assert not recwarn.list


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
def test_every_colour_mode_is_read(mode: str):
    image = Image.fromarray(page().astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(page()).convert(mode)
    grey = picture_files.read(saved(image, "PNG")).grey
    assert (grey[0, 0], grey[20, 10]) == (0, 255)


def test_of_an_animation_the_first_frame_is_read():
    frames = [Image.fromarray(page()), Image.fromarray(255 - page())]
    grey = picture_files.read(saved(frames[0], "GIF", save_all=True, append_images=frames[1:])).grey
    assert np.array_equal(grey, page())


def test_a_large_photo_is_reduced_and_keeps_its_form():
    grey = picture_files.read(saved(Image.fromarray(np.kron(page(), np.ones((100, 100), np.uint8))), "JPEG")).grey
    assert grey.shape == (1000, 667)
    assert grey[:300, :150].max() < 20


def bomb(side: int) -> io.BytesIO:
    """A PNG of a few bytes that claims side x side pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))


@pytest.mark.parametrize("side", [9_000, 30_000, 2_000_000])
def test_a_bomb_is_refused_before_it_is_unpacked(side: int):
    start = time.perf_counter()
    with pytest.raises(ValueError, match=r"not a whole picture of a known format|at most"):
        picture_files.read(bomb(side))
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"not a picture", b"\x89PNG\r\n\x1a\n" + 100 * b"\0", b"%PDF-1.4"])
def test_what_is_no_picture_is_refused_in_one_line(content: bytes):
    with pytest.raises(ValueError, match="not a whole picture of a known format") as caught:
        picture_files.read(io.BytesIO(content))
    assert "\n" not in str(caught.value)


def test_a_truncated_picture_is_refused():
    for form in picture_files.FORMATS:
        whole = saved(Image.fromarray(np.random.default_rng(0).integers(0, 256, (80, 80), np.uint8)), form).getvalue()
        with pytest.raises(ValueError, match="not a whole picture"):
            picture_files.read(io.BytesIO(whole[: len(whole) // 2]))


def test_a_page_with_transparent_corners_keeps_its_paper():
    page = np.full((60, 60), 240, np.uint8)
    page[20:40, 28:32] = 10
    alpha = np.full((60, 60), 255, np.uint8)
    alpha[:6, :6] = 0
    content = io.BytesIO()
    Image.merge("LA", (Image.fromarray(page), Image.fromarray(alpha))).save(content, "png")
    content.seek(0)
    grey = picture_files.read(content).grey
    assert grey[:6, :6].min() == 255
    assert grey[30, 30] == 10


def test_a_faint_shade_of_sixteen_bits_stays_faint():
    content = io.BytesIO()
    page = np.full((40, 40), 60000, np.uint16)
    page[10:30, 18:22] = 59400
    Image.fromarray(page).save(content, "png")
    content.seek(0)
    grey = picture_files.read(content).grey
    assert grey.max() == 255
    assert grey.min() >= 252


def test_too_many_pixels_are_said_to_be_too_many():
    content = io.BytesIO()
    Image.new("1", (500, 400)).save(content, "png")
    content.seek(0)
    with pytest.raises(ValueError, match=r"^200,000 pixels; at most 1,000 are read$"):
        picture_files.read(content, most_pixels=1000)
