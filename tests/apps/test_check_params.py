"""What `make repro` checks before DVC deletes anything."""

from pathlib import Path

from support import run


def test_a_valid_project_passes_in_silence(project: Path):
    done = run(["python", "-m", "apps.check_params"], project)
    assert done.stdout + done.stderr == ""


def test_a_syntax_error_in_an_architecture_is_one_line(project: Path):
    module = project / "digits/architectures/mlp.py"
    text = module.read_text()
    module.write_text(text + "\nhidden = [\n")
    done = run(["python", "-m", "apps.check_params"], project, check=False)
    line = text.count("\n") + 2
    message = f"digits/architectures/mlp.py, line {line}: '[' was never closed"
    assert (done.returncode, done.stderr) == (2, f"check_params: {message}\n")
