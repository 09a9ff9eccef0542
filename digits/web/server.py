"""The web application: routes of the page and its JSON API, with the types of its OpenAPI description."""

import asyncio
import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from fastapi import FastAPI, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from PIL import Image
from pydantic import BaseModel, Field

from digits.data import CLASSES
from digits.files import UserError
from digits.imaging import mnist_format
from digits.recognizer import Recognizer, corrections, reading
from digits.web.limits import MAX_BYTES, MAX_SECONDS, Uploads, check_content_type

PAGE = Path(__file__).with_name("page")
FAILED = "the server failed; its terminal says why"
LearnFrom = Callable[[Path], tuple[Recognizer | None, str]]
DigitLabel = Annotated[int, Field(ge=0, lt=CLASSES)]
Share = Annotated[float, Field(ge=0, le=1)]


class Box(BaseModel):
    """Where the sides of a part of a picture lie, as shares of the picture's width and height."""

    left: Share
    top: Share
    right: Share
    bottom: Share


class Digit(BaseModel):
    """The prediction for one digit of a picture."""

    digit: DigitLabel
    confidence: Share
    in_distribution: Annotated[bool, Field(description="whether the image resembles the training digits")]
    sure: Annotated[bool, Field(description="whether it is in_distribution and the confidence reaches the threshold")]
    probabilities: Annotated[list[Share], Field(min_length=CLASSES, max_length=CLASSES)]
    line: Annotated[int, Field(ge=0, description="its line of writing, from the top")]
    box: Annotated[Box, Field(description="of its ink; the whole picture unless several digits are looked for")]
    image: Annotated[str, Field(description="the 28x28 input of the model, a PNG as data URI")]


class Digits(BaseModel):
    """All digits of a picture, line by line, each from left to right; empty if no digit was found."""

    digits: list[Digit]
    try_many: Annotated[bool, Field(description="no digit is sure, but `many` finds several that are all sure")]


class Stored(BaseModel):
    stored: Annotated[str, Field(description="path of the drawing in the folder of corrections")]


class Learned(BaseModel):
    used: Annotated[bool, Field(description="whether digits are read with the adapted recognizer from now on")]
    outcome: Annotated[str, Field(description="what was measured, and why it was refused if it was")]


class About(BaseModel):
    """The model in use."""

    model: str
    threshold: Annotated[Share, Field(description="the lowest confidence of a prediction that is sure")]
    stores_corrections: bool


class Problem(BaseModel):
    detail: Any


PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text}
    for status, text in {
        400: "the upload was interrupted, or the Host header is not allowed",
        403: "the application was started without a folder for corrections",
        408: f"the upload took longer than {MAX_SECONDS} seconds",
        413: f"the upload is larger than {MAX_BYTES // 2**20} MiB",
        415: "the Content-Type is not an image type",
        422: "not a usable picture (or too few corrections), or an invalid parameter",
        500: "an error of the server",
        503: "too many connections or uploads at a time, or it is learning already",
        507: "the drawing cannot be written, or the folder holds as many as it may",
    }.items()
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
UPLOAD = {"requestBody": {"required": True, "content": {"image/*": _BINARY, "application/octet-stream": _BINARY}}}


def create(recognizer: Recognizer, hosts: list[str], folder: Path | None, learn_from: LearnFrom) -> FastAPI:
    """The application, to be served with `limits.configure`. It answers only requests whose Host header is one of
    `hosts` ("*" allows any). Corrections are stored in `folder`, None for nowhere, and `learn_from` adapts to them: it
    returns a new recognizer, None if that was refused, and what was measured, or raises UserError."""
    app = FastAPI(title="Digits", description="Recognizes handwritten digits.", docs_url=None, redoc_url=None)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
    app.add_exception_handler(Exception, lambda *_: JSONResponse({"detail": FAILED}, 500))
    app.mount("/page", StaticFiles(directory=PAGE))
    app.add_route("/", lambda _: FileResponse(PAGE / "index.html"))
    app.state.recognizer = recognizer
    uploads, learning = Uploads(), asyncio.Lock()
    upload: dict[str, Any] = {"responses": PROBLEMS, "openapi_extra": UPLOAD}

    def corrections_folder() -> Path:
        if folder is None:
            raise HTTPException(403, "corrections are not stored; start the application with --corrections FOLDER")
        return folder

    @app.get("/api/about")
    def about() -> About:
        card = app.state.recognizer.card
        return About(model=card["model"], threshold=card["threshold"], stores_corrections=folder is not None)

    @app.post("/api/read", **upload)
    async def read(request: Request, many: Annotated[bool, Query(description="find several digits")] = False) -> Digits:
        return await uploads.receive_and_process(request, lambda picture: _read(app.state.recognizer, picture, many))

    @app.post("/api/corrections", status_code=201, **upload)
    async def correct(request: Request, digit: DigitLabel) -> Stored:
        target = corrections_folder()
        return await uploads.receive_and_process(request, lambda picture: _store(target, picture, digit))

    @app.post("/api/learn", **upload)
    async def learn(request: Request) -> Learned:
        check_content_type(request)
        drawings = corrections_folder()
        if learning.locked():
            raise HTTPException(503, "it is learning already", {"Retry-After": "5"})
        async with learning:
            try:
                adapted, outcome = await run_in_threadpool(learn_from, drawings)
            except UserError as error:  # the client must not learn the path
                raise HTTPException(422, str(error).replace(str(drawings), drawings.name)) from error
        app.state.recognizer = adapted or app.state.recognizer
        return Learned(used=adapted is not None, outcome=outcome)

    return app


def _read(recognizer: Recognizer, picture: np.ndarray, many: bool) -> Digits:
    digits = (reading.read_digits if many else reading.read_one)(recognizer, picture)
    answers = []
    for digit in digits:
        content = io.BytesIO()
        Image.fromarray(digit.image).save(content, "png")
        image = "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()
        box = Box(**digit.sides(picture.shape))
        answers.append(Digit(**vars(digit.prediction), line=digit.line, box=box, image=image))
    return Digits(digits=answers, try_many=not many and reading.are_several(recognizer, picture, digits))


def _store(folder: Path, picture: np.ndarray, digit: int) -> Stored:
    if not len(mnist_format.prepare(picture)):
        raise HTTPException(422, "no digit was found, so there is nothing to correct")
    try:
        path = corrections.store(folder, picture, digit)
    except OSError as error:  # the client must not learn the path
        raise HTTPException(507, f"the drawing was not stored: {error.strerror or 'it cannot be written'}") from error
    return Stored(stored=f"{digit}/{path.name}")
