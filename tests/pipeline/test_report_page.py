"""The pages as a person opens them: in a real browser, with no network."""

import re
import shutil
from pathlib import Path

import pytest

from support import RECIPES, run

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--virtual-time-budget=10000",
    "--dump-dom",
]

needs_browser = pytest.mark.skipif(BROWSER is None, reason="needs Chromium or Chrome")


def opened(page: Path, profile: Path) -> str:
    """The page's elements after its scripts have run, every host but this one unreachable."""
    return run([BROWSER, *FLAGS, f"--user-data-dir={profile}", page.as_uri()], page.parent).stdout


def addresses(page: str) -> list[str]:
    """What the page would load or link to, beside what it holds itself."""
    return re.findall(r"""(?:src|href)=["'](?!data:|#)([^"']*)["']""", page)


def test_the_report_loads_nothing(pipeline: Path):
    page = (pipeline / "reports/index.html").read_text()
    assert addresses(page) == []
    assert "url(http" not in page


@needs_browser
def test_the_report_shows_every_model_whole(pipeline: Path, tmp_path: Path):
    page = opened(pipeline / "reports/index.html", tmp_path)
    for model in RECIPES:
        section = page[page.index(f'<section id="{model}-0">') :].split("</section>")[0]
        errors = (pipeline / f"metrics/errors/{model}-0.csv").read_text().count("\n") - 1
        assert section.count('class="digit"') == errors
        assert section.count("<svg") == 4
        assert section.count("<tr>") == 11 + 11  # the confusion matrix and the classes, with their heads
    for words in ("recipes.cnn.dropout", "AURC", "of the validation images reach"):
        assert words in page


@needs_browser
def test_dvc_plots_are_drawn_without_network(pipeline: Path, tmp_path: Path):
    target = tmp_path / "plots"
    run(["dvc", "plots", "show", "--out", target], pipeline)
    page = opened(target / "index.html", tmp_path / "profile")
    page = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    curves = matrices = diagrams = len(RECIPES)
    assert page.count('class="marks"') == curves + matrices + diagrams
    assert page.count("<img") == 2 * len(RECIPES)
    assert all(address.startswith("static") for address in addresses(page))


def test_the_markdown_report_has_every_model(pipeline: Path):
    text = (pipeline / "reports/report.md").read_text()
    assert all(text.count(f"| {name} ") == 3 for name in RECIPES)  # results, calibration twice; no label is doubtful
