"""Is one version of the project worse than another? Statistics, the verdict, its report.

Public: `comparison`, `verdict`, `summary`, `report`, `pictures`, `rules`, `statistics`. Needs what git holds: no data,
no model, no DVC cache. May import `core`, `config`, `data`, `evaluation`, `figures` and `versions`.
"""
