"""The recogniser as a web application: a page to draw on and the JSON interface behind it.

Knows HTTP: routes, limits, headers. The types are those of `web_api`, the page itself is in `page/`; what a picture
holds is found by `images` and read by `recogniser`. No name or path that comes from a client is ever opened.
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

from digits import corrections, images, picture_files, web_api
from digits.picture_files import Picture
from digits.recogniser import Recogniser
from digits.web_api import About, Digit, Digits, Number, Stored

AT_ONCE = 2  # pictures that are decoded at a time, so that memory is bounded
JPEG, SCAN = b"\xff\xd8", b"\xff\xda"
MOST_SCANS = 100  # of a progressive JPEG, which commonly has ten
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


def create(recogniser: Recogniser, hosts: list[str], kept: Path | None = None) -> FastAPI:
    """The application, for requests to `hosts` alone; corrections are stored in folder `kept`, if there is one."""
    app = FastAPI(title="Digits", version="1", description="Reads handwritten digits.", docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
    app.middleware("http")(_with_headers)
    for path in (it for it in PAGE.iterdir() if it.suffix in KINDS):
        app.get("/" if path.name == "index.html" else f"/{path.name}", include_in_schema=False)(_file(path))
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(request: Request, work: Callable[[Picture], Any]) -> Any:
        content = await _body(request)
        async with turns:
            return await run_in_threadpool(lambda: work(_picture(content)))

    @app.get("/api/about")
    def about() -> About:
        card = recogniser.card
        return About(model=card["model"], sure_from=card["threshold"], stores_corrections=kept is not None)

    @app.post("/api/read", responses=web_api.PROBLEMS, openapi_extra=web_api.UPLOAD)
    async def read(request: Request, many: Annotated[bool, Query(description="find several digits")] = False) -> Digits:
        return await in_turn(request, lambda picture: _read(recogniser, picture, many))

    responses = {**web_api.PROBLEMS, **web_api.NOT_STORED}

    @app.post("/api/corrections", status_code=201, responses=responses, openapi_extra=web_api.UPLOAD)
    async def correct(request: Request, digit: Number) -> Stored:
        if kept is None:
            raise HTTPException(403, "nothing is stored; start it with --corrections FOLDER")
        path = await in_turn(request, lambda picture: corrections.store(kept, picture, digit))
        return Stored(stored=f"{digit}/{path.name}")

    return app


async def _with_headers(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
    response = await answer(request)
    response.headers.update(HEADERS)
    return response


def _file(path: Path) -> Callable[[], Response]:
    """Answers with the content that `path` has now: nothing is opened when a client asks."""
    content, kind = path.read_bytes(), KINDS[path.suffix]
    return lambda: Response(content, media_type=kind)


async def _body(request: Request) -> bytes:
    """The upload, as long as it is announced as a picture, in time and not too large."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("image/") and kind != "application/octet-stream":  # what a form of another site may send
        raise HTTPException(415, f"Content-Type is {kind!r}; expected image/png or another kind of image")
    content = bytearray()
    try:
        async with asyncio.timeout(web_api.MOST_SECONDS):
            async for part in request.stream():
                content += part
                if len(content) > web_api.MOST_BYTES:
                    raise HTTPException(413, f"more than {web_api.MOST_BYTES // 2**20} MiB")
    except TimeoutError as error:
        raise HTTPException(408, f"the upload took longer than {web_api.MOST_SECONDS} seconds") from error
    except ClientDisconnect as error:
        raise HTTPException(400, "the upload broke off") from error
    return bytes(content)


def _picture(content: bytes) -> Picture:
    if content.count(SCAN) > MOST_SCANS and content.startswith(JPEG):
        raise HTTPException(
            422, f"a JPEG of more than {MOST_SCANS} scans, each of which takes as long as a whole picture"
        )
    try:
        return picture_files.read(io.BytesIO(content), web_api.MOST_PIXELS)
    except ValueError as error:
        raise HTTPException(422, str(error)) from error


def _read(recogniser: Recogniser, picture: Picture, many: bool) -> Digits:
    prepared = images.prepare(picture, many)
    readings = zip(recogniser.read(prepared), prepared, strict=True)
    return Digits(digits=[Digit(**vars(reading), image=_data_uri(image)) for reading, image in readings])


def _data_uri(image: np.ndarray) -> str:
    content = io.BytesIO()
    Image.fromarray(image).save(content, "png")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
