"""The logic of the pipeline: arrays in, values out. `stages/` and `apps/` are its only users."""
