"""The page in a real browser: drawing by pointer and by keys, pictures, answers, corrections."""

import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from digits.synthetic import fonts

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
expect.set_options(timeout=20_000)  # milliseconds: machines that run other tests as well are slow
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium or Chrome")

NOTHING = "\u2013"  # shown in place of a digit
REFUSED = "status of 422"  # in the console, when a picture is refused

Stroke = list[tuple[float, float]]


def arc(x: float, y: float, radius: tuple[float, float], start: float, end: float) -> Stroke:
    """Points of an ellipse around (x, y), angles in degrees, clockwise from the right."""
    angles = [math.radians(start + (end - start) * step / 12) for step in range(13)]
    return [(x + radius[0] * math.cos(angle), y + radius[1] * math.sin(angle)) for angle in angles]


DIGITS: dict[int, list[Stroke]] = {  # as a hand draws them, on a paper of 1 by 1
    0: [arc(0.5, 0.5, (0.17, 0.28), -90, 270)],
    1: [[(0.54, 0.2), (0.48, 0.8)]],
    2: [[*arc(0.5, 0.36, (0.16, 0.15), -170, 40), (0.34, 0.78), (0.68, 0.78)]],
    3: [[*arc(0.48, 0.35, (0.15, 0.14), -160, 90), *arc(0.48, 0.64, (0.18, 0.15), -90, 160)]],
    4: [[(0.42, 0.2), (0.33, 0.55), (0.68, 0.55)], [(0.62, 0.22), (0.6, 0.82)]],
    5: [[(0.66, 0.2), (0.4, 0.2), (0.37, 0.47), *arc(0.48, 0.62, (0.18, 0.18), -100, 150)]],
    6: [[(0.6, 0.18), (0.45, 0.35), *arc(0.5, 0.64, (0.15, 0.16), -170, 180)]],
    7: [[(0.33, 0.22), (0.67, 0.22), (0.45, 0.8)]],
    8: [[*arc(0.5, 0.35, (0.13, 0.14), 90, 450)[::-1], *arc(0.5, 0.65, (0.16, 0.16), -90, 270)]],
    9: [[*arc(0.5, 0.36, (0.15, 0.16), 0, -360), (0.65, 0.4), (0.6, 0.82)]],
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """The open page, of the size that a test names by indirect parametrization; a message in the console fails it."""
    size = getattr(request, "param", "desktop")
    width, height = SIZES[size]
    scheme = "dark" if size == "phone" else "light"
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda it: REFUSED in it.text or problems.append(it.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda it: it.url.startswith((address, "data:", "blob:")) or problems.append(it.url))
    page.goto(address)
    expect(page.locator("#about")).to_contain_text("Recognized by")
    yield page
    assert problems == []
    context.close()


def draw(page: Page, strokes: list[Stroke]) -> None:
    box = page.locator("#paper").bounding_box()
    assert box
    for stroke in strokes:
        points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


def test_every_drawn_digit_is_recognized(page: Page):
    for digit, strokes in DIGITS.items():
        draw(page, strokes)
        expect(page.locator("#digit")).to_have_text(str(digit))
        expect(page.locator("#bars li.first span").first).to_have_text(str(digit))
        expect(page.locator("#seen img")).to_have_count(1)
        page.locator("#clear").click()
        expect(page.locator("#doubt")).to_have_text("Nothing drawn yet")


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_answer_comes_while_drawing_and_is_visible_without_scrolling(page: Page):
    box = page.locator("#paper").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 0.8 * box["height"], steps=20)
    expect(page.locator("#digit")).to_have_text("1")  # the pen is still down
    page.mouse.up()
    expect(page.locator("#digit")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_undo_removes_stroke_after_stroke(page: Page):
    draw(page, [*DIGITS[1], [(0.2, 0.5), (0.8, 0.5)]])
    page.keyboard.press("Control+z")
    expect(page.locator("#digit")).to_have_text("1")
    page.locator("#undo").click()
    expect(page.locator("#digit")).to_have_text(NOTHING)
    expect(page.locator("#undo")).to_be_disabled()


def test_scribble_is_unlike_any_digit(page: Page):
    draw(page, [[(0.2 + 0.6 * (i * 7 % 11) / 11, 0.2 + 0.6 * (i * 5 % 13) / 13) for i in range(40)]])
    expect(page.locator("#doubt")).to_have_text("Unlike any digit")
    expect(page.locator("#answer")).to_have_class("unsure")


def test_drawing_by_keyboard(page: Page):
    page.locator("#paper").focus()
    for key, times in (("ArrowUp", 12), (" ", 1), ("ArrowDown", 24), (" ", 1)):
        for _ in range(times):
            page.keyboard.press(key)
    expect(page.locator("#digit")).to_have_text("1")
    page.keyboard.press("Delete")
    expect(page.locator("#digit")).to_have_text(NOTHING)


def test_undo_while_drawing_ends_the_stroke(page: Page):
    box = page.locator("#paper").bounding_box()
    assert box
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 150, box["y"] + 150, steps=5)
    page.keyboard.press("Control+z")
    page.mouse.move(box["x"] + 200, box["y"] + 200, steps=5)
    page.mouse.up()
    page.locator("#paper").focus()
    for key in (" ", "ArrowDown", "Delete", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator("#undo")).to_be_disabled()


def test_drawing_works_without_coalesced_events(page: Page):
    page.evaluate("delete PointerEvent.prototype.getCoalescedEvents")
    draw(page, DIGITS[7])
    expect(page.locator("#digit")).to_have_text("7")


def test_controls_have_accessible_names(page: Page):
    tree = page.locator("body").aria_snapshot()
    for named in (
        'application "Paper to draw on"',
        'button "Undo"',
        'button "Clear"',
        'checkbox "several digits"',
        "status",
    ):
        assert named in tree
    assert all("alt" in image or image for image in page.locator("img").evaluate_all("all => all.map(it => it.alt)"))


def test_several_digits_of_an_opened_picture_are_recognized(page: Page, tmp_path: Path):
    wide = Image.new("L", (3 * fonts.PAGE, fonts.PAGE), 255)
    for place, digit in enumerate("573"):
        drawn = fonts.page(digit, fonts.fonts()[0], fonts.GlyphStyle(size=0.4))
        wide.paste(Image.fromarray(drawn), (place * fonts.PAGE, 0))
    wide.save(tmp_path / "number.png")
    page.locator("#file").set_input_files(tmp_path / "number.png")
    page.locator("#many").check()
    expect(page.locator("#digit")).to_have_text("5 7 3")
    expect(page.locator("#seen img")).to_have_count(3)


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


@pytest.mark.parametrize("page", SIZES, indirect=True)
def test_correction_is_stored_once_clicked(page: Page, kept: Path):
    draw(page, DIGITS[7])
    expect(page.locator("#digit")).to_have_text("7")
    page.get_by_role("group", name="Wrong? Choose the digit you meant:").get_by_role(
        "button", name="1", exact=True
    ).click()
    expect(page.locator("#stored")).to_contain_text("Stored as 1/")
    assert len(list((kept / "1").glob("*.png"))) >= 1
