"""What one version of the project reached, the working tree or a commit: its metrics, checked against its dvc.lock.

Public: `run_results`. Needs what git holds: no data, no model, no DVC cache. May import `core`, `config` and `data`.
"""
