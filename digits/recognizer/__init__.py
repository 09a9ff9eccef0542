"""The exported model: reading digits without TensorFlow, exporting it, adapting it to its user, and `digits-read`."""

import os

# ONNX Runtime would leave an identifier in the user's home and report to its makers. It reads one of these, by version.
os.environ |= {"ORT_DISABLE_TELEMETRY": "1", "ORT_TELEMETRY_DISABLED": "1"}

from digits.recognizer.reading import Prediction, Recognizer

__all__ = ["Prediction", "Recognizer"]
