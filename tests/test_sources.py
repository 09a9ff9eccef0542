"""The real TensorFlow Datasets, with no network: a data set defined here, and archives on disk."""

import gzip
import hashlib
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from digits import data, sources
from digits.data import LabeledImages
from support import ARCHIVES, needs_archives


@pytest.fixture
def no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pinned: None) -> Path:
    """TensorFlow Datasets with an empty data folder and no way to any network."""
    import tensorflow_datasets as tfds

    builder = tfds.builder
    folder = tmp_path / "tensorflow_datasets"
    monkeypatch.setattr(tfds, "builder", lambda name, **options: builder(name, data_dir=folder, **options))
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")  # the discard port: nobody answers
    return folder


def test_bundled_digits_are_those_of_scikit_learn():
    fetched = sources.fetch("optdigits")
    assert (len(fetched.train.labels), len(fetched.test.labels)) == (1297, 500)
    counts = np.bincount(np.concatenate([fetched.train.labels, fetched.test.labels]))
    assert counts.tolist() == np.bincount(load_digits().target).tolist()
    for split in (fetched.train, fetched.test):
        data.check_form("optdigits", split)
        assert split.images.max() == 255
        assert not split.images[:, :4].any()  # the border of MNIST's field


def read_idx(name: str, header: int) -> np.ndarray:
    """MNIST's own format, by hand: an oracle that shares nothing with TensorFlow Datasets."""
    with gzip.open(ARCHIVES / f"{name}-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


@needs_archives
def test_archives_on_disk_give_the_real_mnist(no_cache: Path):
    fetched = sources.fetch("mnist", ARCHIVES)
    for split, name in ((fetched.train, "train"), (fetched.test, "t10k")):
        images = read_idx(f"{name}-images-idx3", 16).reshape(-1, 28, 28, 1)
        expected = data.sort_by_hash(LabeledImages(images, read_idx(f"{name}-labels-idx1", 8)))
        assert np.array_equal(split.images, expected.images)
        assert np.array_equal(split.labels, expected.labels)
    assert fetched.digest == sources.KNOWN_DIGESTS["mnist"]


@needs_archives
def test_an_altered_archive_is_named_with_its_digest(tmp_path: Path, no_cache: Path):
    archives = Path(shutil.copytree(ARCHIVES, tmp_path / "archives"))
    path = archives / "t10k-labels-idx1-ubyte.gz"
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[2000] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"t10k-labels-idx1-ubyte\.gz") as caught:
        sources.fetch("mnist", archives)
    assert "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6" in str(caught.value)
    assert hashlib.sha256(content).hexdigest() in str(caught.value)


def test_without_network_make_demo_is_named_at_once(tmp_path: Path, no_cache: Path):
    start = time.monotonic()
    for archives in (None, tmp_path):
        with pytest.raises(ValueError, match="make demo"):
            sources.fetch("mnist", archives)
    assert time.monotonic() - start < 100  # TFDS alone would try for over three minutes, twice


@pytest.mark.parametrize(
    ("name", "archives", "word"),
    [
        ("mnist", "nowhere", "DIGITS_ARCHIVES is .*nowhere"),
        ("no_such_set", None, r"fetch\.dataset: no_such_set"),
        ("cifar10", None, "cifar10 has .*expected 28x28x1"),
    ],
)
def test_what_cannot_be_fetched_is_named(tmp_path: Path, no_cache: Path, name: str, archives: str | None, word: str):
    with pytest.raises(ValueError, match=word):
        sources.fetch(name, tmp_path / archives if archives else None)


def test_an_altered_prepared_copy_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sources.KNOWN_DIGESTS, "optdigits", "0" * 64)
    with pytest.raises(ValueError, match="optdigits: content has SHA-256"):
        sources.fetch("optdigits")


def test_another_set_is_taken_and_its_damage_named(no_cache: Path, noise: LabeledImages):
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
    assert np.array_equal(fetched.train.images, data.sort_by_hash(noise).images)
    assert np.array_equal(np.sort(fetched.test.labels), noise.labels)

    record = next(no_cache.rglob("*train.tfrecord*"))
    record.write_bytes(record.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"tiny_digits.1\.0\.0 is damaged"):
        sources.fetch("tiny_digits")


def test_emnist_is_turned_upright(noise: LabeledImages):
    turned = sources.upright("emnist", noise.images)
    assert turned[3, 5, 20, 0] == noise.images[3, 20, 5, 0]
    assert sources.upright("mnist", noise.images) is noise.images
