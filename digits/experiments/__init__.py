"""Many trainings as DVC experiments: plans of what to train, executors that run it, and results side by side.

Public: `dvc_experiments`, `plans`, `executors`, `seeds`, `versions`, `project_copy`. Leaves to `apps` what is worth
training, and to `studies/seeds` what many seeds say. May import `core`, `config`, `data`, `evaluation`
and `versions`.
"""
