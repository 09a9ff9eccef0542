"""MNIST-C's published images: every model is measured on every corruption. The download is replaced by noise."""

from pathlib import Path

import pytest

from digits.config.params import load_params
from digits.config.runs import Run
from digits.core import artifacts
from digits.data.datasets import LabeledImages
from digits.data.splits import Normalization
from studies.robustness import published_images
from studies.robustness.corruptions import CORRUPTIONS
from support import ROOT


def test_every_model_is_measured_on_every_corruption(
    pinned: None, noise: LabeledImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from digits import architectures
    from digits.models import files

    params = load_params(ROOT / "params.yaml")
    monkeypatch.chdir(tmp_path)
    model = architectures.build("mlp", params.recipes["mlp"], Normalization(mean=33.3, std=78.6))
    Path("models").mkdir()
    files.save(model, Run("mlp", 0).model)
    asked = []
    monkeypatch.setattr(published_images.tfds_source, "fetch", lambda name, _: asked.append(name) or (noise, noise))
    monkeypatch.setattr(published_images, "load_params", lambda: params)
    monkeypatch.setattr(published_images, "pin_tensorflow", lambda seed: None)
    monkeypatch.setattr(published_images.runs, "all_runs", lambda train: [Run("mlp", 0)])
    said = published_images.main()
    table = artifacts.read_csv(published_images.TABLE)
    assert asked == [f"mnist_corrupted/{name}" for name in ("identity", *CORRUPTIONS)]
    assert table["corruption"].tolist() == ["identity", *CORRUPTIONS]
    expected = (model.predict(noise.images, verbose=0).argmax(axis=1) == noise.labels).mean()
    assert table["accuracy"].tolist() == pytest.approx([expected] * 16)
    assert said == f"mlp-0 {expected:.2%}"
