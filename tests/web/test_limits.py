"""Nobody locks the others out: silent and slow clients, too many of them, too much in memory or on disk."""

import contextlib
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import uvicorn

from benchmarks.web import digit, encoded
from digits.recognizer import Recognizer
from digits.recognizer.reading import RECOGNIZER
from digits.web import limits, server
from digits.web.__main__ import listen
from support import ROOT

ABOUT = b"GET /api/about HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
UPLOAD = b"POST /api/read HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
UNFINISHED = UPLOAD + b"Content-Length: 999999\r\n\r\n" + bytes(60_000)
STRANGER = "127.0.0.2"  # another client on the same machine

of_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8")


@dataclass
class Server:
    uvicorn: uvicorn.Server
    port: int
    clients: list[socket.socket] = field(default_factory=list)

    def connect(self, content: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
        """A connection from the address `source` that has sent `content`."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=5, source_address=(source, 0))
        self.clients.append(client)
        client.sendall(content)
        return client

    def ask(self, content: bytes = ABOUT, source: str = "127.0.0.1") -> bytes:
        """What comes for `content` until the server closes the connection."""
        return rest(self.connect(content, source))

    @property
    def open(self) -> int:
        """Connections that the server holds."""
        return len(self.uvicorn.server_state.connections)


@contextlib.contextmanager
def running(folder: Path | None = None, seconds: float = 30) -> Iterator[Server]:
    """The application, which stores corrections in `folder`, with time-outs of `seconds`."""
    app = server.create(Recognizer(ROOT / RECOGNIZER), ["localhost", "127.0.0.1"], folder, lambda _: (None, "refused"))
    with listen("127.0.0.1", 0) as listener:
        running = Server(uvicorn.Server(limits.configure(app, seconds)), listener.getsockname()[1])
        thread = threading.Thread(target=running.uvicorn.run, kwargs={"sockets": [listener]})
        thread.start()
        eventually(lambda: running.uvicorn.server_state.default_headers)
        try:
            yield running
        finally:
            for client in running.clients:
                client.close()
            running.uvicorn.should_exit = True
            thread.join()


def rest(client: socket.socket) -> bytes:
    """What comes until the server closes the connection; raises TimeoutError after five seconds of silence."""
    content = b""
    try:
        while part := client.recv(65536):
            content += part
    except ConnectionError:
        pass
    return content


def eventually(holds: Callable[[], object], seconds: float = 10) -> None:
    """Wait until `holds()`; fails after `seconds`."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def correct(web: Server) -> httpx.Response:
    address, headers = f"http://127.0.0.1:{web.port}/api/corrections?digit=4", {"Content-Type": "image/png"}
    return httpx.post(address, content=encoded(digit("4"), "png"), headers=headers, trust_env=False)


@of_linux
@pytest.mark.parametrize(("clients", "limit"), [(1, limits.MAX_CONNECTIONS_PER_CLIENT), (10, limits.MAX_CONNECTIONS)])
def test_idle_connections_make_room(clients: int, limit: int):
    with running() as web:
        for number in range(200):
            web.connect(b"GET / HTTP/1.1\r\nX: " * (number % 2), f"127.0.0.{1 + number % clients}")
        assert web.ask().startswith(b"HTTP/1.1 200")
        eventually(lambda: web.open <= limit)


@of_linux
def test_busy_client_is_told_and_others_are_served(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "MAX_CONNECTIONS_PER_CLIENT", 4)
    with running() as web:
        for _ in range(4):
            web.connect(UPLOAD + b"Content-Length: 99\r\n\r\nabc", STRANGER)
        eventually(lambda: len(web.uvicorn.server_state.tasks) == 4)
        refused = web.ask(source=STRANGER)
        assert refused.startswith(b"HTTP/1.1 503")
        assert b"X-Content-Type-Options: nosniff".lower() in refused.lower()
        assert web.ask().startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("before", [b"", UPLOAD.replace(b"image/png", b"text/plain") + b"Content-Length: 999\r\n\r\n"])
def test_connection_that_only_drips_is_closed(before: bytes):
    """Before a request, and in a body that was refused with status 415."""
    with running(seconds=0.3) as web:
        silent, dripping = web.connect(), web.connect(before)
        for _ in range(8):  # over 0.8 seconds
            with contextlib.suppress(OSError):
                dripping.send(b"G")
            time.sleep(0.1)
        assert web.open == 0
        assert rest(silent) == b""


def test_slow_upload_is_awaited_longer_than_a_head():
    with running(seconds=0.3) as web:
        client = web.connect(UPLOAD[:50])
        client.sendall(UPLOAD[50:] + b"Content-Length: 6\r\nConnection: close\r\n\r\n")
        for _ in range(6):
            time.sleep(0.1)
            client.sendall(b"x")
        assert rest(client).startswith(b"HTTP/1.1 422")


def test_stalled_upload_times_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "MAX_SECONDS", 0.1)
    with running(seconds=0.3) as web:
        assert web.ask(UNFINISHED).startswith(b"HTTP/1.1 408")


