"""Studies: pipelines of their own that read the core's models and data. Deleting a folder breaks nothing else."""
