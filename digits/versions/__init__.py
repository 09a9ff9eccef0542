"""What one version of the project reached, the working tree or a commit: its metrics, checked against its dvc.lock.

Public: `snapshots`, `run_results`, `studies`, `git_tree`. Needs what git holds: no data, no model, no DVC cache. May
import `core`, `config` and `data`.
"""
