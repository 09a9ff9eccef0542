"""The types and limits of the web API; its OpenAPI description is generated from them."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from digits.data.datasets import CLASSES

MAX_BYTES = 10 * 2**20  # of an upload
MAX_PIXELS = 25_000_000  # of a picture in gray or a JPEG, half as many in color: decoding takes up to 24 bytes for each
MAX_SECONDS = 10  # for an upload

DigitLabel = Annotated[int, Field(ge=0, lt=CLASSES)]
Share = Annotated[float, Field(ge=0, le=1)]


class Box(BaseModel):
    """A part of a picture: where its sides lie, as shares of the picture's width and height."""

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


def _problems(descriptions: dict[int | str, str]) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "description": text} for status, text in descriptions.items()}


PROBLEMS = _problems(
    {
        400: "the upload was interrupted, the Host header is not allowed, or the length is ambiguous",
        408: f"the upload took longer than {MAX_SECONDS} seconds",
        413: f"the upload is larger than {MAX_BYTES // 2**20} MiB",
        415: "the Content-Type is not an image type",
        422: "not a readable picture, too many pixels, too thin, or an invalid parameter",
        500: "an error of the server",
        503: "too many connections or uploads at a time",
    }
)
NOT_STORED = _problems(
    {
        403: "the application was started without a folder for corrections",
        422: "as for /api/read, or no digit was found",
        507: "the drawing cannot be written, or the folder holds as many as it may",
    }
)
NOT_LEARNED = {
    **PROBLEMS,
    **_problems(
        {
            422: "there are too few corrections, one cannot be used, or MNIST's images are missing",
            503: "it is learning already",
        }
    ),
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
UPLOAD = {"requestBody": {"required": True, "content": {"image/*": _BINARY, "application/octet-stream": _BINARY}}}
