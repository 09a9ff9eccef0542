"""Study: the exported recognizer on other people's handwriting, on photos of paper, and on several digits in a picture.

Choices between methods of preparation and of training rest on Semeion, none on USPS. Nothing is trained on either.
"""

import gzip
import hashlib
import io
import os
import textwrap
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import requests
from PIL import Image, ImageOps
from scipy import ndimage

from digits import data, files, plots, rendering
from digits.config import PROCESSED, Run, load_params, load_section
from digits.determinism import pin_tensorflow
from digits.files import UserError
from digits.imaging import mnist_format, segmentation
from digits.imaging.mnist_format import FIELD
from digits.recognizer import corrections
from digits.recognizer.reading import RECOGNIZER, Prediction, Recognizer, read_digits
from digits.synthetic import paper
from digits.synthetic.multi_digit import CONDITIONS, Page, synthetic_pages
from studies import run_stage
from studies.params import Handwriting

DATA = Path("data/handwriting")
METRICS, PLOTS = Path("metrics/handwriting"), Path("plots/handwriting")
CORRECTIONS = Path("studies/handwriting_corrections")  # a folder for the user's own pictures, see its README.md
PAPER_SEED, MULTI_DIGIT_SEED = 0, 1  # of the photos
FOR_CHOICES = "semeion"  # the set that choices may rest on
USER = "user"  # the name of the user's own pictures among the sets

Digits = tuple[list[np.ndarray], np.ndarray]  # pictures (h, w) uint8, dark ink on light paper, and labels (n,)


def fetch() -> None:
    """Get other people's handwritten digits, from DIGITS_ARCHIVES or their publishers.

    Writes data/handwriting/<set>.npz: `images` (n, h, w) uint8, dark ink on light paper, `labels` (n,).
    """
    sets = {name: fetch_set(name) for name in load_section("handwriting", Handwriting).sets}
    with files.atomic_write(DATA) as folder:
        folder.mkdir()
        for name, (images, labels) in sets.items():
            files.write_arrays(folder / f"{name}.npz", images=np.stack(images), labels=labels)
    print(", ".join(f"{name} {len(labels):,}" for name, (_, labels) in sets.items()) or "no sets")


def _semeion(table: np.ndarray) -> Digits:
    """UCI's Semeion Handwritten Digit: 256 values 0 or 1 (ink) and ten of the label, a row per digit."""
    return _pictures(1 - table[:, :256]), table[:, 256:266].argmax(axis=1)


def _usps(table: np.ndarray) -> Digits:
    """USPS zip codes, as The Elements of Statistical Learning publishes them: label, 256 values -1 to 1 (ink)."""
    return _pictures((1 - table[:, 1:]) / 2), table[:, 0].astype(int)


def _pictures(light: np.ndarray) -> list[np.ndarray]:
    return list(np.rint(255 * light).astype(np.uint8).reshape(-1, 16, 16))


class Source(NamedTuple):
    """A set: the names of its file in DIGITS_ARCHIVES, the SHA-256 of its unpacked content, its address, its parser."""

    names: tuple[str, str]
    sha256: str
    address: str
    parse: Callable[[np.ndarray], Digits]


SOURCES = {
    "semeion": Source(
        ("semeion.data", "semeion.data.gz"),
        "d92d6c4103d1dbe202ad7fa50652f821c11b5bc1890f9d2673706203410d68b8",
        "https://archive.ics.uci.edu/ml/machine-learning-databases/semeion/semeion.data",
        _semeion,
    ),
    "usps": Source(
        ("zip.train.gz", "usps-train.gz"),
        "abc9f5c75b997cabe66b5d01727d5a681c69298e1641a8d37b55433a52129dc0",
        "https://hastie.su.domains/ElemStatLearn/datasets/zip.train.gz",
        _usps,
    ),
}


