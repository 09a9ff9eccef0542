"""Training: drawn digits, the input pipeline, augmentation, optimizers and the loop.

Public: `loop.fit`, and `loop.trained` for a model that is not kept. Imports TensorFlow: call
`determinism.pin_tensorflow` first.
"""
