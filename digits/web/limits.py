"""Limits of time, memory and connections, so that nobody can lock the others out."""

import asyncio
import io
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import uvicorn
from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from digits.imaging import pictures

SECONDS = 5  # to send a request's head, and to take an answer
MAX_CONNECTIONS = 128
MAX_CONNECTIONS_PER_CLIENT = 32  # browsers open six
MAX_BYTES = 10 * 2**20  # of an upload
MAX_SECONDS = 10  # for an upload
MAX_DECODING = 2  # pictures decoded at a time, to bound memory
MAX_PIXELS = 25_000_000  # of a picture in gray or a JPEG, half as many in color: decoding takes up to 24 bytes for each
MAX_HELD = 100 * 2**20  # bytes of all uploads that are received or wait for decoding
MAX_HELD_PER_CLIENT = 25 * 2**20
MAX_SCANS = 100  # of a progressive JPEG, which usually has ten; decoding each takes as long as a whole picture
Result = TypeVar("Result")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def configure(app: ASGIApp, seconds: float = SECONDS) -> uvicorn.Config:
    """The configuration of a server of `app`, which adds HEADERS to each answer."""
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        log_level="warning",
        server_header=False,
        headers=list(HEADERS.items()),
        timeout_keep_alive=seconds,  # type: ignore[arg-type]  # fractions work as well
    )


class Connection(H11Protocol):
    """Closed if it sends no complete head of a request, or takes no answer, within `timeout_keep_alive` seconds.

    uvicorn's time-out, from an answer to the first byte of the next request, starts here with the connection and stops
    when the head is complete. While it runs, the connection is idle: the longest idle one is closed for a new one
    beyond the limits. If none is idle, the new one gets status 503; uvicorn alone would let idle ones keep all out.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.host = self.client[0] if self.client else ""
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        others = [other for other in self.connections if isinstance(other, Connection) and other is not self]
        self._make_room([other for other in others if other.host == self.host], MAX_CONNECTIONS_PER_CLIENT)
        self._make_room(others, MAX_CONNECTIONS)

    def _make_room(self, others: list["Connection"], limit: int) -> None:
        present = [other for other in others if not other.transport.is_closing()]
        idle = {other.timeout_keep_alive_task.when(): other for other in present if other.timeout_keep_alive_task}
        if len(present) >= limit and idle:
            idle[min(idle)].transport.abort()
        elif len(present) >= limit:
            self.limit_concurrency = 0  # of this connection: uvicorn answers 503

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


class Uploads:
    """The uploads that are received or processed at present."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()  # bytes of each client's uploads
        self._decoding = asyncio.Semaphore(MAX_DECODING)

    async def receive_and_process(self, request: Request, process: Callable[[np.ndarray], Result]) -> Result:
        """Receive a picture and return `process` of it, (h, w) uint8, which is called in a thread.

        Raises HTTPException with one of the statuses in `server.PROBLEMS`.
        """
        check_content_type(request)
        client = request.client.host if request.client else ""
        content = bytearray()
        try:
            async with asyncio.timeout(MAX_SECONDS):
                async for part in request.stream():
                    if len(content) + len(part) > MAX_BYTES:
                        raise HTTPException(413, f"the upload is larger than {MAX_BYTES // 2**20} MiB")
                    held, all_held = self._held[client] + len(part), self._held.total() + len(part)
                    if held > MAX_HELD_PER_CLIENT or all_held > MAX_HELD:
                        raise HTTPException(503, "too many uploads at a time; try again", {"Retry-After": "1"})
                    self._held[client] += len(part)
                    content += part
            async with self._decoding:
                return await run_in_threadpool(lambda: process(_decode(bytes(content))))
        except TimeoutError as error:
            raise HTTPException(408, f"the upload took longer than {MAX_SECONDS} seconds") from error
        except ClientDisconnect as error:
            raise HTTPException(400, "the upload was interrupted") from error
        finally:
            self._held[client] -= len(content)
            self._held += Counter()  # forgets clients that hold nothing


def check_content_type(request: Request) -> None:
    """Raises HTTPException 415 for the types that forms of other sites can send."""
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if not kind.startswith("image/") and kind != "application/octet-stream":
        raise HTTPException(415, f"Content-Type is {content_type!r}; expected image/png or another image type")


def _decode(content: bytes) -> np.ndarray:
    if content.startswith(b"\xff\xd8") and content.count(b"\xff\xda") > MAX_SCANS:  # how a JPEG and a scan begin
        raise HTTPException(422, f"the JPEG has more than {MAX_SCANS} scans")
    try:
        return pictures.read(io.BytesIO(content), MAX_PIXELS)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
