"""The exported model: how it is made, its model card, predictions without TensorFlow, and user corrections.

Public: `Recognizer` and `Prediction`, `rows` (several digits in a picture, with their places) and `corrections`.
`onnx_export`, `thresholds` and `model_card` serve the stage `export`, and `learning` with `last_layer` the app `learn`.
"""

import os

# ONNX Runtime would leave an identifier in the user's home and report to its makers. It reads one of these, by version.
os.environ |= {"ORT_DISABLE_TELEMETRY": "1", "ORT_TELEMETRY_DISABLED": "1"}

from digits.recognizer.recognizer import Prediction, Recognizer

__all__ = ["Prediction", "Recognizer"]
