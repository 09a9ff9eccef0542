"""The last layer of an exported model: its features and weights, and weights fitted to someone's drawings.

The model stays as it is up to its features, and with them its out-of-distribution score. Needs no TensorFlow.
"""

import numpy as np
import onnx
from onnx import numpy_helper

from digits.data.datasets import CLASSES, LabeledImages
from digits.recognizer import recognizer
from digits.recognizer.onnx_export import last

# Chosen on the digits that scikit-learn contains: most errors gone, at most 3 of 6,000 validation images lost.
N_TRAIN = 5000  # train images on which the predictions are held where they are
WEIGHT = 0.1  # of the mean loss on the corrections; that of the mean loss on train images is 1
L2 = 0.01  # of half the squared distance to the present weights
SMOOTHING = 0.1  # share of a correction's label spread over all ten classes, as in training
CONVERGED = {"maxiter": 500, "ftol": 1e-12, "gtol": 1e-6}  # so far that rounding reaches no prediction


def features(model: bytes, images: np.ndarray) -> np.ndarray:
    """The input of the last layer with a constant 1 behind it, (n, d + 1) float64, for `images` (n, 28, 28, 1) uint8.

    `model` is the content of an ONNX file without the out-of-distribution score.
    """
    loaded = onnx.load_from_string(model)
    name = last(loaded.graph, "MatMul").input[0]
    loaded.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    found = recognizer.ask(recognizer.session(loaded.SerializeToString()), images)[1]
    return np.hstack([found.astype(np.float64), np.ones((len(found), 1))])


def weights(model: bytes) -> np.ndarray:
    """The weights of the last layer of `model` with its biases as last row, (d + 1, 10) float64."""
    return np.vstack([numpy_helper.to_array(it) for it in _constants(onnx.load_from_string(model))]).astype(np.float64)


def replaced(model: bytes, weights: np.ndarray) -> bytes:
    """`model` with other `weights` (d + 1, 10)."""
    loaded = onnx.load_from_string(model)
    for constant, values in zip(_constants(loaded), (weights[:-1], weights[-1]), strict=True):
        constant.CopyFrom(numpy_helper.from_array(values.astype(np.float32), constant.name))
    return loaded.SerializeToString(deterministic=True)


def _constants(model: onnx.ModelProto) -> tuple[onnx.TensorProto, onnx.TensorProto]:
    """The weights and the biases of the last layer."""
    by_name = {it.name: it for it in model.graph.initializer}
    return by_name[last(model.graph, "MatMul").input[1]], by_name[last(model.graph, "Add").input[1]]


def learned(model: bytes, corrections: LabeledImages, train: LabeledImages) -> bytes:
    """`model` with a last layer that also reads `corrections`, and the first N_TRAIN of `train` as before."""
    present = weights(model)
    fitted = fit(
        present, features(model, corrections.images), corrections.labels, features(model, train.images[:N_TRAIN])
    )
    return replaced(model, fitted)


def fit(present: np.ndarray, corrected: np.ndarray, labels: np.ndarray, train: np.ndarray) -> np.ndarray:
    """The weights (d + 1, 10) that minimize the cross-entropy of corrections and the change of all other predictions.

    `present` are the weights (d + 1, 10), `corrected` (n, d + 1) the features of the corrections with `labels` (n,),
    `train` (m, d + 1) those of train images, whose targets are the present predictions. The function is convex.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax, softmax

    inputs = np.vstack([train, corrected])
    smooth = np.eye(CLASSES)[labels] * (1 - SMOOTHING) + SMOOTHING / CLASSES
    targets = np.vstack([softmax(train @ present, axis=1), smooth])
    shares = np.repeat([1 / len(train), WEIGHT / len(corrected)], [len(train), len(corrected)])[:, np.newaxis]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        change = flat.reshape(present.shape)
        log_probabilities = log_softmax(inputs @ (present + change), axis=1)
        gradient = inputs.T @ (shares * (np.exp(log_probabilities) - targets)) + L2 * change
        return float(L2 / 2 * (change**2).sum() - (shares * targets * log_probabilities).sum()), gradient.ravel()

    found = minimize(loss, np.zeros(present.size), jac=True, method="L-BFGS-B", options=CONVERGED)
    return present + found.x.reshape(present.shape)
