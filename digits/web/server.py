"""The web application: routes, limits and headers of the page and its JSON API.

The files of the page are read once, at the start; no name or path sent by a client is ever opened.
"""

import asyncio
import base64
import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from PIL import Image
from starlette.requests import ClientDisconnect

from digits.imaging import image_io, mnist_format
from digits.recognizer import corrections
from digits.recognizer.recognizer import Recognizer
from digits.web import schema
from digits.web.schema import About, Digit, DigitLabel, Digits, Stored

MAX_DECODING = 2  # pictures decoded at a time, to bound memory
JPEG_START, SCAN_START = b"\xff\xd8", b"\xff\xda"
MAX_SCANS = 100  # of a progressive JPEG, which usually has ten; decoding each takes as long as a whole picture
PAGE = Path(__file__).with_name("page")
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def create(recognizer: Recognizer, hosts: list[str], folder: Path | None = None) -> FastAPI:
    """The application. It answers only requests whose Host header is one of `hosts` ("*" allows any), and stores
    corrections in `folder`; without a folder it refuses them."""
    app = FastAPI(
        title="Digits", version="1", description="Recognizes handwritten digits.", docs_url=None, redoc_url=None
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
    app.middleware("http")(_with_headers)
    for path in (it for it in PAGE.iterdir() if it.suffix in KINDS):
        app.get("/" if path.name == "index.html" else f"/{path.name}", include_in_schema=False)(_file(path))
    decoding = asyncio.Semaphore(MAX_DECODING)

    async def with_picture(request: Request, work: Callable[[np.ndarray], Any]) -> Any:
        content = await _body(request)
        async with decoding:
            return await run_in_threadpool(lambda: work(_picture(content)))

    @app.get("/api/about")
    def about() -> About:
        card = recognizer.card
        return About(model=card["model"], threshold=card["threshold"], stores_corrections=folder is not None)

    @app.post("/api/read", responses=schema.PROBLEMS, openapi_extra=schema.UPLOAD)
    async def read(request: Request, many: Annotated[bool, Query(description="find several digits")] = False) -> Digits:
        return await with_picture(request, lambda picture: _read(recognizer, picture, many))

    responses = {**schema.PROBLEMS, **schema.NOT_STORED}

    @app.post("/api/corrections", status_code=201, responses=responses, openapi_extra=schema.UPLOAD)
    async def correct(request: Request, digit: DigitLabel) -> Stored:
        if folder is None:
            raise HTTPException(403, "corrections are not stored; start the application with --corrections FOLDER")
        path = await with_picture(request, lambda picture: corrections.store(folder, picture, digit))
        return Stored(stored=f"{digit}/{path.name}")

    return app


async def _with_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    response.headers.update(HEADERS)
    return response


def _file(path: Path) -> Callable[[], Response]:
    """A route that returns the content of `path`, read when the route is made."""
    content, kind = path.read_bytes(), KINDS[path.suffix]
    return lambda: Response(content, media_type=kind)


async def _body(request: Request) -> bytes:
    """The upload. Raises HTTPException if it is not declared as a picture, too slow, too large or interrupted."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("image/") and kind != "application/octet-stream":  # forms of other sites cannot send these
        raise HTTPException(415, f"Content-Type is {kind!r}; expected image/png or another image type")
    content = bytearray()
    try:
        async with asyncio.timeout(schema.MAX_SECONDS):
            async for part in request.stream():
                content += part
                if len(content) > schema.MAX_BYTES:
                    raise HTTPException(413, f"the upload is larger than {schema.MAX_BYTES // 2**20} MiB")
    except TimeoutError as error:
        raise HTTPException(408, f"the upload took longer than {schema.MAX_SECONDS} seconds") from error
    except ClientDisconnect as error:
        raise HTTPException(400, "the upload was interrupted") from error
    return bytes(content)


def _picture(content: bytes) -> np.ndarray:
    if content.startswith(JPEG_START) and content.count(SCAN_START) > MAX_SCANS:
        raise HTTPException(422, f"the JPEG has more than {MAX_SCANS} scans")
    try:
        return image_io.read(io.BytesIO(content), schema.MAX_PIXELS)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error


def _read(recognizer: Recognizer, picture: np.ndarray, many: bool) -> Digits:
    prepared = mnist_format.prepare(picture, many)
    predictions = zip(recognizer.read(prepared), prepared, strict=True)
    return Digits(digits=[Digit(**vars(prediction), image=_data_uri(image)) for prediction, image in predictions])


def _data_uri(image: np.ndarray) -> str:
    content = io.BytesIO()
    Image.fromarray(image).save(content, "png")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
