"""Command-line programs, started by hand, by make or by a sweep."""
