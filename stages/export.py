"""Export the chosen model for use without TensorFlow: as ONNX and as int8, with temperature and thresholds.

The temperature is fitted on validation images, the thresholds on these and on other people's digits, which
scikit-learn contains; the subspace of the out-of-distribution score on train images and the recipe's drawn digits.
Reads the sections `export` and `fetch` of params.yaml, models/<run>.keras of the run that it names,
data/processed/{train,validation}/ and, for the model card, metrics/{dataset,splits}.json and
metrics/{train,test}/<run>.json. Writes models/recognizer/ and metrics/export.json.
"""

from typing import TYPE_CHECKING

import numpy as np

from digits.config.params import Params, load_params
from digits.config.runs import Run
from digits.core import artifacts, cli, paths
from digits.core.determinism import pin_tensorflow
from digits.core.errors import UserError
from digits.data import datasets
from digits.data.datasets import LabeledImages
from digits.ood.scores import Subspace
from digits.recognizer import model_card, recognizer, thresholds

if TYPE_CHECKING:
    import keras

MAX_DIFFERENCE = 1e-5  # of a probability between Keras and ONNX


def main() -> str:
    params = load_params()
    section = params.export
    run = Run(section.recipe, section.seed)
    train, validation = (datasets.load(paths.PROCESSED / name) for name in ("train", "validation"))
    pin_tensorflow(run.seed)
    from digits.models import files, inference  # imports TensorFlow: the pins come first
    from digits.recognizer import onnx_export

    keras_model = files.load(run.model)
    subspace = fit_subspace(keras_model, train, params)
    model, quantized = onnx_export.export(keras_model, validation.images, section.detector, subspace)
    session = recognizer.session(model)
    check_same(inference.predict(keras_model, validation.images), recognizer.ask(session, validation.images)[0])
    facts = {
        **thresholds.calibrated(session, validation, params),
        **model_card.files(str(run), run.model.read_bytes(), model, quantized),
    }
    artifacts.write_json(paths.EXPORT, facts)
    with artifacts.atomic_write(paths.RECOGNIZER) as folder:
        model_card.write(folder, run, params.recipes[run.recipe], facts)
        (folder / recognizer.MODEL).write_bytes(model)
        (folder / recognizer.QUANTIZED).write_bytes(quantized)
    return (
        f"{run} as ONNX, {len(model):,} bytes, as int8 {len(quantized):,}; temperature {facts['temperature']:.3f}, "
        f"accepted at confidence >= {facts['threshold']:.4f} and {section.detector} >= {facts['ood_threshold']:.3f}"
    )


def fit_subspace(model: "keras.Model", train: LabeledImages, params: Params) -> Subspace:
    """The subspace of the features of the digits that `model` was trained on, real and drawn."""
    from digits.ood import features
    from digits.training import drawn_digits

    section, recipe = params.export, params.recipes[params.export.recipe]
    real = LabeledImages(train.images[: section.n_fit], train.labels[: section.n_fit])
    known = drawn_digits.added(real, recipe.drawn_digits, section.seed)
    return Subspace.fitted(features.extractor(model)(known.images)[0], section.explained_variance)


def check_same(wanted: np.ndarray, found: np.ndarray) -> None:
    """Raises UserError if Keras and ONNX differ."""
    difference = float(np.abs(found - wanted).max())
    if difference > MAX_DIFFERENCE or (found.argmax(axis=1) != wanted.argmax(axis=1)).any():
        raise UserError(f"ONNX and Keras differ: probabilities by up to {difference:.1e}")


if __name__ == "__main__":
    cli.execute("export", main)
