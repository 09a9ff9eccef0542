"""The page in a real browser: answers while drawing, what it says, several digits, corrections."""

from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from hand import DIGITS, draw, placed

CROSSES = [[(0.3, 0.25), (0.7, 0.75)], [(0.7, 0.25), (0.3, 0.75)], [(0.5, 0.2), (0.5, 0.8)]]
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
def test_answer_comes_while_drawing_and_is_visible(page: Page):
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
    digit = {"digit": 5, "confidence": 1, "in_distribution": True, "sure": True, "line": 0, "image": "data:image/gif,"}
    answer = {"digits": [digit | {"probabilities": [0.0] * 5 + [1.0] + [0.0] * 4}]}
    page.route("**/api/read*", lambda route: route.fulfill(json=answer))
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
    names = ('application "Paper to draw on"', 'button "Undo"', 'button "Clear"', 'radio "medium" [checked]', "status")
    for named in (*names, 'checkbox "several digits"'):
        assert named in tree


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


def write(page: Page, digits: str, top: float = 0.02) -> None:
    """Draw `digits` in a line of half the height of the paper."""
    for number, digit in enumerate(digits):
        draw(page, placed(DIGITS[int(digit)], 0.24 * number, top, 0.26, 0.46))


def buttons(page: Page) -> Locator:
    return page.locator("#seen button")


@DESK_AND_PHONE
def test_several_digits_read_as_one_give_a_hint(page: Page):
    hint = "Several? Turn on “several digits” above."
    draw(page, placed(DIGITS[4], 0, 0.2, 0.6, 0.6))
    expect(page.locator("#digit")).to_have_text("4")
    expect(page.locator("#which")).to_have_text("")
    draw(page, placed(DIGITS[7], 0.4, 0.2, 0.6, 0.6))
    expect(page.locator("#which")).to_have_text(hint)
    expect(page.locator("#which")).to_be_visible()
    page.locator("#many").check()
    expect(page.locator("#digit")).to_have_text("4 7")
    expect(page.locator("#which")).not_to_have_text(hint)


@DESK_AND_PHONE
def test_two_lines_are_shown_as_two_lines(page: Page):
    page.locator("#many").check()
    write(page, "407")
    write(page, "19", top=0.52)
    expect(buttons(page).locator("span")).to_have_text(["4", "0", "7", "1", "9"])
    expect(page.locator("#seen > div")).to_have_count(2)
    assert page.locator("#digit").text_content() == "4 0 7\n1 9"
    expect(page.locator("#doubt")).to_have_text("5 digits, sure")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_doubtful_digit_is_marked(page: Page):
    page.locator("#many").check()
    write(page, "40")
    draw(page, placed(CROSSES, 0.55, 0.02, 0.26, 0.46))
    expect(page.locator("#doubt")).to_have_text("3 digits, 1 doubtful")
    expect(buttons(page).nth(2)).to_have_class("doubtful")
    expect(buttons(page).nth(0)).not_to_have_class("doubtful")


def test_bars_are_of_the_digit_that_was_tapped(page: Page):
    page.locator("#many").check()
    write(page, "407")
    first = page.locator("#bars li.first span").first
    expect(first).to_have_text("7")
    buttons(page).nth(0).click()
    expect(first).to_have_text("4")
    expect(page.locator("#which")).to_contain_text("Digit 1 of 3")
    expect(buttons(page).nth(0)).to_have_attribute("aria-pressed", "true")
    expect(buttons(page).nth(2)).to_have_attribute("aria-pressed", "false")
    write(page, "1", top=0.52)
    expect(buttons(page)).to_have_count(4)
    expect(first).to_have_text("4")  # while more is drawn


def test_correction_of_one_digit_stores_its_own_part(page: Page, kept: Path, address: str):
    page.locator("#many").check()
    write(page, "407")
    expect(page.locator("#digit")).to_have_text("4 0 7")
    buttons(page).nth(1).click()
    page.get_by_role("group", name="Is digit 2 wrong?").get_by_role("button", name="6", exact=True).click()
    expect(page.locator("#stored")).to_contain_text("Stored as 6/")
    (stored,) = (kept / "6").glob("*.png")
    kind = {"Content-Type": "image/png"}
    answer = httpx.post(f"{address}/api/read?many=1", content=stored.read_bytes(), headers=kind, trust_env=False)
    assert [digit["digit"] for digit in answer.json()["digits"]] == [0]
    width, height = Image.open(stored).size
    assert max(width, height) < 560  # of 1120


def test_drawing_stays_when_the_sheet_changes(page: Page):
    draw(page, DIGITS[7])
    content = "paper => paper.toDataURL()"
    before = page.locator("#paper").evaluate(content)
    page.locator("#many").check()
    expect(page.locator("#digit")).to_have_text("7")
    expect(buttons(page)).to_have_count(1)
    box = page.locator("#paper").bounding_box()
    assert box
    assert box["width"] / box["height"] == pytest.approx(1.6, abs=0.02)
    page.locator("#many").uncheck()
    assert page.locator("#paper").evaluate(content) == before
