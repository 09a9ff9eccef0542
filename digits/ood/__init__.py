"""Out-of-distribution scores of a model. A higher score means more like the digits that the model was trained on.

Public: `scores` (the detectors, and the subspace that one of them needs) and `features` (features and logits of a
Keras model; imports Keras).
"""
