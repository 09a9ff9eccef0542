"""The command that reads pictures of digits, `digits-read` or `python -m apps.predict`, and how it shows its results.

Public: `main`. `sources` finds the pictures, `formats` writes the predictions, `inputs` what the model saw. The wheel
contains this package and what it imports, no other: NumPy, Pillow, scipy, ONNX Runtime and tqdm are enough.
"""
