"""Uploads within limits of memory, a helpful sentence for what is no picture, and what happens if the server fails."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from benchmarks.web import digit, encoded
from digits.core import paths
from digits.recognizer import corrections
from digits.recognizer.recognizer import Recognizer
from digits.web import connections, schema, server, uploads
from serving import eventually, rest, running
from support import ROOT

PNG = {"Content-Type": "image/png"}
HALF = (
    b"POST /api/read HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 999999\r\n\r\n"
    + bytes(60_000)
)


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    return Recognizer(ROOT / paths.RECOGNIZER)


@pytest.mark.parametrize("limit", ["MAX_HELD", "MAX_HELD_PER_CLIENT"])
def test_uploads_are_bounded_together(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch, limit: str):
    monkeypatch.setattr(uploads, limit, 100_000)
    with running(server.create(recognizer, ["localhost"]), seconds=0.3) as it:
        first, second = it.connect(HALF), it.connect(HALF)
        refused = rest(second)
        assert refused.startswith(b"HTTP/1.1 503")
        assert b'{"detail":"too many uploads at a time; try again"}' in refused
        first.close()
        eventually(lambda: it.open == 0)  # what was held is given back
        third = it.connect(HALF)
        third.settimeout(0.5)
        with pytest.raises(TimeoutError):
            rest(third)


def test_stalled_upload_times_out(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(schema, "MAX_SECONDS", 0.1)
    app = server.create(recognizer, ["*"])

    async def stalled() -> AsyncIterator[bytes]:
        yield b"abc"
        await asyncio.sleep(60)

    async def post() -> int:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return (await client.post("/api/read", content=stalled(), headers=PNG)).status_code

    assert asyncio.run(post()) == 408


@pytest.mark.parametrize("kind", ["IMAGE/PNG", "Image/Jpeg", "application/octet-stream; name=a"])
def test_media_types_are_case_insensitive(recognizer: Recognizer, kind: str):
    with running(server.create(recognizer, ["127.0.0.1"])) as it:
        content = encoded(digit("4"), "png")
        answer = httpx.post(url(it.port, "read"), content=content, headers={"Content-Type": kind}, trust_env=False)
    assert answer.json()["digits"][0]["digit"] == 4


def test_error_of_the_server_is_json_with_security_headers(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "_read", lambda *_: 1 // 0)
    with running(server.create(recognizer, ["127.0.0.1"])) as it:
        answer = httpx.post(url(it.port, "read"), content=encoded(digit("4"), "png"), headers=PNG, trust_env=False)
    assert answer.status_code == 500
    assert answer.json() == {"detail": "the server failed; its terminal says why"}
    assert connections.HEADERS.items() <= {name.title(): text for name, text in answer.headers.items()}.items()


def test_correction_that_cannot_be_written_gets_507(recognizer: Recognizer, tmp_path: Path):
    """The folder was there at the start; then a file took its place."""
    folder = tmp_path / "kept"
    with running(server.create(recognizer, ["127.0.0.1"], folder)) as it:
        statuses = []
        for place in (folder.mkdir, lambda: (shutil.rmtree(folder), folder.write_text("in the way"))):
            place()
            answer = correct(it.port, digit("4"))
            statuses.append(answer.status_code)
    assert statuses == [201, 507]
    assert answer.json()["detail"].startswith("the drawing was not stored: ")
    assert str(tmp_path) not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_corrections_are_bounded_on_disk(recognizer: Recognizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(corrections, "MAX_STORED", 20_000)
    with running(server.create(recognizer, ["127.0.0.1"], tmp_path)) as it:
        answers = [correct(it.port, digit(str(number))) for number in range(6)]
    assert answers[0].status_code == 201
    assert answers[-1].status_code == 507
    assert "there are too many drawings" in answers[-1].json()["detail"]
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.png")) <= 20_000


def test_blank_drawing_is_no_correction(recognizer: Recognizer, tmp_path: Path):
    with running(server.create(recognizer, ["127.0.0.1"], tmp_path)) as it:
        answer = correct(it.port, np.full((60, 60), 255, np.uint8))
    assert answer.status_code == 422
    assert "nothing to correct" in answer.json()["detail"]
    assert list(tmp_path.iterdir()) == []


def correct(port: int, drawing: np.ndarray) -> httpx.Response:
    address = f"{url(port, 'corrections')}?digit=4"
    return httpx.post(address, content=encoded(drawing, "png"), headers=PNG, trust_env=False)


def url(port: int, name: str) -> str:
    return f"http://127.0.0.1:{port}/api/{name}"
