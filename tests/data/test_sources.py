"""The real TensorFlow Datasets, with no network: a data set of its own kind, defined here, and archives on disk."""

import gzip
import hashlib
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from digits.data import datasets, sources, tfds_source
from support import ARCHIVES

needs_archives = pytest.mark.skipif(
    not (ARCHIVES / "train-images-idx3-ubyte.gz").exists(), reason="needs the four MNIST archives in DIGITS_ARCHIVES"
)


@pytest.fixture
def no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pinned: None) -> Path:
    """TensorFlow Datasets with an empty data folder and no way to any network."""
    import tensorflow_datasets as tfds

    builder = tfds.builder
    data = tmp_path / "tensorflow_datasets"
    monkeypatch.setattr(tfds, "builder", lambda name, **options: builder(name, data_dir=data, **options))
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")  # the discard port: nobody answers
    return data


def test_bundled_digits_are_scikit_learns_own():
    fetched = sources.fetch("optdigits")
    assert (len(fetched.train.labels), len(fetched.test.labels)) == (1297, 500)
    counts = np.bincount(np.concatenate([fetched.train.labels, fetched.test.labels]))
    assert counts.tolist() == np.bincount(load_digits().target).tolist()
    for split in (fetched.train, fetched.test):
        datasets.check_form("optdigits", split)
        assert split.images.max() == 255
        assert not split.images[:, :4].any()  # the border of MNIST's field


def read_idx(path: Path, header: int) -> np.ndarray:
    """MNIST's own format, by hand: an oracle that shares nothing with TensorFlow Datasets."""
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


@needs_archives
def test_archives_on_disk_give_the_real_mnist(no_cache: Path):
    fetched = sources.fetch("mnist", ARCHIVES)
    for split, name in ((fetched.train, "train"), (fetched.test, "t10k")):
        images = read_idx(ARCHIVES / f"{name}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1)
        labels = read_idx(ARCHIVES / f"{name}-labels-idx1-ubyte.gz", 8)
        expected = datasets.sort_by_hash(datasets.LabeledImages(images, labels))
        assert np.array_equal(split.images, expected.images)
        assert np.array_equal(split.labels, expected.labels)
    assert fetched.digest == sources.KNOWN_DIGESTS["mnist"]


@needs_archives
@pytest.mark.parametrize("damage", ["truncated", "altered", "swapped"])
def test_a_damaged_archive_is_named_with_both_checksums(tmp_path: Path, no_cache: Path, damage: str):
    archives = Path(shutil.copytree(ARCHIVES, tmp_path / "archives"))
    path = archives / "t10k-labels-idx1-ubyte.gz"
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    if damage == "truncated":
        del content[4000:]
    elif damage == "altered":
        content[2000] ^= 1
    else:
        content = bytearray((archives / "train-labels-idx1-ubyte.gz").read_bytes())
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"t10k-labels-idx1-ubyte\.gz is not the official archive") as caught:
        sources.fetch("mnist", archives)
    assert "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6" in str(caught.value)
    assert hashlib.sha256(content).hexdigest() in str(caught.value)


@pytest.mark.parametrize("archives", [None, "empty"])
def test_without_network_the_ways_on_are_named_at_once(tmp_path: Path, no_cache: Path, archives: str | None):
    folder = tmp_path / archives if archives else None
    if folder:
        folder.mkdir()
    start = time.monotonic()
    with pytest.raises(ValueError, match=r"cannot be downloaded .* is not in .*network.*make demo"):
        sources.fetch("mnist", folder)
    assert time.monotonic() - start < 60  # not a benchmark: TFDS alone would try for over three minutes


def test_a_folder_of_archives_that_is_not_there_is_named(tmp_path: Path, no_cache: Path):
    with pytest.raises(ValueError, match=r"DIGITS_ARCHIVES is .*nowhere, which is not a folder"):
        sources.fetch("mnist", tmp_path / "nowhere")


def test_an_unknown_dataset_is_named(no_cache: Path):
    with pytest.raises(ValueError, match=r"fetch\.dataset: no_such_set is not known to TensorFlow Datasets"):
        sources.fetch("no_such_set")


def test_a_dataset_of_another_form_is_refused(no_cache: Path):
    with pytest.raises(ValueError, match=r"cifar10 has .*expected 28x28x1 images in ten classes"):
        sources.fetch("cifar10")


def test_an_altered_prepared_copy_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sources.KNOWN_DIGESTS, "optdigits", "0" * 64)
    with pytest.raises(ValueError, match=r"optdigits: content has SHA-256 .*expected 0000"):
        sources.fetch("optdigits")


def test_any_other_set_of_the_right_form_is_taken_and_a_damaged_copy_of_it_is_named(
    no_cache: Path, noise: datasets.LabeledImages
):
    import tensorflow_datasets as tfds

    class TinyDigits(tfds.core.GeneratorBasedBuilder):
        pkg_dir_path = Path(__file__).parent
        VERSION = tfds.core.Version("1.0.0")

        def _info(self) -> tfds.core.DatasetInfo:
            image = tfds.features.Image(shape=(28, 28, 1))
            features = {"image": image, "label": tfds.features.ClassLabel(num_classes=10)}
            return self.dataset_info_from_configs(features=tfds.features.FeaturesDict(features))

        def _split_generators(self, dl_manager):
            return {"train": self._generate_examples(0), "test": self._generate_examples(255)}

        def _generate_examples(self, mask):
            for key, (image, label) in enumerate(zip(*noise, strict=True)):
                yield key, {"image": image ^ mask, "label": int(label)}

    sys.modules[__name__].TinyDigits = TinyDigits
    fetched = sources.fetch("tiny_digits")
    assert np.array_equal(fetched.train.images, datasets.sort_by_hash(noise).images)
    assert np.array_equal(np.sort(fetched.test.labels), noise.labels)

    record = next(no_cache.rglob("*train.tfrecord*"))
    record.write_bytes(record.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"tiny_digits.1\.0\.0 is damaged; delete it and fetch again"):
        sources.fetch("tiny_digits")


def test_emnist_is_turned_upright(noise: datasets.LabeledImages):
    turned = tfds_source.upright("emnist", noise.images)
    assert turned[3, 5, 20, 0] == noise.images[3, 20, 5, 0]
    assert tfds_source.upright("mnist", noise.images) is noise.images
