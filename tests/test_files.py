"""Files are complete or absent, with the same bytes; damaged ones are read or refused in one line."""

import contextlib
import io
import time
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from digits import files
from digits.files import UserError
from digits.imaging import pictures


def test_a_failed_write_keeps_the_old_file(tmp_path: Path):
    path = tmp_path / "scores.json"
    files.write_json(path, {"accuracy": 0.5})
    before = path.read_bytes()
    with pytest.raises(OSError, match=r"disk full.*scores\.json"), files.atomic_write(path) as temporary:  # noqa: PT012
        temporary.write_text("half")
        raise OSError("disk full")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_whole_after_a_killed_run(tmp_path: Path):
    (tmp_path / ".raw.partial").mkdir()
    (tmp_path / ".raw.partial/half").touch()
    for name in ("old", "new"):
        with files.atomic_write(tmp_path / "raw") as temporary:
            assert not temporary.exists()
            temporary.mkdir()
            (temporary / name).touch()
    assert [path.name for path in (tmp_path / "raw").iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]


def test_floats_are_rounded_and_nan_is_refused(tmp_path: Path):
    path = tmp_path / "a.json"
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(path, {"loss": float("nan")})
    assert not path.exists()
    files.write_json(path, {"loss": 1 / 3, "nested": {"small": 1e-9}, "errors": 7})
    content = '{\n  "loss": 0.333333,\n  "nested": {\n    "small": 0.0\n  },\n  "errors": 7\n}\n'
    assert path.read_text() == content


def test_names_of_images_stay_text(tmp_path: Path):
    names = ["12345678e901", "000000000012"]
    files.write_csv(tmp_path / "errors.csv", pd.DataFrame({"image": names, "actual": [1, 2]}))
    assert files.read_csv(tmp_path / "errors.csv")["image"].tolist() == names


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("broken.json", text) for text in ('{"accuracy": 0.9', "[1, 2]", "")),
        *(("broken.csv", text) for text in ("a,b\n1,2\n1,2,3\n", "")),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text)
    read = files.read_json if name.endswith("json") else files.read_csv
    with pytest.raises(UserError, match=name):
        read(tmp_path / name)


def test_arrays_come_back_and_have_the_same_bytes(tmp_path: Path):
    arrays = {"labels": np.arange(3, dtype=np.uint8), "probabilities": np.eye(3, dtype=np.float32)}
    files.write_arrays(tmp_path / "one.npz", **arrays)
    time.sleep(2.1)  # the resolution of a zip's times
    files.write_arrays(tmp_path / "two.npz", **arrays)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz") as loaded:
        assert {name: loaded[name].tolist() for name in loaded} == {name: a.tolist() for name, a in arrays.items()}


@pytest.mark.parametrize(
    ("error", "code", "word"),
    [
        (UserError("labels are\n  wrong"), 2, "labels are wrong"),
        (OSError(28, "No space left on device"), 2, "No space"),
        (FileNotFoundError(2, "gone", "data/raw"), 2, "data/raw"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_what_a_user_can_cause_is_one_line(
    error: BaseException, code: int, word: str, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as ended:
        files.execute("fetch", Mock(side_effect=error))
    printed = capsys.readouterr().err
    assert (ended.value.code, printed.count("\n")) == (code, 1)
    assert printed.startswith("fetch: ")
    assert word in printed


@pytest.mark.parametrize("error", [ZeroDivisionError(), ValueError("from NumPy, say")])
def test_a_bug_keeps_its_traceback(error: Exception):
    with pytest.raises(type(error)):
        files.execute("fetch", Mock(side_effect=error))


def read_or_refused(content: bytes) -> None:
    refusal = ""
    try:
        picture = pictures.read(io.BytesIO(content))
    except ValueError as error:
        refusal = str(error)
    else:
        assert picture.dtype == np.uint8
        assert max(picture.shape) <= pictures.MAX_SIDE
    assert "\n" not in refusal


@settings(max_examples=150, deadline=None)
@given(
    form=st.sampled_from(pictures.FORMATS),
    cut=st.floats(0, 1),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=30),
)
def test_a_damaged_picture_is_read_or_refused(form: str, cut: float, changes: list[tuple[float, int]]):
    encoded = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 30), np.uint8)).save(encoded, form)
    content = bytearray(encoded.getvalue())
    for place, value in changes:
        content[int(place * len(content))] = value
    read_or_refused(bytes(content[: 1 + int(cut * len(content))]))


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(content: bytes):
    read_or_refused(content)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_damaged_metrics_are_read_or_refused(tmp_path: Path, content: bytes):
    for read, head in ((files.read_json, b""), (files.read_csv, b"image,actual,predicted\n")):
        (tmp_path / "metrics").write_bytes(head + content)
        with contextlib.suppress(UserError):
            read(tmp_path / "metrics")
