"""Nobody locks the others out: silent and slow clients, too many of them, requests that are two."""

import contextlib
import logging
import socket
import sys
import time

import pytest

from digits.core import paths
from digits.recognizer.recognizer import Recognizer
from digits.web import connections, server
from serving import ABOUT, eventually, rest, running
from support import ROOT

UPLOAD = b"POST /api/read HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
UNFINISHED = UPLOAD + b"Content-Length: 99\r\n\r\nabc"
STRANGER = "127.0.0.2"  # another client on the same machine

of_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")


@pytest.fixture(scope="module")
def app():
    return server.create(Recognizer(ROOT / paths.RECOGNIZER), ["localhost"])


@pytest.mark.parametrize("content", [b"", b"GET / HTTP/1.1\r\nX: "])
@pytest.mark.parametrize("count", [64, 200])
def test_client_is_served_while_connections_without_a_request_stand(app, count: int, content: bytes):
    with running(app) as it:
        for _ in range(count):
            it.connect(content)
        assert it.ask().startswith(b"HTTP/1.1 200")
        eventually(lambda: it.open < connections.MAX_CONNECTIONS_PER_CLIENT + 1)


@of_linux
def test_client_is_served_while_many_others_fill_all_connections(app):
    with running(app) as it:
        for number in range(200):
            it.connect(source=f"127.0.0.{2 + number // 20}")
        assert it.ask().startswith(b"HTTP/1.1 200")
        eventually(lambda: it.open < connections.MAX_CONNECTIONS + 1)


@pytest.mark.parametrize("before", [b"", UPLOAD.replace(b"image/png", b"text/plain") + b"Content-Length: 999\r\n\r\n"])
def test_connection_that_only_drips_is_closed(app, before: bytes):
    """Before a request, and in a body that was refused with status 415."""
    with running(app, seconds=0.3) as it:
        silent, dripping = it.connect(), it.connect(before)
        for _ in range(8):  # over 0.8 seconds
            with contextlib.suppress(OSError):
                dripping.send(b"G")
            time.sleep(0.1)
        assert it.open == 0
        assert rest(silent) == b""


def test_slow_upload_is_awaited_beyond_the_timeout_of_heads(app):
    with running(app, seconds=0.3) as it:
        client = it.connect(UPLOAD[:50])
        client.sendall(UPLOAD[50:] + b"Content-Length: 6\r\nConnection: close\r\n\r\n")
        for _ in range(6):
            time.sleep(0.1)
            client.sendall(b"x")
        assert rest(client).startswith(b"HTTP/1.1 422")


def test_connection_is_kept_between_requests_and_then_closed(app):
    with running(app, seconds=0.3) as it:
        client = it.connect()
        for _ in range(3):
            client.sendall(ABOUT.replace(b"Connection: close\r\n", b""))
            answer = b""
            while not answer.endswith(b"}"):
                answer += client.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200")
            time.sleep(0.15)
        assert rest(client) == b""


def test_body_of_an_answer_does_not_wait_for_the_receipt_of_its_head(app):
    with running(app) as it:
        it.connect()
        eventually(lambda: it.open == 1)
        (held,) = it.uvicorn.server_state.connections
        assert held.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("at_once", [1, 100])
def test_client_that_takes_no_answers_is_dropped(app, at_once: int):
    """Whether the last answer is complete, or the next ones wait for room."""
    request = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with running(app, seconds=0.3) as it:
        client = it.connect()
        eventually(lambda: it.open == 1)
        (held,) = it.uvicorn.server_state.connections
        held.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        if at_once > 1:
            client.sendall(at_once * request)
            eventually(lambda: held.flow.write_paused)
        while not held.transport.get_write_buffer_size():
            client.sendall(request)
            time.sleep(0.01)
        eventually(lambda: it.open == 0, seconds=3)


@of_linux
def test_client_with_too_many_uploads_is_told_and_others_are_served(app, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "MAX_CONNECTIONS_PER_CLIENT", 4)
    with running(app) as it:
        for _ in range(4):
            it.connect(UNFINISHED, STRANGER)
        eventually(lambda: len(it.uvicorn.server_state.tasks) == 4)
        refused = it.ask(source=STRANGER)
        assert refused.startswith(b"HTTP/1.1 503")
        assert b'{"detail":"too many connections at a time; try again"}' in refused
        assert b"x-content-type-options: nosniff" in refused
        assert it.ask().startswith(b"HTTP/1.1 200")


def test_request_with_two_lengths_is_refused(app):
    with running(app) as it:
        for length in (
            b"Content-Length: 5\r\nTransfer-Encoding: chunked",
            b"transfer-encoding: chunked\r\ncontent-length: 5",
        ):
            for head in (UPLOAD, b"GET / HTTP/1.1\r\nHost: localhost\r\n"):
                refused = it.ask(head + length + b"\r\n\r\n0\r\n\r\n")
                assert refused.startswith(b"HTTP/1.1 400")
                assert b"both Content-Length and Transfer-Encoding" in refused


@pytest.mark.parametrize("ending", [b"", b"broken chunk"])
def test_broken_upload_is_one_line_in_the_log(app, caplog: pytest.LogCaptureFixture, ending: bytes):
    with running(app) as it:
        logging.getLogger("uvicorn.error").addHandler(caplog.handler)
        it.connect(UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" + ending).close()
        eventually(lambda: "was interrupted" in caplog.text)
        logging.getLogger("uvicorn.error").removeHandler(caplog.handler)
    assert [it.message for it in caplog.records if it.message != "Invalid HTTP request received."] == [
        "An upload from 127.0.0.1 was interrupted."
    ]
    assert not any(it.exc_info for it in caplog.records)
