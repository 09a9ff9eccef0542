"""Command-line programs, started by hand, by make or by a sweep."""

from digits.core.determinism import pin_environment

pin_environment()  # before anything imports NumPy
