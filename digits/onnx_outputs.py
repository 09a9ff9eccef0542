"""A second output for an ONNX model: beside its probabilities, how familiar the image is to it.

Knows how the scores of `detectors` are written as ONNX's operators; a test holds them to those.
"""

import numpy as np
import onnx
from onnx import helper, numpy_helper

from digits.detectors import Subspace

FAMILIARITY = "familiarity"
NODES = ("MatMul", "Gemm")  # one of which makes the logits of the features


def add_familiarity(model: bytes, detector: str, subspace: Subspace) -> bytes:
    """`model`, an ONNX file's content, that also gives the score (n,) float32 of `detector`."""
    loaded = onnx.load_from_string(model)
    graph = loaded.graph
    features = [node for node in graph.node if node.op_type in NODES][-1].input[0]
    logits = [node for node in graph.node if node.op_type == "Softmax"][-1].input[0]
    match detector:
        case "max_softmax":
            nodes = [
                helper.make_node("LogSoftmax", [logits], ["log_probabilities"], axis=1),
                helper.make_node("ReduceMax", ["log_probabilities"], [FAMILIARITY], axes=[1], keepdims=0),
            ]
        case "energy":
            nodes = [helper.make_node("ReduceLogSumExp", [logits], [FAMILIARITY], axes=[1], keepdims=0)]
        case _:
            nodes = _share_within(features)
            graph.initializer.extend(_constants(subspace))
    graph.node.extend(nodes)
    images = graph.output[0].type.tensor_type.shape.dim[0].dim_param
    graph.output.append(helper.make_tensor_value_info(FAMILIARITY, onnx.TensorProto.FLOAT, [images]))
    onnx.checker.check_model(loaded, full_check=True)
    return loaded.SerializeToString(deterministic=True)


def _share_within(features: str) -> list[onnx.NodeProto]:
    """`Subspace.share`: the basis is stored in eight bits and multiplied as float32."""
    return [
        helper.make_node("Sub", [features, "mean"], ["offset"]),
        helper.make_node("Cast", ["basis"], ["directions"], to=onnx.TensorProto.FLOAT),
        helper.make_node("MatMul", ["offset", "directions"], ["along"]),
        helper.make_node("ReduceL2", ["along"], ["steps"], axes=[1], keepdims=0),
        helper.make_node("Mul", ["steps", "scale"], ["within"]),
        helper.make_node("ReduceL2", ["offset"], ["length"], axes=[1], keepdims=0),
        helper.make_node("Max", ["length", "tiny"], ["divisor"]),
        helper.make_node("Div", ["within", "divisor"], [FAMILIARITY]),
    ]


def _constants(subspace: Subspace) -> list[onnx.TensorProto]:
    values = {
        "mean": subspace.mean,
        "basis": subspace.basis,
        "scale": np.float32(subspace.scale),
        "tiny": np.finfo(np.float32).tiny,
    }
    return [numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()]
