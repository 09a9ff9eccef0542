import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from digits.core import artifacts


def write_half_and_fail(path: Path) -> None:
    path.write_text("half")
    raise OSError("disk full")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path):
    path = tmp_path / "scores.json"
    artifacts.write_json(path, {"accuracy": 0.5})
    before = path.read_bytes()
    with (
        pytest.raises(OSError, match=r"not written whole .disk full.*scores\.json"),
        artifacts.atomic_write(path) as temporary,
    ):
        write_half_and_fail(temporary)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_replaced_whole(tmp_path: Path):
    folder = tmp_path / "raw"
    for name in ("old", "new"):
        with artifacts.atomic_write(folder) as temporary:
            temporary.mkdir()
            (temporary / name).touch()
    assert [path.name for path in folder.iterdir()] == ["new"]


def test_what_a_killed_run_left_behind_is_swept_away(tmp_path: Path):
    (tmp_path / ".raw.partial").mkdir()
    (tmp_path / ".raw.partial/half").touch()
    with artifacts.atomic_write(tmp_path / "raw") as temporary:
        assert not temporary.exists()
        temporary.mkdir()
    assert [path.name for path in tmp_path.iterdir()] == ["raw"]


def test_floats_are_rounded_and_integers_kept(tmp_path: Path):
    artifacts.write_json(tmp_path / "a.json", {"loss": 1 / 3, "nested": {"small": 1e-9}, "errors": 7})
    content = '{\n  "loss": 0.333333,\n  "nested": {\n    "small": 0.0\n  },\n  "errors": 7\n}\n'
    assert (tmp_path / "a.json").read_text() == content


def test_nan_is_refused_rather_than_written(tmp_path: Path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        artifacts.write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert not (tmp_path / "a.json").exists()


def test_names_of_images_stay_text(tmp_path: Path):
    names = ["12345678e901", "000000000012"]
    artifacts.write_csv(tmp_path / "errors.csv", pd.DataFrame({"image": names, "actual": [1, 2]}))
    assert artifacts.read_csv(tmp_path / "errors.csv")["image"].tolist() == names


@pytest.mark.parametrize("text", ['{"accuracy": 0.9', "[1, 2]", ""])
def test_a_file_that_is_no_json_object_is_named(tmp_path: Path, text: str):
    (tmp_path / "broken.json").write_text(text)
    with pytest.raises(ValueError, match=r"broken\.json"):
        artifacts.read_json(tmp_path / "broken.json")


@pytest.mark.parametrize("text", ["a,b\n1,2\n1,2,3\n", ""])
def test_a_file_that_is_no_table_is_named(tmp_path: Path, text: str):
    (tmp_path / "broken.csv").write_text(text)
    with pytest.raises(ValueError, match=r"broken\.csv"):
        artifacts.read_csv(tmp_path / "broken.csv")


def test_arrays_come_back_by_name_in_the_same_bytes(tmp_path: Path):
    arrays = {"labels": np.arange(3, dtype=np.uint8), "probabilities": np.eye(3, dtype=np.float32)}
    artifacts.write_arrays(tmp_path / "one.npz", **arrays)
    time.sleep(2.1)  # the resolution of a zip's times
    artifacts.write_arrays(tmp_path / "two.npz", **arrays)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    with np.load(tmp_path / "one.npz") as loaded:
        assert {name: loaded[name].tolist() for name in loaded} == {name: a.tolist() for name, a in arrays.items()}
