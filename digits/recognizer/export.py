"""Exports a Keras model to ONNX with two outputs, `probabilities` and `ood_score`, and chooses its thresholds.

The operators of the score are added to the finished ONNX graph. Exported with the Keras model, the int8 basis of the
subspace would be stored as float32, which nearly doubles the file.
"""

import hashlib
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import numpy_helper, parser
from onnxruntime import InferenceSession
from scipy.stats import rankdata

from digits import metrics, sources
from digits.config import NOT_DIGITS, Params
from digits.data import IMAGE_SHAPE, LabeledImages
from digits.imaging import mnist_format
from digits.recognizer import reading
from digits.temperature import apply_temperature

if TYPE_CHECKING:  # at run time, both would import TensorFlow, which `make learn` does not need
    import keras

    from digits.ood import Subspace

PROBABILITIES = "probabilities"
DETECTOR = "subspace"
SCORE = (  # `Subspace.share` as ONNX operators on {features} (n, d)
    "offset = Sub ({features}, mean)",
    "directions = Cast <to = 1> (basis)",  # int8 to float32
    "along = MatMul (offset, directions)",
    "steps = ReduceL2 <axes = [1], keepdims = 0> (along)",
    "within = Mul (steps, scale)",
    "length = ReduceL2 <axes = [1], keepdims = 0> (offset)",
    "divisor = Max (length, tiny)",
    "ood_score = Div (within, divisor)",
)


def to_onnx(model: "keras.Model") -> bytes:
    """`model` with its normalization as ONNX, from pixels (n, 28, 28, 1) uint8 to probabilities (n, 10) float32.

    The same weights give the same bytes: nodes and values are named by their order, since the converter's names and the
    order of its constants vary between runs.
    """
    model(np.zeros((1, *IMAGE_SHAPE), np.uint8))  # Keras exports only a model that was called
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(path, format="onnx", verbose=False)
        exported = onnx.load(path)
    graph = exported.graph
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
    onnx.checker.check_model(exported, full_check=True)
    return exported.SerializeToString(deterministic=True)


def add_ood_output(model: bytes, subspace: "Subspace") -> bytes:
    """`model`, the content of an ONNX file, with the second output `ood_score` (n,) float32."""
    loaded = onnx.load_from_string(model)
    graph = loaded.graph
    features = last_layer(graph)[0].input[0]
    graph.node.extend(parser.parse_node(node.format(features=features)) for node in SCORE)
    sizes = {"scale": np.float32(subspace.scale), "tiny": np.finfo(np.float32).tiny}
    constants = {"mean": subspace.mean, "basis": subspace.basis, **sizes}
    graph.initializer.extend(numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items())
    images = graph.output[0].type.tensor_type.shape.dim[0].dim_param
    graph.output.append(onnx.helper.make_tensor_value_info("ood_score", onnx.TensorProto.FLOAT, [images]))
    onnx.checker.check_model(loaded, full_check=True)
    return loaded.SerializeToString(deterministic=True)


def last_layer(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The nodes of the last layer: the product of features and weights, and the sum with the biases, unless these are
    all 0, as in a model that was not trained."""
    by_output = {output: node for node in graph.node for output in node.output}
    node = by_output[by_output[PROBABILITIES].input[0]]
    return [by_output[node.input[0]], node] if node.op_type == "Add" else [node]


def calibrate(session: InferenceSession, validation: LabeledImages, params: Params) -> dict[str, Any]:
    """What the card of an exported model holds of its confidence, as the section `export` of params.yaml asks for.

    The temperature is fitted on `validation` images, the thresholds on these and on other people's digits. Accuracy,
    NLL and ECE on validation show what temperature scaling changes. They are no test results.
    """
    section, labels = params.export, validation.labels
    probabilities, ood_score = reading.run_model(session, validation.images)
    temperature = metrics.fit_temperature(labels, probabilities)
    calibrated = apply_temperature(probabilities, temperature)
    confidence = calibrated.max(axis=1)
    thresholds = choose_thresholds(confidence, ood_score, section.target_coverage)
    if params.fetch.dataset not in (*NOT_DIGITS, sources.BUNDLED):  # of the bundled ones, some are its test images
        external = score_external_digits(session, temperature)
        thresholds = raise_threshold(thresholds, *external, section.target_selective_accuracy)
    accepted = (confidence >= thresholds["threshold"]) & (ood_score >= thresholds["ood_threshold"])
    bins = params.evaluate.calibration_bins
    # 0.95 is of an interval that is not used here.
    before, after = (metrics.scores(labels, scored, 0.95, bins) for scored in (probabilities, calibrated))
    return {
        "temperature": temperature,
        "coverage": float(accepted.mean()),
        **thresholds,
        "detector": DETECTOR,
        "validation_accuracy": after["accuracy"],
        "validation_nll_before": before["nll"],
        "validation_nll": after["nll"],
        "validation_ece_before": before["ece"],
        "validation_ece": after["ece"],
    }


def score_external_digits(session: InferenceSession, temperature: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Confidence, score and whether the prediction is correct, (n,) each, for the digits that scikit-learn contains."""
    images, labels = (np.concatenate(both) for both in zip(*sources.fetch(sources.BUNDLED)[:2], strict=True))
    prepared = np.stack([mnist_format.centered(image) for image in images[..., 0]])
    probabilities, ood_score = reading.run_model(session, prepared[..., np.newaxis])
    calibrated = apply_temperature(probabilities, temperature)
    return calibrated.max(axis=1), ood_score, calibrated.argmax(axis=1) == labels


def choose_thresholds(confidence: np.ndarray, ood_score: np.ndarray, coverage: float) -> dict[str, float]:
    """`threshold` of `confidence` (n,) and `ood_threshold` of `ood_score` (n,), both of which the share `coverage` of
    the images reaches; each is the same quantile of its values, so that each alone rejects equally many images."""
    # An image is accepted by quantiles up to its lower rank: the threshold is a quantile of these lower ranks.
    lower = np.minimum(rankdata(confidence, "ordinal"), rankdata(ood_score, "ordinal"))
    place = int(np.sort(lower)[math.floor((1 - coverage) * len(lower))]) - 1
    return {"threshold": float(np.sort(confidence)[place]), "ood_threshold": float(np.sort(ood_score)[place])}


def raise_threshold(
    thresholds: dict[str, float], confidence: np.ndarray, ood_score: np.ndarray, correct: np.ndarray, target: float
) -> dict[str, float]:
    """`thresholds` with the lowest `threshold`, not below the given one, at which the share `target` of the accepted
    predictions is correct; if there is none, that of the most confident one. `confidence`, `ood_score` and the mask
    `correct` (n,) are of other people's digits."""
    accepted = ood_score >= thresholds["ood_threshold"]
    descending = np.argsort(-confidence[accepted], kind="stable")
    levels, right = confidence[accepted][descending], correct[accepted][descending]
    selective_accuracy = np.cumsum(right) / np.arange(1, len(right) + 1)
    enough = levels[selective_accuracy >= target]
    lowest = enough.min() if len(enough) else confidence.max()
    return {**thresholds, "threshold": max(thresholds["threshold"], float(lowest))}


def model_facts(name: str, source: bytes, model: bytes) -> dict[str, str | int]:
    """Digest and size of the exported `model`, and the digest of the model `source` that it was made from."""
    return {
        "model": name,
        "made_from_sha256": hashlib.sha256(source).hexdigest(),
        "onnx_sha256": hashlib.sha256(model).hexdigest(),
        "onnx_bytes": len(model),
    }
