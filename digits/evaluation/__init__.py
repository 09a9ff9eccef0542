"""Metrics of predictions, temperature scaling and known label errors: arrays in, numbers and tables out.

Public: `metrics`, `calibration`, `temperature`, `known_errors`. Reads and writes no files; may import `config` and
`data`.
"""
