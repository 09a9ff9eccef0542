"""The core pipeline, one script a stage: read, call, write. DVC runs them, see dvc.yaml."""
