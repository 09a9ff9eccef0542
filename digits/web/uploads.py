"""Receives pictures and works on them, within limits of time and memory."""

import asyncio
import io
import logging
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from fastapi import HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from digits.imaging import image_io
from digits.web import schema

MAX_DECODING = 2  # pictures decoded at a time, to bound memory
MAX_HELD = 100 * 2**20  # bytes of all uploads that are received or wait for decoding
MAX_HELD_PER_CLIENT = 25 * 2**20
JPEG_START, SCAN_START = b"\xff\xd8", b"\xff\xda"
MAX_SCANS = 100  # of a progressive JPEG, which usually has ten; decoding each takes as long as a whole picture
LOG = logging.getLogger("uvicorn.error")
Result = TypeVar("Result")


class Uploads:
    """The uploads that are received or worked on at present."""

    def __init__(self) -> None:
        self._held: Counter[str] = Counter()  # bytes of each client's uploads
        self._decoding = asyncio.Semaphore(MAX_DECODING)

    async def work_on(self, request: Request, work: Callable[[np.ndarray], Result]) -> Result:
        """Receive a picture and return `work` of it, (h, w) uint8, which is called in a thread.

        Raises HTTPException with one of the statuses in `schema.PROBLEMS`.
        """
        check_kind(request.headers.get("content-type", ""))
        client = request.client.host if request.client else ""
        content = bytearray()
        try:
            await self._receive(request, client, content)
            async with self._decoding:
                return await run_in_threadpool(lambda: work(_picture(bytes(content))))
        finally:
            self._held[client] -= len(content)
            self._held += Counter()  # forgets clients that hold nothing

    async def _receive(self, request: Request, client: str, content: bytearray) -> None:
        try:
            async with asyncio.timeout(schema.MAX_SECONDS):
                async for part in request.stream():
                    if len(content) + len(part) > schema.MAX_BYTES:
                        raise HTTPException(413, f"the upload is larger than {schema.MAX_BYTES // 2**20} MiB")
                    self._hold(client, len(part))
                    content += part
        except TimeoutError as error:
            LOG.warning("An upload from %s took longer than %s seconds.", client, schema.MAX_SECONDS)
            raise HTTPException(408, f"the upload took longer than {schema.MAX_SECONDS} seconds") from error
        except ClientDisconnect as error:
            LOG.warning("An upload from %s was interrupted.", client)
            raise HTTPException(400, "the upload was interrupted") from error

    def _hold(self, client: str, length: int) -> None:
        if self._held[client] + length > MAX_HELD_PER_CLIENT or self._held.total() + length > MAX_HELD:
            raise HTTPException(503, "too many uploads at a time; try again", {"Retry-After": "1"})
        self._held[client] += length


def check_kind(content_type: str) -> None:
    """Raises HTTPException 415 for what forms of other sites can send."""
    kind = content_type.partition(";")[0].strip().lower()
    if not kind.startswith("image/") and kind != "application/octet-stream":
        raise HTTPException(415, f"Content-Type is {content_type!r}; expected image/png or another image type")


def _picture(content: bytes) -> np.ndarray:
    if content.startswith(JPEG_START) and content.count(SCAN_START) > MAX_SCANS:
        raise HTTPException(422, f"the JPEG has more than {MAX_SCANS} scans")
    try:
        return image_io.read(io.BytesIO(content), schema.MAX_PIXELS)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
