"""How connections are held: with time-outs and within limits, so that nobody can lock the others out.

Public: `configure`.
"""

import asyncio
import socket

import uvicorn
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

SECONDS = 5  # to send a request's head, and to take an answer
MAX_CONNECTIONS = 128
MAX_CONNECTIONS_PER_CLIENT = 32  # browsers open six
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
CLOSE = {"Connection": "close"}
BUSY = JSONResponse({"detail": "too many connections at a time; try again"}, 503, {**CLOSE, "Retry-After": "1"})
AMBIGUOUS = JSONResponse({"detail": "the request has both Content-Length and Transfer-Encoding"}, 400, CLOSE)


def configure(app: ASGIApp, seconds: float = SECONDS) -> uvicorn.Config:
    """The configuration of a server of `app`, which adds HEADERS to each answer."""
    return uvicorn.Config(
        _unambiguous(app),
        http=Connection,
        log_level="warning",
        server_header=False,
        headers=list(HEADERS.items()),
        timeout_keep_alive=seconds,  # type: ignore[arg-type]  # fractions work as well
    )


def _unambiguous(app: ASGIApp) -> ASGIApp:
    """`app` without requests that a proxy could take for two."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        names = {name for name, _ in scope.get("headers", ())}
        await (AMBIGUOUS if {b"content-length", b"transfer-encoding"} <= names else app)(scope, receive, send)

    return guarded


class Connection(H11Protocol):
    """Closed if it sends no complete head of a request, or takes no answer, within `timeout_keep_alive` seconds.

    uvicorn's own starts this time-out after an answer and stops it at the first byte of the next request. Here it
    starts with the connection and stops when the head is complete. While it runs, the connection is idle: the longest
    idle one is closed for a new one beyond the limits. If none is idle, the new one gets status 503.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does so only for sockets that it made; without it each answer waits 40 ms for the head's receipt
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.host = self.client[0] if self.client else ""
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        everyone = [it for it in self.connections if isinstance(it, Connection) and it is not self]
        self._make_room([it for it in everyone if it.host == self.host], MAX_CONNECTIONS_PER_CLIENT)
        self._make_room(everyone, MAX_CONNECTIONS)

    def _make_room(self, others: list["Connection"], limit: int) -> None:
        present = [it for it in others if not it.transport.is_closing()]
        if len(present) < limit:
            return
        idle = [(it.timeout_keep_alive_task.when(), it) for it in present if it.timeout_keep_alive_task]
        if idle:
            min(idle, key=lambda it: it[0])[1].transport.abort()
        else:
            self.app = BUSY

    def data_received(self, data: bytes) -> None:
        self.conn.receive_data(data)
        self.handle_events()  # stops the time-out at a complete head

    def timeout_keep_alive_handler(self) -> None:
        self.transport.abort()  # closing would wait for a client that does not take its answer

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(self.timeout_keep_alive, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stalled.cancel()
