"""Exports a Keras model to ONNX, as float32 and as int8, each with two outputs: `probabilities` and `ood_score`.

The operators of the score are added to the finished ONNX graphs. Exported with the Keras model, the int8 basis of the
subspace would be stored as float32, which nearly doubles the file, and quantization would change the score.
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import numpy_helper, parser
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from digits.data.datasets import IMAGE_SHAPE
from digits.ood.scores import Subspace

if TYPE_CHECKING:
    import keras

PROBABILITIES, OOD_SCORE = "probabilities", "ood_score"
N_CALIBRATION = 500  # images whose activations set the ranges of int8
SCORES = {  # the detectors of `ood.scores` as ONNX operators on {features} (n, d) and {logits} (n, 10)
    "max_softmax": [
        "log_probabilities = LogSoftmax <axis = 1> ({logits})",
        "ood_score = ReduceMax <axes = [1], keepdims = 0> (log_probabilities)",
    ],
    "energy": ["ood_score = ReduceLogSumExp <axes = [1], keepdims = 0> ({logits})"],
    "subspace": [
        "offset = Sub ({features}, mean)",
        "directions = Cast <to = 1> (basis)",  # int8 to float32
        "along = MatMul (offset, directions)",
        "steps = ReduceL2 <axes = [1], keepdims = 0> (along)",
        "within = Mul (steps, scale)",
        "length = ReduceL2 <axes = [1], keepdims = 0> (offset)",
        "divisor = Max (length, tiny)",
        "ood_score = Div (within, divisor)",
    ],
}


def export(model: "keras.Model", images: np.ndarray, detector: str, subspace: Subspace) -> tuple[bytes, bytes]:
    """`model` as ONNX and as int8 ONNX, whose ranges are measured on `images` (n, 28, 28, 1) uint8.

    Both map pixels (n, 28, 28, 1) uint8 to probabilities (n, 10) float32 and the score (n,) float32 of `detector`.
    """
    return finished(to_onnx(model), images, detector, subspace)


def finished(model: bytes, images: np.ndarray, detector: str, subspace: Subspace) -> tuple[bytes, bytes]:
    """`model`, the content of an ONNX file, and its int8 version, with the score of `detector`; as `export`."""
    quantized = quantize(model, images)
    return add_ood_score(model, detector, subspace), add_ood_score(quantized, detector, subspace)


def unfinished(model: bytes) -> tuple[bytes, Subspace]:
    """`model` as it was before `add_ood_score` with the detector `subspace`, and the subspace."""
    loaded = onnx.load_from_string(model)
    graph = loaded.graph
    values = {it.name: numpy_helper.to_array(it) for it in graph.initializer}
    names = ("mean", "basis", "scale", "tiny")
    kept = [it for it in graph.initializer if it.name not in names]
    del graph.node[-len(SCORES["subspace"]) :], graph.output[1:], graph.initializer[:]
    graph.initializer.extend(kept)
    return loaded.SerializeToString(deterministic=True), Subspace(values["mean"], values["basis"])


def to_onnx(model: "keras.Model") -> bytes:
    """`model` with its normalization as ONNX, without the score; the same weights give the same bytes."""
    model(np.zeros((1, *IMAGE_SHAPE), np.uint8))  # Keras exports only a model that was called
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(path, format="onnx", verbose=False)
        exported = onnx.load(path)
    _rename(exported.graph)
    onnx.checker.check_model(exported, full_check=True)
    return exported.SerializeToString(deterministic=True)


def _rename(graph: onnx.GraphProto) -> None:
    """Name nodes and values by their order: the converter's names and the order of its constants vary between runs."""
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "images"
    names = {graph.input[0].name: graph.input[0].name, graph.output[0].name: PROBABILITIES}
    for number, node in enumerate(graph.node):
        node.name = f"{number}_{node.op_type}"
        for ends in (node.input, node.output):
            ends[:] = [names.setdefault(name, f"value_{len(names)}") for name in ends]
    graph.output[0].name = PROBABILITIES
    for constant in graph.initializer:
        constant.name = names[constant.name]
    graph.initializer.sort(key=lambda constant: constant.name)
    del graph.value_info[:]
    graph.doc_string = ""  # contains the name of a temporary file


class _CalibrationImages(CalibrationDataReader):
    """Yields images one at a time, in the form that ONNX Runtime's quantization expects."""

    def __init__(self, name: str, images: np.ndarray) -> None:
        self._feeds = iter([{name: image[np.newaxis]} for image in images])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._feeds, None)


def quantize(model: bytes, images: np.ndarray) -> bytes:
    """`model`, the content of an ONNX file, with int8 weights and activations.

    The ranges of the activations are measured on the first N_CALIBRATION of `images` (n, 28, 28, 1) uint8.
    """
    name = onnx.load_from_string(model).graph.input[0].name
    with tempfile.TemporaryDirectory() as folder:
        source, prepared, target = (Path(folder) / f"{step}.onnx" for step in ("source", "prepared", "target"))
        source.write_bytes(model)
        quant_pre_process(source, prepared, skip_symbolic_shape=True)  # folds batch normalization into the weights
        reader = _CalibrationImages(name, images[:N_CALIBRATION])
        # Weights of 7 bits: with 8, processors without VNNI instructions saturate sums, and give other probabilities.
        quantize_static(prepared, target, reader, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
        return onnx.load(target).SerializeToString(deterministic=True)


def add_ood_score(model: bytes, detector: str, subspace: Subspace) -> bytes:
    """`model`, the content of an ONNX file, with the output `ood_score` (n,) float32 of `detector` added."""
    loaded = onnx.load_from_string(model)
    graph = loaded.graph
    values = {
        "features": last(graph, "MatMul", "Gemm").input[0],  # of the dense layer that gives the logits
        "logits": last(graph, "Softmax").input[0],
    }
    graph.node.extend(parser.parse_node(node.format(**values)) for node in SCORES[detector])
    if detector == "subspace":
        constants = {
            "mean": subspace.mean,
            "basis": subspace.basis,
            "scale": np.float32(subspace.scale),
            "tiny": np.finfo(np.float32).tiny,
        }
        graph.initializer.extend(numpy_helper.from_array(np.asarray(it), name) for name, it in constants.items())
    images = graph.output[0].type.tensor_type.shape.dim[0].dim_param
    graph.output.append(onnx.helper.make_tensor_value_info(OOD_SCORE, onnx.TensorProto.FLOAT, [images]))
    onnx.checker.check_model(loaded, full_check=True)
    return loaded.SerializeToString(deterministic=True)


def last(graph: onnx.GraphProto, *operators: str) -> onnx.NodeProto:
    return [node for node in graph.node if node.op_type in operators][-1]
