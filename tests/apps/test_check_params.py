"""What `make repro` checks before DVC deletes anything."""

from pathlib import Path

import pytest

from support import run

OFFLINE = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")  # discard


def use_dataset(name: str, project: Path) -> None:
    params = project / "params.yaml"
    params.write_text(params.read_text().replace("dataset: mnist ", f"dataset: {name} ", 1))


@pytest.mark.parametrize("dataset", ["mnist", "optdigits", "emnist/digits", "mnist_corrupted/fog"])
def test_a_valid_project_passes_in_silence_and_without_network(project: Path, dataset: str):
    use_dataset(dataset, project)
    done = run(["python", "-m", "apps.check_params"], project, **OFFLINE)
    assert done.stdout + done.stderr == ""


def test_a_syntax_error_in_an_architecture_is_one_line(project: Path):
    module = project / "digits/architectures/mlp.py"
    text = module.read_text()
    module.write_text(text + "\nhidden = [\n")
    done = run(["python", "-m", "apps.check_params"], project, check=False)
    line = text.count("\n") + 2
    message = f"digits/architectures/mlp.py, line {line}: '[' was never closed"
    assert (done.returncode, done.stderr) == (2, f"check_params: {message}\n")


@pytest.mark.parametrize("dataset", ["mnsit", "emnist/digit"])
def test_an_unknown_dataset_is_one_line(project: Path, dataset: str):
    use_dataset(dataset, project)
    done = run(["python", "-m", "apps.check_params"], project, check=False, **OFFLINE)
    assert done.returncode == 2
    assert done.stderr.startswith(f"check_params: params.yaml: fetch.dataset is '{dataset}', which is not known to")
    assert done.stderr.count("\n") == 1
