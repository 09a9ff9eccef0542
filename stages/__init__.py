"""The scripts that DVC runs, one a stage: read, call, write."""
