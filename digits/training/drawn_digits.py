"""Draws digits in many styles of writing, to train on beside real ones."""

import numpy as np
from PIL import Image, ImageDraw
from scipy.interpolate import CubicSpline

from digits.data.datasets import IMAGE_SHAPE, LabeledImages
from digits.training.styles import STYLES

SIDE = IMAGE_SHAPE[0]
BOX = 20  # pixels of the longer side of a digit, as in MNIST
FINE = 8  # pixels of the drawing per pixel of the image
JITTER = 0.06  # standard deviation of each point, as a share of the height
ASPECT = 0.28, 1.36  # width over height, log-uniform
SLANT = -0.25, 0.45  # pixels to the right per pixel up
ROTATION = -0.15, 0.15  # radians
WIDTH = 0.025, 0.2  # of the stroke, as a share of BOX, log-uniform: from a hairline to a marker
STROKE_POINTS = 40


def added(train: LabeledImages, count: int, seed: int) -> LabeledImages:
    """`train` followed by `count` drawn digits, those classes that `train` has in turn."""
    if not count:
        return train
    rng = np.random.default_rng(seed)
    labels = np.resize(np.unique(train.labels), count)
    images = np.stack([drawn(int(label), rng) for label in labels])[..., np.newaxis]
    return LabeledImages(np.concatenate([train.images, images]), np.concatenate([train.labels, labels]))


def drawn(digit: int, rng: np.random.Generator) -> np.ndarray:
    """One `digit` in a style drawn at random, (28, 28) uint8, scaled and centered as MNIST's are."""
    style = STYLES[digit][rng.integers(len(STYLES[digit]))]
    shape, width = _shape(rng), BOX * _log_uniform(rng, WIDTH)
    strokes = [stroke @ shape.T for stroke in _strokes(style, rng)]
    points = np.concatenate(strokes)  # evenly along the strokes, so that their mean is the center of mass
    scale = (BOX - width) / np.ptp(points, axis=0).max()
    sheet = Image.new("L", (SIDE * FINE, SIDE * FINE))
    pen = ImageDraw.Draw(sheet)
    for stroke in strokes:
        _draw(pen, ((stroke - points.mean(axis=0)) * scale + SIDE / 2) * FINE, width * FINE)
    image = np.asarray(sheet.reduce(FINE), np.float64)
    return np.rint(image * (255 / image.max())).astype(np.uint8)


def _strokes(style: str, rng: np.random.Generator) -> list[np.ndarray]:
    """The strokes of `style`, their points moved at random: x and y of points along each, (n, 2)."""
    moved: dict[str, np.ndarray] = {}
    strokes = []
    for stroke in style.split(";"):
        kind, *points = stroke.split()
        for point in points:  # strokes that share a point stay connected
            moved.setdefault(point, np.array(point.split(","), float) + rng.normal(0, JITTER, 2))
        strokes.append(_path(np.array([moved[point] for point in points]), smooth=kind == "curve"))
    return strokes


def _path(points: np.ndarray, smooth: bool) -> np.ndarray:
    """Points evenly along a line, or a smooth curve, through `points` (n, 2)."""
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    places = np.linspace(0, along[-1], max(2, round(STROKE_POINTS * along[-1])))
    if smooth:
        return CubicSpline(along, points)(places)
    return np.stack([np.interp(places, along, line) for line in points.T], axis=1)


def _shape(rng: np.random.Generator) -> np.ndarray:
    """An affine map (2, 2) of x and y: aspect ratio and slant, then rotation."""
    angle, slant = rng.uniform(*ROTATION), rng.uniform(*SLANT)
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return rotation @ np.array([[_log_uniform(rng, ASPECT), -slant], [0, 1]])


def _log_uniform(rng: np.random.Generator, bounds: tuple[float, float]) -> float:
    return float(np.exp(rng.uniform(*np.log(bounds))))


def _draw(pen: ImageDraw.ImageDraw, path: np.ndarray, width: float) -> None:
    """A line through `path` (n, 2), in pixels, with round ends."""
    pen.line([tuple(point) for point in path.tolist()], fill=255, width=max(1, round(width)), joint="curve")
    for x, y in path[[0, -1]].tolist():
        pen.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=255)
