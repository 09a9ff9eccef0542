"""A trained model made ready for use elsewhere: as ONNX, as int8, with what an answer must reach to be relied on.

Knows the conversions. Its temperature is fitted by `calibration`; who asks the exported model is `recogniser`.
"""

import math
import tempfile
from functools import partial
from pathlib import Path

import keras
import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from scipy.stats import rankdata

from digits import onnx_outputs
from digits.datasets import IMAGE_SHAPE
from digits.detectors import Subspace

QUANTISED_ON = 500  # images whose activations set the ranges of int8


def to_onnx(model: keras.Model) -> bytes:
    """`model` as ONNX with its normalisation inside: (n, 28, 28, 1) uint8 to (n, 10) float32; the same bytes for the
    same weights."""
    model(np.zeros((1, *IMAGE_SHAPE), np.uint8))  # Keras exports only what was called
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(path, format="onnx", verbose=False)
        graph = onnx.load(path)
    _rename(graph.graph)
    onnx.checker.check_model(graph, full_check=True)
    return graph.SerializeToString(deterministic=True)


def _rename(graph: onnx.GraphProto) -> None:
    """Name what is inside by its order: the converter's own names, and the order of constants, vary from run to run."""
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "images"
    names = {value.name: value.name for value in (*graph.input, *graph.output)}
    for number, node in enumerate(graph.node):
        node.name = f"{number}_{node.op_type}"
        for ends in (node.input, node.output):
            ends[:] = [names.setdefault(name, f"value_{len(names)}") for name in ends]
    for constant in graph.initializer:
        constant.name = names[constant.name]
    graph.initializer.sort(key=lambda constant: constant.name)
    del graph.value_info[:]
    graph.doc_string = ""  # held the name of a temporary file


class _Portions(CalibrationDataReader):
    """`images`, one at a time, as ONNX Runtime's quantisation asks for them."""

    def __init__(self, name: str, images: np.ndarray) -> None:
        self._portions = iter([{name: image[np.newaxis]} for image in images])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._portions, None)


def quantise(model: bytes, images: np.ndarray) -> bytes:
    """`model`, an ONNX file's content, with weights and activations of eight bits; the ranges of the latter are those
    that `images` (n, 28, 28, 1) uint8 reach."""
    name = onnx.load_from_string(model).graph.input[0].name
    with tempfile.TemporaryDirectory() as folder:
        source, prepared, target = (Path(folder) / f"{name}.onnx" for name in ("source", "prepared", "target"))
        source.write_bytes(model)
        quant_pre_process(source, prepared, skip_symbolic_shape=True)  # folds batch normalisation into the weights
        reader = _Portions(name, images[:QUANTISED_ON])
        quantize_static(prepared, target, reader, per_channel=True, weight_type=QuantType.QInt8)
        return onnx.load(target).SerializeToString(deterministic=True)


def with_familiarity(model: keras.Model, images: np.ndarray, detector: str, subspace: Subspace) -> tuple[bytes, bytes]:
    """`model` as ONNX and as int8, whose ranges are those of `images`; both give the score of `detector` as well."""
    whole = to_onnx(model)
    quantised = quantise(whole, images)
    add = partial(onnx_outputs.add_familiarity, detector=detector, subspace=subspace)
    return add(whole), add(quantised)


def choose_thresholds(confidence: np.ndarray, familiarity: np.ndarray, coverage: float) -> dict[str, float]:
    """The confidence (`threshold`) and the familiarity (`familiar_from`) that the share `coverage` of the images reach,
    both of them: each turns as many images away as the other."""
    lesser = np.minimum(rankdata(confidence, "ordinal"), rankdata(familiarity, "ordinal"))
    place = int(np.sort(lesser)[math.floor((1 - coverage) * len(lesser))]) - 1
    return {
        "coverage": coverage,
        "threshold": float(np.sort(confidence)[place]),
        "familiar_from": float(np.sort(familiarity)[place]),
    }
