"""The web application over real HTTP: what it answers, what it refuses, what it never does."""

import io
import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from conftest import ROOT, run
from PIL import Image

from apps.bench_web import encoded, served, wait_for
from digits import glyphs, params, web_api

PNG = {"Content-Type": "image/png"}


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        yield client


def digit(number: int) -> bytes:
    return encoded(glyphs.page(str(number), glyphs.fonts()[0], glyphs.Look()), "png")


def test_a_digit_is_read(client: httpx.Client):
    (found,) = client.post("/api/read", content=digit(4), headers=PNG).raise_for_status().json()["digits"]
    assert (found["digit"], len(found["probabilities"])) == (4, 10)
    assert found["image"].startswith("data:image/png;base64,")


def test_several_digits_and_none(client: httpx.Client):
    page = np.concatenate([glyphs.page(it, glyphs.fonts()[0], glyphs.Look(size=0.4)) for it in "408"], axis=1)
    found = client.post("/api/read", params={"many": True}, content=encoded(page, "png"), headers=PNG).json()["digits"]
    assert [it["digit"] for it in found] == [4, 0, 8]
    blank = encoded(np.full((60, 60), 255, np.uint8), "png")
    assert client.post("/api/read", content=blank, headers=PNG).json() == {"digits": []}


def test_the_page_loads_nothing_from_elsewhere_and_its_files_are_all_there(client: httpx.Client):
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "http:" not in page.text
    assert "https:" not in page.text
    for name in ("page.css", "page.js", "paper.js", "answer.js"):
        assert client.get(f"/{name}").status_code == 200
    for header, value in (("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")):
        assert page.headers[header] == value
    assert "default-src 'none'" in page.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/../params.yaml", "/%2e%2e/params.yaml", "/page/../web.py", "//etc/passwd", "/docs"])
def test_no_other_file_is_served(client: httpx.Client, path: str):
    assert client.get(path).status_code == 404


def test_a_request_for_another_host_is_refused(client: httpx.Client):
    assert client.get("/", headers={"Host": "attacker.example"}).status_code == 400


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_a_form_of_another_site_could_send_is_refused(client: httpx.Client, kind: str):
    for path in ("/api/read", "/api/corrections?digit=1"):
        assert client.post(path, content=digit(1), headers={"Content-Type": kind}).status_code == 415


def bomb(side: int) -> bytes:
    content = io.BytesIO()
    Image.new("1", (side, side)).save(content, "png")
    return content.getvalue()


def animated() -> bytes:
    content = io.BytesIO()
    frames = [Image.new("L", (50, 50), shade) for shade in range(0, 250, 5)]
    frames[0].save(content, "gif", save_all=True, append_images=frames[1:])
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "status", "says"),
    [
        (b"", 422, "not a whole picture"),
        (b"GIF89a", 422, "not a whole picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 422, "not a whole picture"),
        (bomb(6000), 422, "at most 25,000,000"),
        (bomb(20_000), 422, "not a whole picture"),
        (b"\xff\xd8" + b"\xff\xda" * 200, 422, "more than 100 scans"),
        (bytes(web_api.MOST_BYTES + 1), 413, "more than 10 MiB"),
    ],
)
def test_what_is_no_sane_picture_is_refused_with_a_reason(client: httpx.Client, content: bytes, status: int, says: str):
    answer = client.post("/api/read", content=content, headers=PNG)
    assert answer.status_code == status
    assert says in answer.json()["detail"]


def test_the_first_frame_of_an_animation_is_read(client: httpx.Client):
    assert client.post("/api/read", content=animated(), headers={"Content-Type": "image/gif"}).json() == {"digits": []}


def test_damaged_pictures_leave_it_serving(client: httpx.Client):
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


def test_an_upload_that_stalls_is_ended(address: str):
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=web_api.MOST_SECONDS + 10) as connection:
        head = f"POST /api/read HTTP/1.1\r\nHost: {host}\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\nabc"
        connection.sendall(head.encode())
        assert b" 408 " in connection.recv(1000)


def test_a_correction_is_kept_as_a_picture_that_the_evaluation_reads(client: httpx.Client, kept: Path):
    answer = client.post("/api/corrections", params={"digit": 7}, content=digit(1), headers=PNG)
    assert answer.status_code == 201
    assert (kept / answer.json()["stored"]).is_file()
    assert {path.name for path in kept.iterdir()} == {"7"}
    assert client.post("/api/corrections", params={"digit": 10}, content=digit(1), headers=PNG).status_code == 422
    assert client.post("/api/corrections", params={"digit": "../1"}, content=digit(1), headers=PNG).status_code == 422


def test_nothing_is_kept_unless_a_folder_was_named():
    with served() as (address, _):
        answer = httpx.post(f"{address}/api/corrections?digit=7", content=digit(1), headers=PNG, trust_env=False)
        assert answer.status_code == 403
        assert httpx.get(f"{address}/api/about", trust_env=False).json()["stores_corrections"] is False


def test_the_interface_keeps_its_own_description_whatever_is_sent(address: str, tmp_path: Path):
    unmeant = "positive_data_acceptance"  # random bytes are no picture, which the description cannot say
    command = ["schemathesis", "run", f"{address}/openapi.json", "--exclude-checks", unmeant, "--no-color"]
    options = ["--generation-deterministic", "--max-examples", "60"]
    done = run([*command, *options], tmp_path, NO_PROXY="*")
    assert "No issues found" in done.stdout


def test_params_and_api_agree_on_the_folder():
    assert (ROOT / params.load(ROOT / "params.yaml").evaluate_recogniser.corrections).is_dir()


def test_an_ipv6_address_is_printed_as_a_browser_takes_it():
    try:
        with socket.socket(socket.AF_INET6) as free:
            free.bind(("::1", 0))
            port = free.getsockname()[1]
    except OSError:
        pytest.skip("this machine has no IPv6")
    one = "0:0:0:0:0:0:0:1"  # ::1, written as the application does not know it beforehand
    command = [sys.executable, "-m", "apps.web", "--host", one, "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            printed = server.stdout.readline().split()[1]
            wait_for(printed, server)
            hosts = (f"[{one}]:{port}", f"[::2]:{port}")
            answers = [httpx.get(printed, headers={"Host": host}, trust_env=False).status_code for host in hosts]
        finally:
            server.terminate()
    assert printed == f"http://[{one}]:{port}"
    assert answers == [200, 400]
