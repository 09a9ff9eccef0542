"""Where datasets come from: scikit-learn's bundled digits, or TensorFlow Datasets.

A dataset that is not available is an error, never replaced by another one; official splits are kept as they are.
"""

import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from digits.data import CLASSES, IMAGE_SHAPE, LabeledImages, dataset_digest, sort_by_hash
from digits.determinism import native_stderr_silenced
from digits.files import UserError

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

BUNDLED = "optdigits"
BUNDLED_TEST_SIZE = 500  # the last of the 1,797; scikit-learn's copy has no split

# What `dataset_digest` gives for the official content.
KNOWN_DIGESTS = {
    "mnist": "169ed1c31c08037e64955425c40f9eb82446da6d86da170a754516a69f6da856",
}


class Dataset(NamedTuple):
    train: LabeledImages
    test: LabeledImages
    digest: str  # hexadecimal SHA-256 of both


def fetch(name: str, archives: Path | None = None) -> Dataset:
    """The official train and test sets of dataset `name`, sorted by hash.

    `archives` is a folder that already holds the dataset's archives under their official names. Raises UserError
    if the dataset is unknown, has another form, was altered or cannot be downloaded.
    """
    train, test = _bundled_digits() if name == BUNDLED else from_tfds(name, archives)
    train, test = sort_by_hash(train), sort_by_hash(test)
    digest = dataset_digest(train, test)
    if KNOWN_DIGESTS.get(name, digest) != digest:
        raise UserError(
            f"{name}: content has SHA-256 {digest}, expected {KNOWN_DIGESTS[name]}; TensorFlow Datasets' prepared "
            "copy (in TFDS_DATA_DIR or ~/tensorflow_datasets) is altered: delete it and fetch again"
        )
    return Dataset(train, test, digest)


def _bundled_digits() -> tuple[LabeledImages, LabeledImages]:
    """The 1,797 digits of UCI's "Optical Recognition of Handwritten Digits" that scikit-learn carries.

    8x8 with ink 0 to 16, enlarged to 20x20, in the middle of 28x28; not centered by mass as in MNIST.
    """
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = np.zeros((len(digits.images), *IMAGE_SHAPE), np.uint8)
    for image, small in zip(images, digits.images, strict=True):
        ink = np.rint(small * (255 / 16)).astype(np.uint8)
        image[4:24, 4:24, 0] = np.asarray(Image.fromarray(ink).resize((20, 20), Image.Resampling.BICUBIC))
    labels = digits.target.astype(np.uint8)
    cut = len(labels) - BUNDLED_TEST_SIZE
    return LabeledImages(images[:cut], labels[:cut]), LabeledImages(images[cut:], labels[cut:])


PROBE_SECONDS = 4.0  # TFDS itself would retry for over three minutes


def from_tfds(name: str, archives: Path | None) -> tuple[LabeledImages, LabeledImages]:
    """The official train and test sets of dataset `name`, in TFDS's own order.

    Raises UserError if the dataset is unknown to TFDS, has another form, was altered or cannot be downloaded.
    """
    import tensorflow_datasets as tfds

    if not sys.stderr.isatty():
        tfds.disable_progress_bar()
    try:
        builder = tfds.builder(name, try_gcs=False)
    except (tfds.core.DatasetNotFoundError, ValueError) as error:
        raise UserError(f"fetch.dataset: {name} is not known to TensorFlow Datasets {tfds.__version__}") from error
    _check_features(builder)
    # TFDS reads and writes with TensorFlow, which would complain of a missing GPU.
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with native_stderr_silenced():
        import tensorflow  # noqa: F401 - TFDS would import it later
    if not builder.data_path.exists():
        _prepare(builder, archives)
    return _read_prepared(builder, "train"), _read_prepared(builder, "test")


def _check_features(builder: "tfds.core.DatasetBuilder") -> None:
    features, splits = builder.info.features, builder.info.splits
    fits = (
        features is not None
        and {"image", "label"} <= set(features)
        and features["image"].shape == IMAGE_SHAPE
        and features["label"].num_classes == CLASSES
    )
    if not fits:
        shown = " ".join(str(features).split())
        raise UserError(f"fetch.dataset: {builder.name} has {shown}; expected 28x28x1 images in ten classes")
    if splits and not {"train", "test"} <= set(splits):
        raise UserError(f"fetch.dataset: {builder.name} has the splits {sorted(splits)}; expected train and test")


def _prepare(builder: "tfds.core.DatasetBuilder", archives: Path | None) -> None:
    """Let TFDS download the dataset (or take it from `archives`), verify and convert it."""
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.download.download_manager import NonMatchingChecksumError
    from tensorflow_datasets.core.download.util import DownloadError

    if archives and not archives.is_dir():
        raise UserError(f"DIGITS_ARCHIVES is {archives}, which is not a folder")
    _check_within_reach(builder, archives)
    config = tfds.download.DownloadConfig(manual_dir=archives)
    try:
        builder.download_and_prepare(download_config=config)
    except NonMatchingChecksumError as error:
        raise UserError(_name_altered_archive(builder, archives) or str(error)) from error
    except DownloadError as error:
        raise UserError(f"{builder.name} could not be downloaded: {error}") from error


def _archive_infos(builder: "tfds.core.DatasetBuilder") -> dict[str, Any]:
    """TFDS's own table of this dataset's archives: URL to size, SHA-256 and official file name."""
    return dict(builder.url_infos or {})


def _check_within_reach(builder: "tfds.core.DatasetBuilder", archives: Path | None) -> None:
    """Raises UserError within seconds if an archive is neither on disk nor can be downloaded."""
    import requests
    from tensorflow_datasets.core.download.resource import get_dl_fname

    downloads = Path(builder._data_dir_root) / "downloads"
    for url, info in _archive_infos(builder).items():
        local = [downloads / get_dl_fname(url, info.checksum), *([archives / info.filename] if archives else [])]
        if any(path.exists() for path in local):
            continue
        try:
            requests.head(url, timeout=PROBE_SECONDS, allow_redirects=True).raise_for_status()
        except requests.RequestException as error:
            raise UserError(
                f"{info.filename} cannot be downloaded ({type(error).__name__} at {url}) and is not in "
                f"{archives or 'a folder named by DIGITS_ARCHIVES'}. Connect to the network, or put the archives into "
                "such a folder, or run `make demo`, which needs no download"
            ) from error


def _name_altered_archive(builder: "tfds.core.DatasetBuilder", archives: Path | None) -> str | None:
    for info in _archive_infos(builder).values():
        path = (archives or Path()) / info.filename
        if not path.exists():
            continue
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest != info.checksum:
            return f"{path} is not the official archive: its SHA-256 is {digest}, expected {info.checksum}"
    return None


def _read_prepared(builder: "tfds.core.DatasetBuilder", name: str) -> LabeledImages:
    import tensorflow as tf
    import tensorflow_datasets as tfds

    try:
        examples = tfds.as_numpy(builder.as_dataset(split=name, batch_size=-1))
    except tf.errors.OpError as error:
        raise UserError(f"{builder.data_path} is damaged; delete it and fetch again ({error.message})") from error
    images = upright(builder.name, examples["image"])
    return LabeledImages(images, examples["label"].astype(np.uint8))


def upright(name: str, images: np.ndarray) -> np.ndarray:
    """`images` (n, 28, 28, 1) upright: EMNIST stores its images transposed (TFDS catalogue, emnist)."""
    return np.ascontiguousarray(images.transpose(0, 2, 1, 3)) if name == "emnist" else images
