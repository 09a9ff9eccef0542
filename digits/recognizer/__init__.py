"""The exported model: how it is made, its model card, predictions without TensorFlow, and user corrections.

Public: `recognizer.Recognizer` and `corrections`. `onnx_export`, `thresholds` and `model_card` serve the stage
`export`.
"""
