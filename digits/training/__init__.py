"""Training: the input pipeline, augmentation, optimizers and the loop.

Public: `loop.fit`. Imports TensorFlow: call `determinism.pin_tensorflow` first.
"""
