"""Many trainings as DVC experiments: `plans` of what to train, `training` here or on Ray, `tables` of the results."""
