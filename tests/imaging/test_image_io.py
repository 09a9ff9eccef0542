"""Reading pictures: formats, color modes, EXIF and transparency."""

import io

import numpy as np
import pytest
from photos import saved
from PIL import Image

from digits.imaging import image_io

SHAPE = (30, 20)


def page() -> np.ndarray:
    """White, with a black corner at the top left."""
    gray = np.full(SHAPE, 255, np.uint8)
    gray[:10, :5] = 0
    return gray


@pytest.mark.parametrize("form", image_io.FORMATS)
def test_every_format_gives_the_same_gray(form: str):
    picture = image_io.read(saved(Image.fromarray(page()).convert("RGB"), form))
    assert picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - page()).mean() < 4  # lossy formats ring


@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (255, 0)])
def test_transparent_background_contrasts_with_the_ink(ink: int, paper: int):
    pixels = np.zeros((*SHAPE, 4), np.uint8)
    pixels[:10, :5] = (ink, ink, ink, 255)
    gray = image_io.read(saved(Image.fromarray(pixels), "PNG"))
    assert (gray[0, 0], gray[20, 10]) == (ink, paper)


def test_exif_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    turned = Image.fromarray(np.rot90(page()))
    gray = image_io.read(saved(turned.convert("RGB"), "JPEG", exif=exif, quality=95))
    assert np.abs(gray.astype(int) - page()).mean() < 4


@pytest.mark.parametrize("exif", [b"garbage", b"II*\0\x08\0\0\0\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12"])
def test_damaged_exif_is_ignored_without_warning(exif: bytes, recwarn: pytest.WarningsRecorder):
    assert (image_io.read(saved(Image.fromarray(page()), "PNG", exif=exif)) == page()).all()
    assert not recwarn.list


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
def test_every_color_mode_is_read(mode: str):
    image = Image.fromarray(page().astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(page()).convert(mode)
    gray = image_io.read(saved(image, "PNG"))
    assert (gray[0, 0], gray[20, 10]) == (0, 255)


def test_first_frame_of_an_animation_is_read():
    frames = [Image.fromarray(page()), Image.fromarray(255 - page())]
    gray = image_io.read(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert np.array_equal(gray, page())


def test_large_photo_is_scaled_down_with_its_aspect_ratio():
    gray = image_io.read(saved(Image.fromarray(np.kron(page(), np.ones((100, 100), np.uint8))), "JPEG"))
    assert gray.shape == (1000, 667)
    assert gray[:300, :150].max() < 20


def test_transparent_corners_of_a_page_get_its_brightness():
    page = np.full((60, 60), 240, np.uint8)
    page[20:40, 28:32] = 10
    alpha = np.full((60, 60), 255, np.uint8)
    alpha[:6, :6] = 0
    content = io.BytesIO()
    Image.merge("LA", (Image.fromarray(page), Image.fromarray(alpha))).save(content, "png")
    content.seek(0)
    gray = image_io.read(content)
    assert gray[:6, :6].min() == 255
    assert gray[30, 30] == 10


def test_faint_shade_in_16_bits_stays_faint():
    content = io.BytesIO()
    page = np.full((40, 40), 60000, np.uint16)
    page[10:30, 18:22] = 59400
    Image.fromarray(page).save(content, "png")
    content.seek(0)
    gray = image_io.read(content)
    assert gray.max() == 255
    assert gray.min() >= 252