def fetch_set(name: str) -> Digits:
    """The set `name`, from the folder that DIGITS_ARCHIVES names, or else from its publisher.

    Raises UserError if it is unavailable or its content was altered.
    """
    source, archives = SOURCES[name], Path(os.environ.get("DIGITS_ARCHIVES", os.devnull)).expanduser()
    archived = [archives / file for file in source.names if (archives / file).is_file()]
    content = archived[0].read_bytes() if archived else _downloaded(name, source)
    content = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise UserError(f"handwriting.sets: the content of {name} has another SHA-256 than {source.sha256}")
    return source.parse(np.loadtxt(io.BytesIO(content)))


def _downloaded(name: str, source: Source) -> bytes:
    try:
        response = requests.get(source.address, timeout=60)
        response.raise_for_status()
    except requests.RequestException as error:
        raise UserError(
            f"{name} cannot be downloaded from {source.address} ({type(error).__name__}); put {source.names[-1]} into "
            f"the folder that DIGITS_ARCHIVES names, or take {name} out of handwriting.sets"
        ) from error
    return response.content


def stored(name: str) -> Digits:
    """The set `name` as `fetch` stored it."""
    with np.load(DATA / f"{name}.npz") as arrays:
        return list(arrays["images"]), arrays["labels"]


def resized(gray: np.ndarray) -> np.ndarray:
    """As most tutorials do: invert, and resize to 28x28."""
    return np.asarray(Image.fromarray(255 - gray).resize((FIELD, FIELD), Image.Resampling.BILINEAR))


def thresholded(gray: np.ndarray) -> np.ndarray:
    """The simplest that could work: the paper is the median of the border, ink a quarter of the darkest or more."""
    light = gray.astype(np.float32)
    ink = np.abs(light - np.median(np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])))
    ink[ink < ink.max() / 4] = 0
    return mnist_format.centered(ink) if ink.any() else np.zeros((FIELD, FIELD), np.uint8)


def prepared(gray: np.ndarray) -> np.ndarray:
    """This project's; a blank image if it finds no ink."""
    images = mnist_format.prepare(gray)
    return images[0] if len(images) else np.zeros((FIELD, FIELD), np.uint8)


# From a picture (h, w) uint8 to MNIST's format, (28, 28) uint8: this project's, and two plain ones to compare with.
METHODS = {method.__name__: method for method in (resized, thresholded, prepared)}


def validate(run: Run) -> None:
    """Measure one model on Semeion, for choices; 0 if it is not among the sets. USPS plays no part.

    Writes metrics/handwriting_validation/<run>.json.
    """
    pin_tensorflow(run.seed)
    from digits import models  # imports TensorFlow: the pins come first

    accuracy = 0.0
    if FOR_CHOICES in load_section("handwriting", Handwriting).sets:
        pictures, labels = stored(FOR_CHOICES)
        images = np.stack([prepared(picture) for picture in pictures])[..., np.newaxis]
        predicted = models.predict(models.load(run.model), images).argmax(axis=1)
        accuracy = float((predicted == labels).mean())
    path = Path(f"metrics/handwriting_validation/{run}.json")
    files.write_json(path, {"validation_handwriting_accuracy": accuracy})
    print(f"accuracy on other people's handwriting {accuracy:.2%}")


def evaluate() -> None:
    """Measure the recognizer on other people's handwriting, the user's, and photos of paper, by method.

    Writes metrics/handwriting/handwriting.csv, paper.csv and multi_digit.csv (several digits in a picture), a row per
    set or condition; pictures/recognizer.json, the means of this project's method of preparation; plots/handwriting/.
    """
    section, recognizer = load_section("handwriting", Handwriting), Recognizer(RECOGNIZER)
    count = section.n_photos
    sets = {name: stored(name) for name in section.sets} | user_set(CORRECTIONS)
    validation = data.load(PROCESSED / "validation")
    digits, labels = validation.images[..., 0], validation.labels
    photos = {name: (paper.photos(digits[:count], name, PAPER_SEED), labels[:count]) for name in paper.CONDITIONS}
    pages = {name: synthetic_pages(digits, labels, name, count, MULTI_DIGIT_SEED) for name in CONDITIONS}
    by_set, on_paper = compare(recognizer, "set", sets), compare(recognizer, "condition", photos)
    on_pages = pd.DataFrame({"condition": name, **all_correct(recognizer, made)} for name, made in pages.items())
    means = summary(by_set, on_paper)
    for name, table in (("handwriting", by_set), ("paper", on_paper), ("multi_digit", on_pages)):
        files.write_csv(METRICS / f"{name}.csv", table)
    files.write_json(METRICS / "pictures/recognizer.json", means)
    save_misread(recognizer, sets)
    save_photos({name: pictures[0] for name, (pictures, _) in photos.items()}, PLOTS / "paper.png", 5)
    save_photos({name: made[0].picture for name, made in pages.items()}, PLOTS / "multi_digit.png", 2)
    print(", ".join(f"{name} {value:.2%}" for name, value in means.items()))


