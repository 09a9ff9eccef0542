"""Many trainings as DVC experiments: plans of what to train, executors that run it, tables of results, versions.

Public: `plans`, `sweep`, `executors`, `seeds`, `versions`, `dvc_experiments`, `project_copy`. Leaves to `apps` what is
worth training, and to `studies/seeds` what many seeds say. May import `core`, `config`, `data`, `evaluation`, `figures`
and `versions`.
"""
