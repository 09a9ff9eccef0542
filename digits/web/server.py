"""The web application: routes of the page and its JSON API.

The files of the page are read once, at the start; no name or path sent by a client is ever opened.
"""

import asyncio
import base64
import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import JSONResponse
from PIL import Image

from digits.core.errors import UserError
from digits.imaging import mnist_format
from digits.recognizer import corrections, rows
from digits.recognizer.recognizer import Prediction, Recognizer
from digits.web import schema
from digits.web.schema import About, Box, Digit, DigitLabel, Digits, Learned, Stored
from digits.web.uploads import Uploads, check_kind

PAGE = Path(__file__).with_name("page")
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
LOG = logging.getLogger("uvicorn.error")
Learning = Callable[[Path], tuple[Recognizer | None, str]]


def create(
    recognizer: Recognizer, hosts: list[str], folder: Path | None = None, learn_from: Learning | None = None
) -> FastAPI:
    """The application. It answers only requests whose Host header is one of `hosts` ("*" allows any), stores
    corrections in `folder` and learns from them with `learn_from`, which returns a new recognizer, None if that was
    refused, and what was measured; without a folder it refuses both. Serve it with `connections.configure`."""
    app = FastAPI(
        title="Digits", version="1", description="Recognizes handwritten digits.", docs_url=None, redoc_url=None
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
    app.add_exception_handler(Exception, _failed)
    for path in (it for it in PAGE.iterdir() if it.suffix in KINDS):
        app.add_route("/" if path.name == "index.html" else f"/{path.name}", _file(path))
    app.state.recognizer = recognizer
    uploads = Uploads()

    @app.head("/api/about", include_in_schema=False)
    @app.get("/api/about")
    def about() -> About:
        card = app.state.recognizer.card
        return About(model=card["model"], threshold=card["threshold"], stores_corrections=folder is not None)

    @app.post("/api/read", responses=schema.PROBLEMS, openapi_extra=schema.UPLOAD)
    async def read(request: Request, many: Annotated[bool, Query(description="find several digits")] = False) -> Digits:
        return await uploads.work_on(request, lambda picture: _read(app.state.recognizer, picture, many))

    responses = {**schema.PROBLEMS, **schema.NOT_STORED}

    @app.post("/api/corrections", status_code=201, responses=responses, openapi_extra=schema.UPLOAD)
    async def correct(request: Request, digit: DigitLabel) -> Stored:
        if folder is None:
            raise HTTPException(403, "corrections are not stored; start the application with --corrections FOLDER")
        return await uploads.work_on(request, lambda picture: _store(folder, picture, digit))

    if folder and learn_from:
        _offer_learning(app, folder, learn_from)
    return app


def _offer_learning(app: FastAPI, folder: Path, learn_from: Learning) -> None:
    alone = asyncio.Lock()

    @app.post("/api/learn", responses=schema.NOT_LEARNED, openapi_extra=schema.UPLOAD)
    async def learn(request: Request) -> Learned:
        check_kind(request.headers.get("content-type", ""))
        if alone.locked():
            raise HTTPException(503, "it is learning already", {"Retry-After": "5"})
        async with alone:
            try:
                found, outcome = await run_in_threadpool(learn_from, folder)
            except UserError as error:  # the client must not learn the path
                raise HTTPException(422, str(error).replace(str(folder), folder.name)) from error
        app.state.recognizer = found or app.state.recognizer
        return Learned(used=found is not None, outcome=outcome)


async def _failed(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": "the server failed; its terminal says why"}, 500)


def _file(path: Path) -> Callable[[Request], Response]:
    """A route that returns the content of `path`, read when the route is made."""
    content, kind = path.read_bytes(), KINDS[path.suffix]
    return lambda _: Response(content, media_type=kind)


def _read(recognizer: Recognizer, picture: np.ndarray, many: bool) -> Digits:
    if many:
        found = rows.read(recognizer, picture)
        digits = [_digit(it.image, it.box, it.line, it.prediction, picture.shape) for it in found]
        return Digits(digits=digits, try_many=False)
    prepared, whole = mnist_format.prepare(picture), (0, 0, *picture.shape)
    predictions = recognizer.read(prepared)
    digits = [_digit(image, whole, 0, it, picture.shape) for image, it in zip(prepared, predictions, strict=True)]
    return Digits(digits=digits, try_many=any(not it.sure for it in predictions) and _several(recognizer, picture))


def _several(recognizer: Recognizer, picture: np.ndarray) -> bool:
    found = rows.read(recognizer, picture)
    return len(found) > 1 and all(it.prediction.sure for it in found)


def _digit(image: np.ndarray, box: tuple[int, ...], line: int, prediction: Prediction, shape: tuple[int, ...]) -> Digit:
    """A digit of a picture of `shape` with the fields of `rows.Digit`."""
    top, left, bottom, right = (min(1.0, side / length) for side, length in zip(box, shape * 2, strict=True))
    part = Box(left=left, top=top, right=right, bottom=bottom)
    return Digit(**vars(prediction), line=line, box=part, image=_data_uri(image))


def _store(folder: Path, picture: np.ndarray, digit: int) -> Stored:
    if not len(mnist_format.prepare(picture)):
        raise HTTPException(422, "no digit was found, so there is nothing to correct")
    try:
        path = corrections.store(folder, picture, digit)
    except OSError as error:  # the client must not learn the path
        LOG.warning("A correction was not stored: %s", error)
        raise HTTPException(507, f"the drawing was not stored: {error.strerror or 'it cannot be written'}") from error
    return Stored(stored=f"{digit}/{path.name}")


def _data_uri(image: np.ndarray) -> str:
    content = io.BytesIO()
    Image.fromarray(image).save(content, "png")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