def user_set(folder: Path) -> dict[str, Digits]:
    """The pictures in the subfolders 0 to 9 of `folder` as a set; no set if there are none."""
    pairs = list(corrections.load(folder))
    return {USER: ([picture for picture, _ in pairs], np.array([label for _, label in pairs]))} if pairs else {}


def compare(recognizer: Recognizer, kind: str, sets: dict[str, Digits]) -> pd.DataFrame:
    """One row per set, whose name stands in the column `kind`, and method, called `way`.

    `selective_accuracy` is the accuracy of the accepted predictions, `wrong_accepted` the share of all that is accepted
    and wrong, `none` the share of pictures in which no ink was found.
    """
    rows = []
    for (name, (pictures, labels)), (method, prepare) in product(sets.items(), METHODS.items()):
        images = np.stack([prepare(picture) for picture in pictures])
        correct, accepted = outcome(recognizer.read(images), labels)
        wrong, none = (accepted & ~correct).mean(), (~images.any(axis=(1, 2))).mean()
        selective = selective_accuracy(correct, accepted)
        rows.append((name, method, len(labels), correct.mean(), accepted.mean(), selective, wrong, none))
    measures = ["way", "digits", "accuracy", "accepted", "selective_accuracy", "wrong_accepted", "none"]
    return pd.DataFrame(rows, columns=[kind, *measures])


