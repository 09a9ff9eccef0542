"""Handwritten digits: the logic of the pipeline, in packages whose imports point one way."""
