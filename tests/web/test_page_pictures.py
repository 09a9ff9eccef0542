"""Pictures on the page in a real browser: opened, pasted, shrunk, framed; the last one wins."""

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from hand import DIGITS, draw, on_screen
from photos import printed

RECORD_UPLOADS = """() => {
    window.uploads = [];
    const send = fetch;
    window.fetch = (address, options) => { if (options) uploads.push(options.body); return send(address, options); };
}"""
LAST_UPLOAD = """async () => {
    const { width, height } = await createImageBitmap(uploads.at(-1));
    return [uploads.at(-1).type, width, height];
}"""


@pytest.fixture
def five_and_three(tmp_path: Path) -> Path:
    printed("53").save(tmp_path / "two.png")
    return tmp_path / "two.png"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A 7 of 12 megapixels, upright by its EXIF orientation alone."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    lying = printed("7").resize((3000, 4000)).rotate(90, expand=True)
    lying.convert("RGB").save(tmp_path / "photo.jpg", exif=exif)
    return tmp_path / "photo.jpg"


def test_a_large_photo_is_shrunk_before_it_is_sent(page: Page, photo: Path):
    page.evaluate(RECORD_UPLOADS)
    page.locator("#file").set_input_files(photo)
    expect(page.locator("#digit")).to_have_text("7")
    assert page.evaluate(LAST_UPLOAD) == ["image/jpeg", 1500, 2000]


def test_a_small_picture_is_sent_as_it_is(page: Page, five_and_three: Path):
    page.evaluate(RECORD_UPLOADS)
    page.locator("#file").set_input_files(five_and_three)
    expect(page.locator("#seen img")).to_have_count(1)
    assert page.evaluate("uploads.at(-1).size") == five_and_three.stat().st_size


def test_picture_that_opens_late_replaces_nothing(page: Page, photo: Path, five_and_three: Path):
    page.evaluate(
        """() => {
            const decode = Image.prototype.decode;
            Image.prototype.decode = async function () {  // the first waits
                Image.prototype.decode = decode;
                await new Promise((resolve) => (window.release = resolve));
                await decode.call(this);
                setTimeout(() => (document.body.title = "the first is opened"), 500);
            };
        }"""
    )
    draw(page, DIGITS[1])
    expect(page.locator("#digit")).to_have_text("1")
    page.locator("#file").set_input_files(photo)
    expect(page.locator("#doubt")).to_have_text("Reading the picture …")  # not the answer to the drawing
    expect(page.locator("#seen img")).to_have_count(0)
    page.locator("#file").set_input_files(five_and_three)
    page.locator("#many").check()
    expect(page.locator("#digit")).to_have_text("5 3")
    page.evaluate("release()")
    expect(page.locator("body")).to_have_attribute("title", "the first is opened")
    expect(page.locator("#digit")).to_have_text("5 3")


def test_only_the_frame_is_read(page: Page, five_and_three: Path):
    page.locator("#many").check()
    page.locator("#file").set_input_files(five_and_three)
    expect(page.locator("#digit")).to_have_text("5 3")
    draw(page, [[(0.5, 0.1), (0.9, 0.9)]])
    expect(page.locator("#digit")).to_have_text("3")
    page.locator("#undo").click()
    expect(page.locator("#digit")).to_have_text("5 3")
    draw(page, [[(0.5, 0.9), (0.15, 0.1)]])
    expect(page.locator("#digit")).to_have_text("5")
    page.mouse.click(*on_screen(page, (0.5, 0.5)))  # a tap shows the whole picture again
    expect(page.locator("#digit")).to_have_text("5 3")
    page.keyboard.press("Delete")
    expect(page.locator("#doubt")).to_have_text("Nothing drawn yet")
    page.keyboard.press("Control+z")
    expect(page.locator("#digit")).to_have_text("5 3")
    page.locator("#paper").focus()  # a frame by keyboard
    for key, times in (("ArrowRight", 16), ("ArrowUp", 30), (" ", 1), ("ArrowRight", 40), ("ArrowDown", 40), (" ", 1)):
        for _ in range(times):
            page.keyboard.press(key)
    expect(page.locator("#digit")).to_have_text("3")


def test_picture_that_cannot_be_shown_is_read(page: Page, tmp_path: Path):
    printed("4").save(tmp_path / "four.tif")
    page.locator("#file").set_input_files(tmp_path / "four.tif")
    expect(page.locator("#digit")).to_have_text("4")
    expect(page.locator("#tip")).to_contain_text("cannot show it")


def test_pasted_picture_is_recognized(page: Page):
    page.evaluate(
        """async () => {
            const canvas = new OffscreenCanvas(200, 200), sheet = canvas.getContext("2d");
            sheet.fillStyle = "white"; sheet.fillRect(0, 0, 200, 200);
            sheet.fillStyle = "black"; sheet.fillRect(92, 30, 16, 140);
            const data = new DataTransfer();
            data.items.add(new File([await canvas.convertToBlob()], "one.png", { type: "image/png" }));
            document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
        }"""
    )
    expect(page.locator("#digit")).to_have_text("1")


def test_unreadable_picture_is_reported(page: Page, tmp_path: Path):
    (tmp_path / "notes.png").write_text("not a picture")
    page.locator("#file").set_input_files(tmp_path / "notes.png")
    expect(page.get_by_role("alert")).to_contain_text("not a picture")
    expect(page.locator("#doubt")).to_have_text("No answer")


@pytest.mark.parametrize(("page", "is_shown"), [("desktop", False), ("phone", True)], indirect=["page"])
def test_camera_is_offered_on_a_phone(page: Page, is_shown: bool):
    expect(page.get_by_text("Camera")).to_be_visible(visible=is_shown)
    assert page.locator("#camera").get_attribute("capture") == "environment"