def outcome(predictions: list[Prediction], labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which predictions are correct, and which are accepted: two masks (n,)."""
    correct = np.array([prediction.digit for prediction in predictions]) == labels
    return correct, np.array([prediction.sure for prediction in predictions])


def selective_accuracy(correct: np.ndarray, accepted: np.ndarray) -> float:
    """The share of correct predictions among the accepted ones, given two masks (n,); 0 if none is accepted."""
    return float(correct[accepted].mean()) if accepted.any() else 0.0


def summary(by_set: pd.DataFrame, on_paper: pd.DataFrame) -> dict[str, float]:
    """Means and worst of this project's method: over the sets but the user's, over the conditions, of the user's."""
    measures: dict[str, float] = {}
    is_user = by_set["set"] == USER
    for name, table in (("handwriting", by_set[~is_user]), ("paper", on_paper), ("user", by_set[is_user])):
        if len(rows := table[table["way"] == prepared.__name__]):
            measures |= {
                f"{name}_accuracy": rows["accuracy"].mean(),
                f"{name}_worst_accuracy": rows["accuracy"].min(),
                f"{name}_accepted": rows["accepted"].mean(),
                f"{name}_wrong_accepted": rows["wrong_accepted"].max(),
            }
    return measures


def save_misread(recognizer: Recognizer, sets: dict[str, Digits]) -> None:
    """Draw what the model sees of the first misread pictures of each set: label, prediction, red if accepted."""
    shown, captions, accepted = [], [], []
    for name, (pictures, labels) in sets.items():
        images = np.stack([prepared(picture) for picture in pictures])
        predictions = recognizer.read(images)
        for index in np.flatnonzero(~outcome(predictions, labels)[0])[:30]:
            shown.append(images[index])
            captions.append(f"{name}\n{labels[index]} as {predictions[index].digit}")
            accepted.append(predictions[index].sure)
    grid = np.array(shown, np.uint8).reshape(-1, *data.IMAGE_SHAPE)
    plots.save_png(plots.digit_grid(grid, captions, accepted, 10), PLOTS / "misread.png")


def save_photos(photos: dict[str, np.ndarray], path: Path, columns: int) -> None:
    """Draw one photo of each condition, half as large as the first."""
    height, width = next(iter(photos.values())).shape
    size = width // 2, height // 2
    half = [np.asarray(ImageOps.pad(Image.fromarray(photo), size, color=255)) for photo in photos.values()]
    captions = [textwrap.fill(name, 14) for name in photos]
    plots.save_png(
        plots.digit_grid(255 - np.stack(half)[..., np.newaxis], captions, [False] * len(half), columns), path
    )


def all_correct(recognizer: Recognizer, pages: list[Page]) -> dict[str, float]:
    """The number of `pages`, and the share of them whose digits are all read, in order.

    `cut` is this project's method: ink between gaps is cut where it does not read as a digit. `pieces` is a plain one:
    each connected piece of ink is a digit, from left to right.
    """
    inks = [segmentation.find_ink(page.picture) for page in pages]
    by_pieces = [[] if ink is None else recognizer.read(np.stack(pieces(ink))) for ink in inks]
    by_cutting = [[digit.prediction for digit in read_digits(recognizer, page.picture)] for page in pages]
    return {"photos": len(pages), "pieces": _all_read(by_pieces, pages), "cut": _all_read(by_cutting, pages)}


def _all_read(predictions: list[list[Prediction]], pages: list[Page]) -> float:
    pairs = zip(predictions, pages, strict=True)
    return float(np.mean([[prediction.digit for prediction in row] == page.labels for row, page in pairs]))


def pieces(ink: np.ndarray) -> list[np.ndarray]:
    """The pieces of `ink`; those that overlap horizontally by more than half of the narrower one are one digit."""
    labels, count = ndimage.label(ink > 0, np.ones((3, 3)))
    weights = ndimage.sum(ink, labels, range(1, count + 1))
    columns = [box[1] for box in ndimage.find_objects(labels)]
    large = np.flatnonzero(weights >= 0.05 * weights.max()).tolist()  # smaller pieces are dirt
    groups: list[tuple[int, int, list[int]]] = []
    for start, stop, number in sorted((columns[piece].start, columns[piece].stop, piece + 1) for piece in large):
        last = groups[-1] if groups else (0, 0, [])
        if min(stop, last[1]) - start > 0.5 * min(stop - start, last[1] - last[0]):
            groups[-1] = (last[0], max(stop, last[1]), [*last[2], number])
        else:
            groups.append((start, stop, [number]))
    return [mnist_format.centered(np.where(np.isin(labels, numbers), ink, 0)) for _, _, numbers in groups]


def section() -> dict[str, Any] | None:
    """What the studies' page shows; None if the recognizer was not evaluated."""
    if not (METRICS / "recognizer.json").exists():
        return None
    export = load_params().export
    tables = {
        name: files.read_csv(METRICS / f"{name}.csv") for name in ("handwriting", "paper", "rejection", "printed")
    }
    tables["paper"] = by_condition(tables["paper"])
    return {
        "model": str(Run(export.recipe, export.seed)),
        "numbers": files.read_json(METRICS / "recognizer.json"),
        **{name: rendering.as_text(table, 1) for name, table in tables.items()},
    }


def by_condition(on_paper: pd.DataFrame) -> pd.DataFrame:
    """One row per condition: the accuracy of each method, and what this project's accepts."""
    accuracy = on_paper.pivot(index="condition", columns="way", values="accuracy")
    accepted = on_paper[on_paper["way"] == prepared.__name__].set_index("condition")[["accepted", "wrong_accepted"]]
    return accuracy.join(accepted).loc[on_paper["condition"].unique()].reset_index()


if __name__ == "__main__":
    run_stage(__doc__, fetch, validate, evaluate)
