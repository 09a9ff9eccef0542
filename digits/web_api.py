"""What the web application takes and gives, in types: its OpenAPI description is made of them."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from digits.datasets import CLASSES

MOST_BYTES = 10 * 2**20  # of an upload
MOST_PIXELS = 25_000_000  # of a picture: a decoded one takes up to eight bytes for each
MOST_SECONDS = 10  # that an upload may take

Number = Annotated[int, Field(ge=0, lt=CLASSES)]
Share = Annotated[float, Field(ge=0, le=1)]


class Digit(BaseModel):
    """One digit of a picture."""

    digit: Number
    confidence: Share
    familiar: Annotated[bool, Field(description="whether it looks like a digit at all")]
    sure: Annotated[bool, Field(description="whether it is familiar, and the confidence is enough to rely on it")]
    probabilities: Annotated[list[Share], Field(min_length=CLASSES, max_length=CLASSES)]
    image: Annotated[str, Field(description="the 28x28 pixels that the model saw, a PNG as data URI")]


class Digits(BaseModel):
    """All digits of a picture, left to right; none where nothing is written."""

    digits: list[Digit]


class Stored(BaseModel):
    stored: Annotated[str, Field(description="the drawing's name in the folder of corrections")]


class About(BaseModel):
    """What answers here."""

    model: str
    sure_from: Annotated[Share, Field(description="the confidence below which it is not sure")]
    stores_corrections: bool


class Problem(BaseModel):
    detail: Any


def _problems(descriptions: dict[int | str, str]) -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "description": text} for status, text in descriptions.items()}


PROBLEMS = _problems(
    {
        400: "the upload broke off, or it was sent to another host",
        408: f"the upload took longer than {MOST_SECONDS} seconds",
        413: f"more than {MOST_BYTES // 2**20} MiB",
        415: "not announced as a picture",
        422: "no whole picture of a known format and a sane size, or a parameter is wrong",
    }
)
NOT_STORED = _problems({403: "the application was started without a folder for corrections"})
_BINARY = {"schema": {"type": "string", "format": "binary"}}
UPLOAD = {"requestBody": {"required": True, "content": {"image/*": _BINARY, "application/octet-stream": _BINARY}}}
