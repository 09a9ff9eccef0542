"""Export one model for use without TensorFlow, as ONNX with temperature and thresholds.

The temperature is fitted on validation images, the thresholds on these and on other people's digits, which
scikit-learn contains; the subspace of the out-of-distribution score on train images and the recipe's drawn digits.
Reads the sections `export` and `fetch` of params.yaml, models/<run>.keras of the run that it names,
data/processed/{train,validation}/ and, for the model card, metrics/{dataset,splits}.json and
metrics/{train,test}/<run>.json. Writes models/recognizer/ and metrics/export.json.
"""

import numpy as np

from digits import config, data, files, rendering
from digits.config import Run, load_params
from digits.data import LabeledImages
from digits.determinism import pin_tensorflow
from digits.files import UserError
from digits.recognizer import export, reading
from digits.recognizer.reading import RECOGNIZER

MAX_DIFFERENCE = 1e-5  # of a probability between Keras and ONNX


def main() -> None:
    params = load_params()
    section, recipe = params.export, params.recipes[params.export.recipe]
    run = Run(section.recipe, section.seed)
    train, validation = (data.load(config.PROCESSED / name) for name in ("train", "validation"))
    pin_tensorflow(run.seed)
    from digits import models, ood, strokes  # import TensorFlow: the pins come first

    keras_model = models.load(run.model)
    real = LabeledImages(train.images[: ood.N_FIT], train.labels[: ood.N_FIT])
    known = strokes.with_drawn_digits(real, recipe.drawn_digits, section.seed)
    subspace = ood.Subspace.fitted(ood.extractor(keras_model)(known.images)[0])
    model = export.add_ood_output(export.to_onnx(keras_model), subspace)
    session = reading.session(model)
    check_same(models.predict(keras_model, validation.images), reading.run_model(session, validation.images)[0])
    facts = {
        **export.calibrate(session, validation, params),
        **export.model_facts(str(run), run.model.read_bytes(), model),
    }
    files.write_json(config.EXPORT, facts)
    card = {
        **facts,
        "recipe": recipe.model_dump(),
        "training": files.read_json(run.train_metrics),
        "tested": files.read_json(run.test_metrics),
        "dataset": files.read_json(config.DATASET),
        "splits": files.read_json(config.SPLITS),
    }
    with files.atomic_write(RECOGNIZER) as folder:
        files.write_json(folder / reading.CARD, card)
        files.write_text(folder / "README.md", rendering.render("model_card.md.j2", card))
        (folder / reading.MODEL).write_bytes(model)
    print(
        f"{run} as ONNX, {len(model):,} bytes; temperature {facts['temperature']:.3f}, accepted at confidence >= "
        f"{facts['threshold']:.4f} and {export.DETECTOR} >= {facts['ood_threshold']:.3f}"
    )


def check_same(expected: np.ndarray, exported: np.ndarray) -> None:
    """Raises UserError if the probabilities (n, 10) of Keras and ONNX differ."""
    difference = float(np.abs(exported - expected).max())
    if difference > MAX_DIFFERENCE or (exported.argmax(axis=1) != expected.argmax(axis=1)).any():
        raise UserError(f"ONNX and Keras differ: probabilities by up to {difference:.1e}")


if __name__ == "__main__":
    files.execute("export", main)
