"""A trained model on disk (same weights, same bytes) and asked for predictions.

Public: `files`, `inference`. Imports Keras: call `determinism.pin_tensorflow` first.
"""
