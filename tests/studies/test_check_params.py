"""What `make repro` checks before DVC deletes anything."""

from pathlib import Path

import pytest

from digits.files import UserError
from studies.check_params import check_params
from support import ROOT, run


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """params.yaml of a folder without network access."""
    monkeypatch.chdir(tmp_path)
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")  # discard
    path = tmp_path / "params.yaml"
    path.write_bytes((ROOT / "params.yaml").read_bytes())
    return path


def replace(params: Path, old: str, new: str) -> None:
    assert old in params.read_text()
    params.write_text(params.read_text().replace(old, new, 1))


def test_this_project_passes_in_silence():
    done = run(["python", "-m", "studies.check_params"], ROOT)
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("dataset", ["optdigits", "mnist_corrupted/fog"])
def test_a_known_dataset_passes(params: Path, dataset: str):
    replace(params, "dataset: mnist ", f"dataset: {dataset} ")
    check_params()


@pytest.mark.parametrize("dataset", ["mnsit", "emnist/digit"])
def test_an_unknown_dataset_is_named(params: Path, dataset: str):
    replace(params, "dataset: mnist ", f"dataset: {dataset} ")
    with pytest.raises(UserError, match=f"fetch.dataset is '{dataset}', which is not known"):
        check_params()


def test_a_syntax_error_in_a_network_is_one_line(params: Path):
    module = params.parent / "digits/networks/mlp.py"
    module.parent.mkdir(parents=True)
    module.write_text("import keras\nhidden = [\n")
    with pytest.raises(UserError, match=r"^digits/networks/mlp.py, line 2: '\[' was never closed$"):
        check_params()


@pytest.mark.parametrize("old", ["folds: 5", "n_photos: 143", "n_attacked: 500", "alpha: 0.05"])
def test_sections_of_studies_and_gate_are_checked(params: Path, old: str):
    replace(params, old, "unknown: 1")
    with pytest.raises(UserError, match="unknown"):
        check_params()
