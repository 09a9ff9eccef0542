"""Other people's handwritten digits, from files that their publishers offer, verified by SHA-256.

Choices between ways to prepare pictures and to train rest on FOR_CHOICES, nothing is chosen by USPS. Nothing is trained
on any of them.
"""

import csv
import gzip
import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import requests
from PIL import Image

from digits.core.errors import UserError
from studies.hands import paths

SECONDS = 60  # to wait for a server

Digits = tuple[np.ndarray, np.ndarray]  # pictures (n, h, w) uint8, dark ink on light paper, and their labels (n,)


def _semeion(content: bytes) -> Digits:
    """UCI's Semeion Handwritten Digit: 256 values 0 or 1 (ink) and ten of the label, a line per digit."""
    table = np.loadtxt(io.BytesIO(content))
    return _pictures(1 - table[:, :256]), table[:, 256:266].argmax(axis=1)


def _usps(content: bytes) -> Digits:
    """USPS zip codes, as The Elements of Statistical Learning publishes them: label, 256 values -1 to 1 (ink)."""
    table = np.loadtxt(io.BytesIO(content))
    return _pictures((1 - table[:, 1:]) / 2), table[:, 0].astype(int)


def _pictures(light: np.ndarray) -> np.ndarray:
    return np.rint(255 * light).astype(np.uint8).reshape(-1, 16, 16)


def _hwd(content: bytes) -> Digits:
    """HWD-1000: PNGs of 28x28 and a table of their labels."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("dataset.csv"))))
        images = [Image.open(archive.open(f"img/{Path(row['image']).name}")).convert("L") for row in rows]
    return np.stack([np.asarray(image) for image in images]), np.array([int(row["label"]) for row in rows])


@dataclass(frozen=True)
class Source:
    """A set: its file's `names`, the SHA-256 of its unpacked content, where to download it, and how to read it.

    HWD-1000 has no lasting address: it comes from DIGITS_ARCHIVES alone.
    """

    names: tuple[str, ...]
    sha256: str
    address: str | None
    parse: Callable[[bytes], Digits]


SOURCES = {
    "semeion": Source(
        ("semeion.data", "semeion.data.gz"),
        "d92d6c4103d1dbe202ad7fa50652f821c11b5bc1890f9d2673706203410d68b8",
        "https://archive.ics.uci.edu/ml/machine-learning-databases/semeion/semeion.data",
        _semeion,
    ),
    "hwd1000": Source(("hwd1000.zip",), "9d57ad71d1ede423ecfccfb875a0d173ef051642af2235b283ceada0898c3283", None, _hwd),
    "usps": Source(
        ("zip.train.gz", "usps-train.gz"),
        "abc9f5c75b997cabe66b5d01727d5a681c69298e1641a8d37b55433a52129dc0",
        "https://hastie.su.domains/ElemStatLearn/datasets/zip.train.gz",
        _usps,
    ),
}

FOR_CHOICES = ("semeion", "hwd1000")


def stored(name: str) -> tuple[list[np.ndarray], np.ndarray]:
    """The set `name` as the stage `fetch_hands` stored it: pictures (h, w) uint8 and labels (n,)."""
    with np.load(paths.HANDS / f"{name}.npz") as arrays:
        return list(arrays["images"]), arrays["labels"]


def fetch(name: str) -> Digits:
    """The set `name`, from the folder that DIGITS_ARCHIVES names, or else from its publisher.

    Raises UserError if it is unavailable or its content was altered.
    """
    source = SOURCES[name]
    content = _unpacked(_archived(source) or _downloaded(name, source))
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise UserError(f"hands.sets: the content of {name} has another SHA-256 than {source.sha256}")
    return source.parse(content)


def _archived(source: Source) -> bytes | None:
    folder = Path(os.environ.get("DIGITS_ARCHIVES", "")).expanduser()
    found = [folder / name for name in source.names if (folder / name).is_file()]
    return found[0].read_bytes() if found and "DIGITS_ARCHIVES" in os.environ else None


def _downloaded(name: str, source: Source) -> bytes:
    advice = f"put {source.names[-1]} into the folder that DIGITS_ARCHIVES names, or take {name} out of hands.sets"
    if source.address is None:
        raise UserError(f"{name} cannot be downloaded; {advice}")
    try:
        answer = requests.get(source.address, timeout=SECONDS)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise UserError(
            f"{name} cannot be downloaded from {source.address} ({type(error).__name__}); {advice}"
        ) from error
    return answer.content


def _unpacked(content: bytes) -> bytes:
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
