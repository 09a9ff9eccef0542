"""The core pipeline, one script per stage: read, call, write. DVC runs them, see dvc.yaml."""

from digits.determinism import pin_environment

pin_environment()  # before a stage imports NumPy
