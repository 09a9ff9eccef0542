"""The web application over real HTTP: answers, limits, refused requests."""

import io
import random
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from benchmarks.web import encoded, served
from digits.synthetic import fonts
from digits.web import schema
from digits.web.server import PAGE
from support import run

KINDS = {".js": "text/javascript", ".css": "text/css"}
PNG = {"Content-Type": "image/png"}


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        yield client


def digit(number: int) -> bytes:
    return encoded(fonts.page(str(number), fonts.fonts()[0], fonts.GlyphStyle()), "png")


def test_a_digit_is_recognized(client: httpx.Client):
    (found,) = client.post("/api/read", content=digit(4), headers=PNG).raise_for_status().json()["digits"]
    assert (found["digit"], len(found["probabilities"])) == (4, 10)
    assert found["image"].startswith("data:image/png;base64,")


def test_page_is_complete_and_loads_nothing_from_other_hosts(client: httpx.Client):
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "http:" not in page.text
    assert "https:" not in page.text
    for path in PAGE.glob("*.*s"):
        assert client.get(f"/{path.name}").headers["content-type"].startswith(KINDS[path.suffix])
    for header, value in (("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")):
        assert page.headers[header] == value
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/page.js", "/api/about", "/openapi.json"])
def test_head_has_the_headers_of_get_and_no_content(client: httpx.Client, path: str):
    head, whole = client.head(path), client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}


def test_description_names_every_status(client: httpx.Client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {"400", "408", "413", "415", "422", "500", "503"} < paths["/api/read"]["post"]["responses"].keys()
    assert {"403", "500", "503", "507"} < paths["/api/corrections"]["post"]["responses"].keys()


@pytest.mark.parametrize("path", ["/../params.yaml", "/%2e%2e/params.yaml", "/page/../x.py", "//etc/passwd", "/docs"])
def test_no_other_file_is_served(client: httpx.Client, path: str):
    assert client.get(path).status_code == 404


def test_a_request_for_another_host_is_refused(client: httpx.Client):
    assert client.get("/", headers={"Host": "attacker.example"}).status_code == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_content_types_of_html_forms_are_refused(client: httpx.Client, kind: str):
    for path in ("/api/read", "/api/corrections?digit=1", "/api/learn"):
        assert client.post(path, content=digit(1), headers={"Content-Type": kind}).status_code == 415


def bomb(width: int, height: int) -> bytes:
    content = io.BytesIO()
    Image.new("1", (width, height)).save(content, "png")
    return content.getvalue()


def animated() -> bytes:
    content = io.BytesIO()
    frames = [Image.new("L", (50, 50), shade) for shade in range(0, 250, 5)]
    frames[0].save(content, "gif", save_all=True, append_images=frames[1:])
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        (b"", 422, "the file is empty"),
        (b"GIF89a", 422, "not a picture of a known format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "not a picture of a known format"),
        (bomb(6000, 6000), 422, "at most 25,000,000"),
        (bomb(1, 5_000_000), 422, "the picture has 1 x 5,000,000 pixels"),
        (bomb(20_000, 20_000), 422, "the picture cannot be decoded"),
        (b"\xff\xd8" + b"\xff\xda" * 200, 422, "more than 100 scans"),
        (bytes(schema.MAX_BYTES + 1), 413, "larger than 10 MiB"),
    ],
)
def test_bad_picture_is_refused_with_a_reason(client: httpx.Client, content: bytes, status: int, reason: str):
    answer = client.post("/api/read", content=content, headers=PNG)
    assert answer.status_code == status
    assert reason in answer.json()["detail"]


def test_animation_gives_its_first_frame(client: httpx.Client):
    answer = client.post("/api/read", content=animated(), headers={"Content-Type": "image/gif"})
    assert answer.json()["digits"] == []


def test_server_survives_damaged_pictures(client: httpx.Client):
    rng = random.Random(0)
    whole = [
        encoded(np.asarray(Image.open(io.BytesIO(digit(2)))), form) for form in ("png", "jpeg", "gif", "bmp", "webp")
    ]
    for number in range(300):
        content = bytearray(whole[number % len(whole)])
        for _ in range(rng.randrange(1, 20)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        damaged = bytes(content[: rng.randrange(len(content))] if number % 2 else content)
        assert client.post("/api/read", content=damaged, headers=PNG).status_code in (200, 413, 422)
    assert client.post("/api/read", content=digit(2), headers=PNG).json()["digits"][0]["digit"] == 2


def test_correction_is_stored(client: httpx.Client, kept: Path):
    answer = client.post("/api/corrections", params={"digit": 7}, content=digit(1), headers=PNG)
    assert answer.status_code == 201
    assert (kept / answer.json()["stored"]).is_file()
    assert {path.name for path in kept.iterdir()} == {"7"}
    assert client.post("/api/corrections", params={"digit": 10}, content=digit(1), headers=PNG).status_code == 422
    assert client.post("/api/corrections", params={"digit": "../1"}, content=digit(1), headers=PNG).status_code == 422


def test_nothing_is_stored_without_a_folder():
    with served() as (address, _):
        answer = httpx.post(f"{address}/api/corrections?digit=7", content=digit(1), headers=PNG, trust_env=False)
        assert answer.status_code == 403
        assert httpx.get(f"{address}/api/about", trust_env=False).json()["stores_corrections"] is False


def test_api_conforms_to_its_openapi_description(address: str, tmp_path: Path):
    excluded = "positive_data_acceptance"  # random bytes are not a picture, which a schema cannot express
    command = ["schemathesis", "run", f"{address}/openapi.json", "--exclude-checks", excluded, "--no-color"]
    options = ["--generation-deterministic", "--max-examples", "25", "--warnings", "off"]  # that most are refused
    done = run([*command, *options], tmp_path, NO_PROXY="*")
    assert "No issues found" in done.stdout
