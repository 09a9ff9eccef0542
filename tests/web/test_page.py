"""The page in a real browser: answers while drawing, what it says, corrections of one digit."""

from pathlib import Path

import pytest
from hand import DIGITS, draw
from playwright.sync_api import Browser, Page, expect

DESK_AND_PHONE = pytest.mark.parametrize("page", ["desktop", "phone"], indirect=True)


def test_every_drawn_digit_is_recognized(page: Page):
    for digit, strokes in DIGITS.items():
        draw(page, strokes)
        expect(page.locator("#digit")).to_have_text(str(digit))
        expect(page.locator("#bars li.first span").first).to_have_text(str(digit))
        expect(page.locator("#seen img")).to_have_count(1)
        page.locator("#clear").click()
        expect(page.locator("#doubt")).to_have_text("Nothing drawn yet")


@DESK_AND_PHONE
def test_answer_comes_while_drawing_and_is_visible_without_scrolling(page: Page):
    box = page.locator("#paper").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 0.8 * box["height"], steps=20)
    expect(page.locator("#digit")).to_have_text("1")  # the pen is still down
    page.mouse.up()
    expect(page.locator("#digit")).to_be_in_viewport()


@pytest.mark.parametrize("page", ["desktop", "phone", "small phone"], indirect=True)
def test_bars_fit(page: Page):
    certain = {
        "digit": 5,
        "confidence": 1,
        "in_distribution": True,
        "sure": True,
        "line": 0,
        "image": "data:image/gif,",
    }
    probabilities = [float(it == 5) for it in range(10)]
    page.route(
        "**/api/read*", lambda route: route.fulfill(json={"digits": [certain | {"probabilities": probabilities}]})
    )
    draw(page, DIGITS[5])
    share = page.locator("#bars li.first span").last
    expect(share).to_have_text("100.0 %")
    assert share.evaluate("it => it.scrollWidth <= it.clientWidth && it.clientHeight < 30")  # on one line
    assert page.locator("#bars meter").evaluate_all("all => all.every(it => it.clientWidth > 60)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_scribble_is_unlike_any_digit(page: Page):
    draw(page, [[(0.2 + 0.6 * (i * 7 % 11) / 11, 0.2 + 0.6 * (i * 5 % 13) / 13) for i in range(40)]])
    expect(page.locator("#doubt")).to_have_text("Unlike any digit")
    expect(page.locator("#answer")).to_have_class("unsure")


def test_controls_have_accessible_names(page: Page):
    tree = page.locator("body").aria_snapshot()
    for named in (
        'application "Paper to draw on"',
        'button "Undo"',
        'button "Redo"',
        'button "Clear"',
        'radio "medium" [checked]',
        'checkbox "several digits"',
        "status",
    ):
        assert named in tree
    assert all("alt" in image or image for image in page.locator("img").evaluate_all("all => all.map(it => it.alt)"))


def test_without_javascript_the_page_says_so(browser: Browser, path: str, address: str):
    options = ["--no-sandbox", "--blink-settings=scriptEnabled=false"]  # a context without it leaves noscript out
    without = browser.browser_type.launch(executable_path=path, args=options)
    page = without.new_page()
    page.goto(address)
    expect(page.locator("noscript p")).to_contain_text("Switch it on")
    expect(page.locator("noscript p")).to_be_visible()
    without.close()


def test_page_asks_again_until_the_server_answers(page: Page):
    page.route("**/api/read*", lambda route: route.abort())
    draw(page, DIGITS[7])
    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    expect(page.locator("#doubt")).to_have_text("No answer")
    page.unroute("**/api/read*")
    expect(page.locator("#digit")).to_have_text("7")
    expect(page.get_by_role("alert")).to_have_text("")


def test_answer_to_an_older_drawing_is_not_waited_for(page: Page):
    page.route("**/api/read*", lambda route: None, times=1)  # never answered
    draw(page, DIGITS[1])
    page.locator("#clear").click()
    draw(page, DIGITS[7])
    expect(page.locator("#digit")).to_have_text("7")


@DESK_AND_PHONE
def test_correction_is_stored_once_clicked(page: Page, kept: Path):
    meant = page.get_by_role("group", name="Wrong? Choose the digit you meant:")
    expect(meant.get_by_role("button", name="1", exact=True)).to_be_disabled()
    draw(page, DIGITS[7])
    expect(page.locator("#digit")).to_have_text("7")
    meant.get_by_role("button", name="1", exact=True).click()
    expect(page.locator("#stored")).to_contain_text("Stored as 1/")
    assert len(list((kept / "1").glob("*.png"))) >= 1


def test_correction_that_is_not_stored_is_reported(page: Page):
    draw(page, DIGITS[7])
    expect(page.locator("#digit")).to_have_text("7")
    page.route("**/api/corrections*", lambda route: route.abort())
    page.locator("#digits button").nth(1).click()
    expect(page.locator("#stored")).to_contain_text("Not stored: The recognizer does not answer")


def test_learning_from_too_few_corrections_says_so(page: Page):
    page.get_by_role("button", name="Learn from corrections").click()
    expect(page.locator("#stored")).to_contain_text("at least 5 are needed")
    expect(page.locator("#learn")).to_be_enabled()
