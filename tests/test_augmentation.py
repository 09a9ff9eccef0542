"""What training adds: images deformed as SciPy would, each kind alone; drawn digits and their paths."""

import numpy as np
import pytest
from scipy import ndimage

from digits import strokes
from digits.config import Augmentation
from digits.data import LabeledImages
from digits.recognizer.reading import RECOGNIZER, Recognizer
from digits.strokes import STYLES
from support import ROOT

NONE = Augmentation(rotation=0.0, shift=0.0, zoom=0.0, shear=0.0, background=0.0)
EMPTY = LabeledImages(np.zeros((10, 28, 28, 1), np.uint8), np.arange(10, dtype=np.uint8))

pytestmark = pytest.mark.usefixtures("pinned")


@pytest.fixture
def blobs() -> np.ndarray:
    """Six smooth bumps off the center, (6, 28, 28, 1) uint8."""
    rows, columns = np.mgrid[:28, :28]
    places = [(10, 12), (14, 17), (17, 10), (13, 13), (9, 18), (16, 15)]
    bumps = [np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 12) for row, column in places]
    return np.round(255 * np.stack(bumps)[..., None]).astype(np.uint8)


def deformed(images: np.ndarray, seed: int = 0, **strength: float) -> np.ndarray:
    import tensorflow as tf

    from digits.augmentation import augment

    return augment(tf.constant(images), tf.constant([seed, 0], tf.int64), NONE.model_copy(update=strength)).numpy()


def centers(images: np.ndarray) -> np.ndarray:
    return np.array([ndimage.center_of_mass(image[..., 0].astype(float)) for image in images])


def test_no_strength_changes_nothing(blobs: np.ndarray):
    assert np.array_equal(deformed(blobs), blobs)


def test_interpolation_is_scipys(noise: LabeledImages):
    import tensorflow as tf

    from digits.augmentation import _affine

    strength = NONE.model_copy(update={"rotation": 40.0, "shift": 5.0, "zoom": 0.3, "shear": 0.5})
    maps = (
        _affine(tf.constant(len(noise.images)), tf.random.split(tf.constant([7, 0], tf.int64), 2)[0], strength)
        .numpy()
        .astype(float)
    )
    rows, columns = np.mgrid[:28, :28]
    expected = [
        ndimage.map_coordinates(
            image[..., 0].astype(float),
            [d * columns + e * rows + f, a * columns + b * rows + c],
            order=1,
            mode="grid-constant",
        )
        for image, (a, b, c, d, e, f, *_) in zip(noise.images, maps, strict=True)
    ]
    ours = deformed(noise.images, 7, **strength.model_dump())[..., 0]
    assert np.abs(ours - np.array(expected)).max() < 0.51  # rounded to whole numbers


def test_a_turn_keeps_the_distance_to_the_center(blobs: np.ndarray):
    radius = np.linalg.norm(centers(blobs) - 13.5, axis=1)
    turned = centers(deformed(blobs, rotation=40.0))
    assert np.linalg.norm(turned - 13.5, axis=1) == pytest.approx(radius, abs=0.1)
    assert np.abs(turned - centers(blobs)).max() > 1


def test_a_shift_moves_all_ink_as_far_as_allowed(blobs: np.ndarray):
    moves = np.concatenate([centers(deformed(blobs, seed, shift=2.0)) - centers(blobs) for seed in range(20)])
    assert 1.8 < np.abs(moves).max() < 2.05
    assert np.abs(moves.mean(axis=0)) == pytest.approx([0, 0], abs=0.3)


def test_a_zoom_changes_the_area_by_both_sides(blobs: np.ndarray):
    ratios = np.concatenate(
        [deformed(blobs, seed, zoom=0.2).sum(axis=(1, 2, 3)) / blobs.sum(axis=(1, 2, 3)) for seed in range(20)]
    )
    assert ratios.min() == pytest.approx(0.8**2, abs=0.1)
    assert ratios.max() == pytest.approx(1.2**2, abs=0.15)


def test_a_slant_keeps_the_rows_and_the_area(blobs: np.ndarray):
    slanted = deformed(blobs, shear=0.5)
    assert slanted.sum(axis=(1, 2, 3)) == pytest.approx(blobs.sum(axis=(1, 2, 3)), rel=0.02)
    moves = centers(slanted) - centers(blobs)
    assert moves[:, 0] == pytest.approx(0, abs=0.1)  # sideways only
    assert np.abs(moves[:, 1]).max() > 0.3


