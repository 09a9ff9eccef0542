"""The page in a real browser, as a fixture."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

SIZES = {"desktop": (1280, 800), "phone": (390, 844), "small phone": (320, 568)}
EXPECTED = ("status of 422", "net::ERR_FAILED", "net::ERR_ABORTED")  # in the console, when a test provokes them

expect.set_options(timeout=20_000)  # milliseconds: machines that run other tests as well are slow


@pytest.fixture(scope="session")
def path() -> str:
    """Of the browser."""
    found = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome")))
    return next(found, None) or pytest.skip("needs Chromium or Chrome")


@pytest.fixture(scope="module")
def browser(path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    """The open page, of the size that a test names by indirect parametrization; a message in the console fails it."""
    size = getattr(request, "param", "desktop")
    width, height = SIZES[size]
    is_phone = size != "desktop"
    scheme = "dark" if is_phone else "light"
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, has_touch=is_phone)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda it: any(text in it.text for text in EXPECTED) or problems.append(it.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda it: it.url.startswith((address, "data:", "blob:")) or problems.append(it.url))
    page.goto(address)
    expect(page.locator("#about")).to_contain_text("Recognized by")
    yield page
    assert problems == []
    context.close()