def test_connection_is_kept_between_requests():
    with running(seconds=0.3) as web:
        client = web.connect()
        for _ in range(3):
            client.sendall(ABOUT.replace(b"Connection: close\r\n", b""))
            answer = b""
            while not answer.endswith(b"}"):
                answer += client.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200")
            time.sleep(0.15)
        assert rest(client) == b""


def test_answers_do_not_wait_for_receipts():
    with running() as web:
        web.connect()
        eventually(lambda: web.open == 1)
        (connection,) = web.uvicorn.server_state.connections
        assert connection.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("at_once", [1, 100])
def test_client_that_takes_no_answers_is_dropped(at_once: int):
    """Whether the last answer is complete, or the next ones wait for room."""
    request = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with running(seconds=0.3) as web:
        client = web.connect()
        eventually(lambda: web.open == 1)
        (connection,) = web.uvicorn.server_state.connections
        connection.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        if at_once > 1:
            client.sendall(at_once * request)
            eventually(lambda: connection.flow.write_paused)
        while not connection.transport.get_write_buffer_size():
            client.sendall(request)
            time.sleep(0.01)
        eventually(lambda: web.open == 0, seconds=3)


@pytest.mark.parametrize("limit", ["MAX_HELD", "MAX_HELD_PER_CLIENT"])
def test_uploads_are_bounded_together(monkeypatch: pytest.MonkeyPatch, limit: str):
    monkeypatch.setattr(limits, limit, 100_000)
    with running(seconds=0.3) as web:
        first, second = web.connect(UNFINISHED), web.connect(UNFINISHED)
        assert rest(second).startswith(b"HTTP/1.1 503")
        first.close()
        eventually(lambda: web.open == 0)  # what was held is given back
        third = web.connect(UNFINISHED)
        third.settimeout(0.5)
        with pytest.raises(TimeoutError):
            rest(third)


@pytest.mark.parametrize("ending", [b"", b"broken chunk"])
def test_broken_upload_leaves_no_traceback(caplog: pytest.LogCaptureFixture, ending: bytes):
    with running() as web:
        logging.getLogger("uvicorn.error").addHandler(caplog.handler)
        web.connect(UPLOAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n" + ending).close()
        eventually(lambda: web.open == 0)
        assert web.ask().startswith(b"HTTP/1.1 200")
        logging.getLogger("uvicorn.error").removeHandler(caplog.handler)
    assert not any(record.exc_info for record in caplog.records)


def test_error_of_the_server_is_json_with_headers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "_store", lambda *_: 1 // 0)
    with running(Path("unused")) as web:
        answer = correct(web)
    assert (answer.status_code, answer.json()["detail"]) == (500, "the server failed; its terminal says why")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_correction_that_cannot_be_written_is_507(tmp_path: Path):
    """The folder was there at the start; then a file took its place."""
    folder = tmp_path / "drawings"
    with running(folder) as web:
        folder.write_text("in the way")
        answer = correct(web)
    assert answer.status_code == 507
    assert str(tmp_path) not in answer.text