def test_each_image_and_each_seed_has_its_own_maps(blobs: np.ndarray):
    same = np.repeat(blobs[:1], 4, axis=0)
    strength = {"rotation": 10.0, "shift": 2.0}
    copies = deformed(same, **strength)
    assert len({copy.tobytes() for copy in copies}) == 4
    assert np.array_equal(deformed(same, **strength), copies)
    assert not np.array_equal(deformed(same, seed=1, **strength), copies)


def test_half_of_the_images_get_a_background():
    rows, columns = np.mgrid[:28, :28]
    bar = np.where((abs(rows - 13) < 8) & (abs(columns - 13) < 2), 200, 0).astype(np.uint8)
    lit = deformed(np.repeat(bar[None, ..., None], 1000, axis=0), background=0.4)[..., 0].astype(int)
    ground, ink = lit[:, bar == 0], lit[:, bar > 0]
    dark = (ground == 0).all(axis=1)
    assert 0.45 < dark.mean() < 0.55
    assert ground.max() == pytest.approx(0.4 * 255, abs=1)
    assert ink[dark].min() == pytest.approx(0.6 * 200, abs=2)
    assert ink[dark].max() == pytest.approx(200, abs=2)
    assert (np.ptp(ink[dark], axis=1) == 0).all()
    assert np.median(np.ptp(ground[~dark], axis=1)) > 50  # more on one side
    assert (ink.mean(axis=1) > ground.mean(axis=1)).mean() > 0.95


@pytest.fixture(scope="module")
def drawn_digits() -> LabeledImages:
    extended = strokes.with_drawn_digits(EMPTY, 300, seed=1)
    return LabeledImages(extended.images[10:], extended.labels[10:])


def test_drawn_digits_have_mnists_format(drawn_digits: LabeledImages):
    assert drawn_digits.images.dtype == np.uint8
    assert drawn_digits.labels.dtype == np.uint8
    assert np.bincount(drawn_digits.labels).tolist() == [30] * 10
    for image in drawn_digits.images[..., 0]:
        rows, columns = ndimage.find_objects((image > 0).astype(np.uint8))[0]
        longer = max(rows.stop - rows.start, columns.stop - columns.start)
        assert 19 <= longer <= 22  # 20, and pixels that are partly covered
        assert image.max() == 255
    centers = np.array([ndimage.center_of_mass(image.astype(float)) for image in drawn_digits.images[..., 0]])
    assert np.abs(centers - 13.5).mean() < 0.5  # strokes that overlap move it


def test_the_exported_recognizer_reads_drawn_digits(drawn_digits: LabeledImages):
    probabilities = Recognizer(ROOT / RECOGNIZER).probabilities(drawn_digits.images[..., 0])
    correct = probabilities.argmax(axis=1) == drawn_digits.labels
    assert all(correct[drawn_digits.labels == digit].mean() > 0.5 for digit in range(10))


def test_the_seed_and_the_classes_of_train_decide(drawn_digits: LabeledImages):
    assert np.array_equal(strokes.with_drawn_digits(EMPTY, 300, seed=1).images[10:], drawn_digits.images)
    assert not np.array_equal(strokes.with_drawn_digits(EMPTY, 300, seed=2).images[10:], drawn_digits.images)
    train = LabeledImages(EMPTY.images[3:], EMPTY.labels[3:])
    assert set(strokes.with_drawn_digits(train, 20, seed=0).labels.tolist()) == set(range(3, 10))
    assert strokes.with_drawn_digits(EMPTY, 0, seed=0) is EMPTY


@pytest.mark.parametrize("digit", range(10))
def test_every_style_can_be_drawn(digit: int):
    for style in STYLES[digit]:
        drawn = strokes._strokes(style, np.random.default_rng(0))
        assert len(drawn) == style.count(";") + 1
        assert np.ptp(np.concatenate(drawn), axis=0).max() > 0.7


def test_paths_go_through_their_points(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(strokes, "JITTER", 0.0)
    line, curve = strokes._strokes("line 0,0 1,0 1,1; curve 0,.5 .5,0 1,.5", np.random.default_rng(0))
    assert np.allclose(line.mean(axis=0), [0.75, 0.25], atol=0.01)  # the center of mass of two equal strokes
    middle = curve[np.abs(curve[:, 0] - 0.5).argmin()]
    assert middle == pytest.approx([0.5, 0], abs=0.02)
    assert curve[[0, -1]].tolist() == [[0, 0.5], [1, 0.5]]
