"""The web application as a process, and its page in a real browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

SIZES = {"desktop": (1280, 800), "phone": (390, 844), "small phone": (320, 568)}
EXPECTED = ("status of 422", "net::ERR_FAILED", "net::ERR_ABORTED")  # in the console, when a test provokes them

expect.set_options(timeout=20_000)  # milliseconds: machines that run other tests as well are slow


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the web application of this module keeps corrections."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def address(kept: Path) -> Iterator[str]:
    """Of the web application, running as a process of its own."""
    from benchmarks.web import served

    with served("--corrections", str(kept)) as (address, _):
        yield address


@pytest.fixture(scope="session")
def path() -> str:
    """Of the browser."""
    paths = map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))
    return next(filter(None, paths), None) or pytest.skip("needs Chromium or Chrome")


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
    page.on("console", lambda line: any(text in line.text for text in EXPECTED) or problems.append(line.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda sent: sent.url.startswith((address, "data:", "blob:")) or problems.append(sent.url))
    page.goto(address)
    expect(page.locator("#about")).to_contain_text("Recognized by")
    yield page
    assert problems == []
    context.close()
