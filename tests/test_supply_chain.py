"""What comes from others: every package named with its licence, no pickles, and parsers that bear anything."""

import io
import re
from importlib.metadata import PackageNotFoundError, version

import numpy as np
import pytest
from conftest import ROOT, git
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from digits import datasets, picture_files, tracked

LOCKS = ("requirements.txt", "requirements-app.txt", "requirements-sweep.txt")


def test_every_locked_package_stands_in_the_list_of_licences():
    text = "\n".join((ROOT / lock).read_text(encoding="utf-8") for lock in LOCKS)
    listed = set(re.findall(r"^\| (\S+) +\| \S", (ROOT / "docs/licences.md").read_text(), re.MULTILINE))
    for name in re.findall(r"^([a-z0-9._-]+)==", text, flags=re.MULTILINE):
        if is_installed(name):
            assert name in listed, f"{name}: run `make licences`"


def is_installed(name: str) -> bool:
    """Whether the package is installed: some are for another system or Python."""
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def test_no_code_loads_a_pickle():
    for name in git(ROOT, "ls-files", "digits", "stages", "apps").splitlines():
        if name.endswith(".py"):
            text = (ROOT / name).read_text(encoding="utf-8")
            assert not re.search(r"import (pickle|joblib|dill|shelve)|allow_pickle=True", text), name


def encoded(form: str) -> bytes:
    content = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (40, 30), np.uint8)
    Image.fromarray(pixels).save(content, form)
    return content.getvalue()


@settings(max_examples=150, deadline=None)
@given(
    form=st.sampled_from(picture_files.FORMATS),
    cut=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=30),
)
def test_a_damaged_picture_is_read_or_refused(form: str, cut: float, changes: list[tuple[float, int]]):
    content = bytearray(encoded(form))
    for place, value in changes:
        content[int(place * len(content))] = value
    refused_or_read(bytes(content[: 1 + int(cut * len(content))]))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(content: bytes):
    refused_or_read(content)


def one_line(error: ValueError) -> None:
    assert "\n" not in str(error)


def refused_or_read(content: bytes) -> None:
    try:
        picture = picture_files.read(io.BytesIO(content))
    except ValueError as error:
        one_line(error)
    else:
        assert picture.grey.dtype == np.uint8
        assert max(picture.grey.shape) <= picture_files.LONGEST


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=40))
def test_damaged_arrays_and_metrics_are_refused_in_one_line(content: bytes, tail: bytes):
    for read in (
        lambda: tracked.numbers(content, "some.json"),
        lambda: tracked.table(b"image,actual,predicted,confidence\n" + content, "some.csv", tracked.Error),
    ):
        try:
            read()
        except ValueError as error:
            one_line(error)


def test_an_array_with_a_pickle_in_it_is_refused(tmp_path):
    for name in ("images", "labels"):
        np.save(tmp_path / f"{name}.npy", np.array([{"any": "object"}]), allow_pickle=True)
    with pytest.raises(ValueError, match=r"images\.npy is not a whole \.npy array"):
        datasets.load(tmp_path)
