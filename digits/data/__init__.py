"""Datasets: where they come from, how they lie on disk, how they are split and normalized.

Public: `datasets.LabeledImages`, `sources.fetch`, `splits`. May import `core` and `config`.
"""
