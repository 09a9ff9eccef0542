"""Several digits on the page in a real browser: lines, doubts, bars and corrections of each."""

from pathlib import Path

import httpx
import pytest
from hand import DIGITS, draw, placed
from PIL import Image
from playwright.sync_api import Locator, Page, expect

CROSSES = [[(0.3, 0.25), (0.7, 0.75)], [(0.7, 0.25), (0.3, 0.75)], [(0.5, 0.2), (0.5, 0.8)]]


def write(page: Page, digits: str, top: float = 0.02) -> None:
    """Draw `digits` in a line of half the height of the paper."""
    for number, digit in enumerate(digits):
        draw(page, placed(DIGITS[int(digit)], 0.24 * number, top, 0.26, 0.46))


def buttons(page: Page) -> Locator:
    return page.locator("#seen button")


@pytest.mark.parametrize("page", ["desktop", "phone"], indirect=True)
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


@pytest.mark.parametrize("page", ["desktop", "phone"], indirect=True)
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


def test_bars_of_the_digit_that_is_chosen(page: Page):
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
    answer = httpx.post(
        f"{address}/api/read?many=1",
        content=stored.read_bytes(),
        headers={"Content-Type": "image/png"},
        trust_env=False,
    )
    assert [it["digit"] for it in answer.json()["digits"]] == [0]
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


def test_pen_is_thinner_on_the_wide_sheet(page: Page):
    width = "paper => { const row = paper.getContext('2d').getImageData(0, paper.height / 2, paper.width, 1).data;"
    width += "return row.filter((value, place) => place % 4 === 0 && value < 128).length / paper.height; }"
    draw(page, DIGITS[1])
    thick = page.locator("#paper").evaluate(width)
    page.locator("#clear").click()
    page.locator("#many").check()
    draw(page, DIGITS[1])
    assert page.locator("#paper").evaluate(width) < 0.6 * thick
