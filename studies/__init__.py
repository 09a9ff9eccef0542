"""Studies: pipelines of their own that read the core's models and data. The core reads nothing of theirs.

Studies do not import each other, except `report`, which shows them all. `apps.sweep` runs `robustness` and `hands`.
"""

from digits.core.determinism import pin_environment

pin_environment()  # before a stage imports NumPy
