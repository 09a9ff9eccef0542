"""The web application over real HTTP: answers, corrections, refused requests."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from benchmarks.web import digit, encoded, served
from digits.web import limits
from digits.web.server import PAGE
from photos import printed
from support import run

PNG = {"Content-Type": "image/png"}


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, trust_env=False, timeout=30, headers=PNG) as client:
        yield client


def read(client: httpx.Client, many: bool, *lines: str) -> dict[str, Any]:
    """The answer to a picture of printed `lines`."""
    content = encoded(np.asarray(printed(*lines)), "png")
    return client.post(f"/api/read?many={many}", content=content).raise_for_status().json()


def test_a_digit_is_recognized(client: httpx.Client):
    (answer,) = read(client, False, "4")["digits"]
    assert (answer["digit"], len(answer["probabilities"])) == (4, 10)
    assert answer["image"].startswith("data:image/png;base64,")
    assert answer["box"] == {"left": 0, "top": 0, "right": 1, "bottom": 1}


def test_boxes_and_lines_of_several_digits(client: httpx.Client):
    digits = read(client, True, "40", "18")["digits"]
    places = (4, 0, 0.0, 0.0), (0, 0, 0.5, 0.0), (1, 1, 0.0, 0.5), (8, 1, 0.5, 0.5)
    for answer, (label, line, left, top) in zip(digits, places, strict=True):
        box = answer["box"]
        assert (answer["digit"], answer["line"]) == (label, line)
        assert left < box["left"] < box["right"] < left + 0.5
        assert top < box["top"] < box["bottom"] < top + 0.5


@pytest.mark.parametrize(
    ("content", "many", "expected"), [("44", False, True), ("44", True, False), ("3:", False, False)]
)
def test_several_sure_digits_give_a_hint(client: httpx.Client, content: str, many: bool, expected: bool):
    assert read(client, many, content)["try_many"] == expected
    assert read(client, many, " ") == {"digits": [], "try_many": False}


def test_page_is_complete_and_loads_nothing_else(client: httpx.Client):
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "http:" not in page.text
    assert "https:" not in page.text
    for path in PAGE.glob("*.*s"):
        kind = {".js": "javascript", ".css": "css"}[path.suffix]
        assert client.get(f"/page/{path.name}").headers["content-type"].startswith(f"text/{kind}")
    assert limits.HEADERS.items() <= {name.title(): text for name, text in page.headers.items()}.items()


@pytest.mark.parametrize("path", ["/../params.yaml", "/page/%2e%2e/server.py", "/page//etc/passwd", "/docs"])
def test_no_other_file_is_served(client: httpx.Client, path: str):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/api/read", "/api/corrections?digit=1", "/api/learn"])
def test_content_types_of_html_forms_are_refused(client: httpx.Client, path: str):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        assert client.post(path, content=b"", headers={"Content-Type": kind}).status_code == 415


@pytest.mark.parametrize("kind", ["IMAGE/PNG", "application/octet-stream; name=a"])
def test_content_types_are_case_insensitive(client: httpx.Client, kind: str):
    answer = client.post("/api/read", content=encoded(digit("4"), "png"), headers={"Content-Type": kind})
    assert answer.json()["digits"][0]["digit"] == 4


def bomb(width: int, height: int) -> bytes:
    return encoded(np.zeros((height, width), bool), "png")


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"", 422, "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "format"),
        (bomb(6000, 6000), 422, "25,000,000"),
        (bomb(1, 5_000_000), 422, "1 x 5,000,000"),
        (bomb(20_000, 20_000), 422, "cannot be decoded"),
        (b"\xff\xd8" + b"\xff\xda" * 200, 422, "scans"),
        (bytes(limits.MAX_BYTES + 1), 413, "10 MiB"),
    ],
)
def test_bad_picture_is_refused_with_a_reason(client: httpx.Client, content: bytes, status: int, reason: str):
    answer = client.post("/api/read", content=content)
    assert answer.status_code == status
    assert reason in answer.json()["detail"]


def test_server_survives_damaged_pictures(client: httpx.Client):
    rng = random.Random(0)
    whole = [encoded(digit("2"), form) for form in ("png", "jpeg", "gif", "bmp", "webp")]
    for number in range(300):
        content = bytearray(whole[number % len(whole)])
        for _ in range(rng.randrange(1, 20)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        damaged = bytes(content[: rng.randrange(len(content))] if number % 2 else content)
        assert client.post("/api/read", content=damaged).status_code in (200, 413, 422)
    assert read(client, False, "2")["digits"][0]["digit"] == 2


def test_correction_is_stored(client: httpx.Client, kept: Path):
    drawing = encoded(digit("1"), "png")
    answer = client.post("/api/corrections?digit=7", content=drawing)
    assert answer.status_code == 201
    assert (kept / answer.json()["stored"]).is_file()
    blank = encoded(np.full((60, 60), 255, np.uint8), "png")
    for number, content in (("10", drawing), ("../1", drawing), ("4", blank)):
        assert client.post(f"/api/corrections?digit={number}", content=content).status_code == 422
    assert {path.name for path in kept.iterdir()} == {"7"}


def test_nothing_is_stored_without_a_folder():
    with served() as (address, _):
        for path in ("/api/corrections?digit=7", "/api/learn"):
            answer = httpx.post(address + path, content=encoded(digit("1"), "png"), headers=PNG, trust_env=False)
            assert answer.status_code == 403
        assert httpx.get(f"{address}/api/about", trust_env=False).json()["stores_corrections"] is False


def test_api_conforms_to_its_openapi_description(address: str, tmp_path: Path):
    excluded = "positive_data_acceptance"  # random bytes are not a picture, which a schema cannot express
    command = ["schemathesis", "run", f"{address}/openapi.json", "--exclude-checks", excluded, "--no-color"]
    options = ["--generation-deterministic", "--max-examples", "25", "--warnings", "off"]  # that most are refused
    done = run([*command, *options], tmp_path, NO_PROXY="*")
    assert "No issues found" in done.stdout
