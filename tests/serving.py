"""A server in a thread of the tests, with time-outs that they choose."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI

from digits.web import connections

ABOUT = b"GET /api/about HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


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


@contextmanager
def running(app: FastAPI, seconds: float = 30) -> Iterator[Server]:
    """Serve `app` with time-outs of `seconds`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(uvicorn.Server(connections.configure(app, seconds)), listener.getsockname()[1])
        thread = threading.Thread(target=server.uvicorn.run, kwargs={"sockets": [listener]})
        thread.start()
        eventually(lambda: server.uvicorn.server_state.default_headers)
        try:
            yield server
        finally:
            for client in server.clients:
                client.close()
            server.uvicorn.should_exit = True
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
