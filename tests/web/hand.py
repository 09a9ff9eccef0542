"""Digits as a hand draws them, and ways to draw them on the page: with the mouse, a finger or a pen."""

import math

from playwright.sync_api import Page

Point = tuple[float, float]
Stroke = list[Point]


def arc(x: float, y: float, radius: tuple[float, float], start: float, end: float) -> Stroke:
    """Points of an ellipse around (x, y), angles in degrees, clockwise from the right."""
    angles = [math.radians(start + (end - start) * step / 12) for step in range(13)]
    return [(x + radius[0] * math.cos(angle), y + radius[1] * math.sin(angle)) for angle in angles]


DIGITS: dict[int, list[Stroke]] = {  # on a paper of 1 by 1
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


def placed(strokes: list[Stroke], left: float, top: float, width: float, height: float) -> list[Stroke]:
    """`strokes` in a part of the paper."""
    return [[(left + width * x, top + height * y) for x, y in stroke] for stroke in strokes]


def on_screen(page: Page, point: Point) -> Point:
    """Where a point of the paper is on the screen."""
    box = page.locator("#paper").bounding_box()
    assert box
    return box["x"] + point[0] * box["width"], box["y"] + point[1] * box["height"]


def draw(page: Page, strokes: list[Stroke]) -> None:
    """Draw with the mouse."""
    for stroke in strokes:
        points = [on_screen(page, point) for point in stroke]
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point)
        page.mouse.up()


class Hand:
    """Fingers and a pen. A finger is lifted with all others; the pen hovers until it is `pressed`."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._browser = page.context.new_cdp_session(page)

    def touch(self, kind: str, *points: Point) -> None:
        """`kind` is touchStart, touchMove, touchEnd or touchCancel; `points` are where the fingers are then."""
        places = [dict(zip("xy", on_screen(self._page, point), strict=True), id=it) for it, point in enumerate(points)]
        self._browser.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    def pen(self, kind: str, point: Point, pressed: bool = True) -> None:
        """`kind` is mousePressed, mouseMoved or mouseReleased."""
        x, y = on_screen(self._page, point)
        button = {"button": "left" if pressed else "none", "buttons": int(pressed), "clickCount": 1}
        self._browser.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "pointerType": "pen", **button})

    def draw_by_finger(self, strokes: list[Stroke]) -> None:
        for stroke in strokes:
            self.touch("touchStart", stroke[0])
            for point in stroke[1:]:
                self.touch("touchMove", point)
            self.touch("touchEnd")

    def draw_by_pen(self, strokes: list[Stroke]) -> None:
        for stroke in strokes:
            self.pen("mousePressed", stroke[0])
            for point in stroke[1:]:
                self.pen("mouseMoved", point)
            self.pen("mouseReleased", stroke[-1])
