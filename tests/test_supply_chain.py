"""What comes from others: packages with their license, no pickles, and parsers that withstand damaged files."""

import io
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from digits.data import datasets
from digits.imaging import image_io
from digits.versions import parsing
from support import ROOT, git


def test_every_package_of_base_in_is_in_the_list_of_licenses():
    listed = set(re.findall(r"^\| (\S+) +\| \S", (ROOT / "docs/licenses.md").read_text().lower(), re.MULTILINE))
    for name in ("base", "app", "sweep"):
        wanted = re.findall(r"^([a-z][a-z0-9._-]*)", (ROOT / f"requirements/{name}.in").read_text(), re.MULTILINE)
        listed_names = {it.replace("_", "-") for it in listed}
        missing = {it.replace("_", "-") for it in wanted} - listed_names
        assert not missing, f"{missing}: run `make licenses`"


def test_no_code_loads_a_pickle():
    for name in git(ROOT, "ls-files", "digits", "stages", "studies", "apps", "benchmarks").splitlines():
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
    form=st.sampled_from(image_io.FORMATS),
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
        picture = image_io.read(io.BytesIO(content))
    except ValueError as error:
        one_line(error)
    else:
        assert picture.dtype == np.uint8
        assert max(picture.shape) <= image_io.MAX_SIDE


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=40))
def test_damaged_arrays_and_metrics_are_refused_in_one_line(content: bytes, tail: bytes):
    for read in (
        lambda: parsing.numbers(content, "some.json"),
        lambda: parsing.table(b"image,actual,predicted\n" + content, "some.csv", parsing.Error),
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
