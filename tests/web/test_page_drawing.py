"""Drawing on the page in a real browser: mouse, finger, pen and keys; undo and redo."""

import pytest
from playwright.sync_api import Page, expect

from hand import DIGITS, Hand, draw, on_screen

NOTHING = "\u2013"  # shown in place of a digit
PALM = (0.85, 0.9)
PHONE = pytest.mark.parametrize("page", ["phone"], indirect=True)


def ink(page: Page) -> int:
    """Dark pixels on the paper."""
    return page.locator("#paper").evaluate(
        """paper => paper.getContext("2d").getImageData(0, 0, paper.width, paper.height).data
            .filter((value, place) => place % 4 === 0 && value < 128).length"""
    )


def expect_one_stroke(page: Page) -> None:
    """It is read as a 1, and one undo removes all that is on the paper."""
    expect(page.locator("#digit")).to_have_text("1")
    page.locator("#undo").click()
    assert ink(page) == 0


def test_clear_is_undone_and_redone(page: Page):
    draw(page, DIGITS[4])
    before = ink(page)
    page.locator("#clear").click()
    expect(page.locator("#digit")).to_have_text(NOTHING)
    page.locator("#undo").click()
    expect(page.locator("#digit")).to_have_text("4")
    assert ink(page) == before
    page.locator("#redo").click()
    expect(page.locator("#digit")).to_have_text(NOTHING)
    page.locator("#undo").click()
    draw(page, DIGITS[1])  # ends redo
    expect(page.locator("#redo")).to_be_disabled()


@pytest.mark.parametrize(
    ("undo", "redo"),
    [
        ("Control+z", "Control+y"),
        ("Control+z", "Control+Shift+Z"),
        ("Control+Z", "Control+Shift+z"),  # with Caps Lock, which turns the letters around
        ("Meta+z", "Meta+Shift+Z"),
    ],
)
def test_undo_and_redo_by_keys(page: Page, undo: str, redo: str):
    draw(page, DIGITS[7])
    page.keyboard.press(undo)
    expect(page.locator("#digit")).to_have_text(NOTHING)
    page.keyboard.press(redo)
    expect(page.locator("#digit")).to_have_text("7")


def test_drawing_by_keyboard(page: Page):
    page.locator("#paper").focus()
    for key, times in (("ArrowUp", 12), (" ", 1), ("ArrowDown", 24), (" ", 1)):
        for _ in range(times):
            page.keyboard.press(key)
    expect(page.locator("#digit")).to_have_text("1")
    page.keyboard.press("Delete")
    expect(page.locator("#digit")).to_have_text(NOTHING)


def test_undo_while_drawing_ends_the_stroke(page: Page):
    page.mouse.move(*on_screen(page, (0.2, 0.2)))
    page.mouse.down()
    page.mouse.move(*on_screen(page, (0.4, 0.4)), steps=5)
    page.keyboard.press("Control+z")
    page.mouse.move(*on_screen(page, (0.6, 0.6)), steps=5)
    page.mouse.up()
    assert ink(page) == 0
    page.locator("#paper").focus()
    for key in (" ", "ArrowDown", "Delete", "ArrowDown"):
        page.keyboard.press(key)
    assert ink(page) == 0


def test_drawing_works_without_coalesced_events(page: Page):
    page.evaluate("delete PointerEvent.prototype.getCoalescedEvents")
    draw(page, DIGITS[7])
    expect(page.locator("#digit")).to_have_text("7")


def test_fine_and_broad_pen(page: Page):
    amounts = []
    for pen in ("fine", "medium", "broad"):
        page.get_by_role("radio", name=pen).check(force=True)  # its dot covers it
        draw(page, [[(0.5, 0.2), (0.5, 0.8)]])
        amounts.append(ink(page))
        page.locator("#clear").click()
    fine, medium, broad = amounts
    assert fine < 0.7 * medium
    assert broad > 1.3 * medium


@PHONE
def test_one_finger_draws_at_a_time(page: Page):
    hand = Hand(page)
    hand.touch("touchStart", (0.5, 0.2))
    hand.touch("touchStart", (0.5, 0.2), PALM)
    hand.touch("touchMove", (0.5, 0.8), (0.1, 0.9))
    hand.touch("touchEnd")
    expect_one_stroke(page)


@PHONE
def test_pen_takes_over_from_a_palm(page: Page):
    hand = Hand(page)
    hand.touch("touchStart", PALM)
    hand.touch("touchMove", (0.8, 0.5))
    assert ink(page) > 0
    hand.draw_by_pen(DIGITS[1])
    hand.touch("touchMove", PALM)
    hand.touch("touchEnd")
    expect_one_stroke(page)


@PHONE
def test_touches_are_ignored_while_a_pen_is_near(page: Page):
    hand = Hand(page)
    hand.pen("mouseMoved", (0.5, 0.5), pressed=False)
    hand.draw_by_finger(DIGITS[7])
    assert ink(page) == 0
    hand.pen("mousePressed", (0.5, 0.2))
    hand.touch("touchStart", PALM)
    hand.touch("touchMove", (0.2, 0.9))
    hand.touch("touchEnd")
    hand.pen("mouseMoved", (0.5, 0.8))
    hand.pen("mouseReleased", (0.5, 0.8))
    expect(page.locator("#digit")).to_have_text("1")


@PHONE
def test_stroke_that_the_system_takes_away_is_removed(page: Page):
    hand = Hand(page)
    hand.touch("touchStart", PALM)
    hand.touch("touchMove", (0.2, 0.9))
    assert ink(page) > 0
    hand.touch("touchCancel")
    assert ink(page) == 0
