"""Is one version of the project worse than another? Statistics, the files of a git commit, the verdict, its report.

Public: `run_results` (of a version), `comparison`, `verdict`, `report`, `rules`. Needs what git holds: no data, no
model, no DVC cache. May import `core`, `config`, `data`, `evaluation` and `figures`.
"""
