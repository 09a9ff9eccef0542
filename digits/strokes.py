"""Digits drawn in many styles of writing, to train on beside real ones."""

import numpy as np
from PIL import Image, ImageDraw
from scipy.interpolate import CubicSpline

from digits.data import IMAGE_SHAPE, LabeledImages

SIDE = IMAGE_SHAPE[0]
BOX = 20  # pixels of the longer side of a digit, as in MNIST
FINE = 8  # pixels of the drawing per pixel of the image
JITTER = 0.06  # standard deviation of each point, as a share of the height
ASPECT = 0.28, 1.36  # width over height, log-uniform
SLANT = -0.25, 0.45  # pixels to the right per pixel up
ROTATION = -0.15, 0.15  # radians
WIDTH = 0.025, 0.2  # of the stroke, as a share of BOX, log-uniform: from a hairline to a marker
STROKE_POINTS = 40


def with_drawn_digits(train: LabeledImages, count: int, seed: int) -> LabeledImages:
    """`train` followed by `count` drawn digits, of the classes of `train` in turn."""
    if not count:
        return train
    rng = np.random.default_rng(seed)
    labels = np.resize(np.unique(train.labels), count)
    images = np.stack([draw_digit(int(label), rng) for label in labels])[..., np.newaxis]
    return LabeledImages(np.concatenate([train.images, images]), np.concatenate([train.labels, labels]))


def draw_digit(digit: int, rng: np.random.Generator) -> np.ndarray:
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


STYLES: dict[int, list[str]] = {
    0: [
        "curve .5,0 .1,.25 .05,.6 .35,1 .8,.8 .95,.4 .75,.08 .5,0",
        "curve .5,0 .1,.25 .05,.6 .35,1 .8,.8 .95,.4 .75,.08 .5,0; line .85,0 .1,1",
        "curve .5,0 .1,.25 .05,.6 .35,1 .8,.8 .95,.4 .75,.08 .5,0; line .48,.48 .54,.54",
        "curve .6,.1 .2,.15 .02,.55 .35,1 .85,.75 .85,.25 .5,.02 .4,.15 .7,.25 1,.15",
    ],
    1: [
        "line 0,.35 .5,.3 .65,0; line .65,0 .5,1",
        "line 0,.3 .6,.25; line .65,0 .5,1",
        "curve 0,.75 .3,.6 .6,.1 .55,.5 .55,.9 .65,1",
        "line .15,.55 .55,.05 .5,.95; line 0,.95 1,.98",
        "line 0,.45 .6,0 .6,1",
        "line .1,.3 .6,0 .55,1",
        "line 0,.65 .75,0 .45,1",
        "curve 0,.42 .25,.4 .5,.2 .65,0; line .65,0 .6,1",
        "line .1,.4 .6,0 .6,1; line .2,1 1,1",
        "line .25,.25 .5,0 .5,1; line .1,1 .9,1",
        "line 0,.95 .6,0 .65,1",
        "curve 0,.8 .35,.5 .7,.05 .5,0 .42,.5 .5,.95 .8,.95",
        "line .5,0 .5,1",
    ],
    2: [
        "curve .1,.15 .5,0 .8,.2 .3,.7 .05,.95 0,.8 .3,.75 .7,1 1,.85",
        "curve .8,0 .95,.15 .5,.5 .05,.85 .4,1 .95,.9",
        "curve .05,.25 .35,0 .8,.12 .7,.5 .05,1; line .05,1 1,.97",
        "curve .05,.2 .45,0 .8,.2 .55,.65 .1,.95 .1,.8 .4,.85 .95,.95",
        "line .1,.05 .85,0 .1,1 .95,.97",
        "curve .1,.2 .4,0 .8,.15 .7,.5 .2,.95 0,.85 .25,.72 .6,.95 1,.85",
    ],
    3: [
        "curve .05,.12 .5,0 .85,.2 .4,.47 .9,.65 .7,.95 .05,.9",
        "line .1,0 .85,0 .4,.4; curve .4,.4 .9,.55 .85,.88 .45,1 .05,.88",
        "curve .1,.15 .5,0 .8,.2 .4,.45 .35,.5 .8,.65 .75,.92 .3,1 0,.85",
    ],
    4: [
        "line .6,0 0,.7 .9,.7; line .75,.5 .8,1",
        "curve .7,.1 .3,.3 .05,.65 .3,.75 .75,.2; line .75,.2 .7,1; line .3,.72 .95,.68",
        "curve .6,0 .2,.4 0,.65 .4,.7 .95,.55; line .9,.4 .75,1",
        "line .65,0 0,.75 .75,.6; line .65,.1 .75,1",
        "line .45,0 .02,.6 .95,.6; line .65,.35 .6,1",
        "line .6,0 .05,.55 .85,.5 .6,1",
        "line .7,0 .05,.6 1,.6; line .7,0 .7,1",
        "line .75,1 .75,0 .02,.65 1,.65",
        "curve .15,0 .1,.3 .12,.5 .4,.55 .85,.45; line .85,0 .75,1",
        "curve .7,0 .3,.2 .02,.5 .25,.6 .85,.5; curve .85,.5 .8,.7 .75,1",
        "line .5,0 .1,.65; line .1,.65 .9,.55; line .85,.2 .5,1",
        "curve .6,0 .1,.25 .05,.5 .4,.6 .8,.5; line .75,.5 .95,.95",
    ],
    5: [
        "line .9,0 .2,.02 .15,.42; curve .15,.42 .6,.38 .9,.65 .6,.97 .05,.92",
        "line .25,0 .18,.42; curve .18,.42 .65,.4 .85,.7 .5,1 .05,.9; line .25,.02 1,.05",
        "curve .9,.02 .4,.05 .15,.3 .5,.47 .8,.7 .5,1 .05,.9",
    ],
    6: [
        "curve .75,0 .3,.25 .05,.65 .35,1 .85,.85 .7,.55 .15,.65",
        "curve .9,.1 .5,0 .1,.4 .1,.85 .5,1 .9,.75 .55,.5 .12,.7",
        "curve .4,0 .1,.5 .2,.95 .7,.95 .75,.6 .3,.6",
    ],
    7: [
        "line .05,.02 .95,0 .35,.95; line .25,.65 1,.65",
        "curve 0,.15 .3,0 .8,.15 .6,.5 .3,1; line .1,.55 1,.6",
        "line .05,.02 .95,0 .4,1; line .25,.5 .95,.48",
        "line 0,.2 .08,0 .9,.02 .4,1; line .2,.52 .9,.45",
        "curve 0,.12 .3,.02 .6,.08 .95,0; curve .95,0 .6,.4 .45,1; line .2,.5 1,.5",
        "line .05,.02 .95,0 .4,1",
        "line 0,.25 .05,.05 .9,0 .45,1",
        "curve 0,.1 .4,.05 .8,.1 .7,.4 .5,1; line .3,.6 .95,.5",
    ],
    8: [
        "curve .9,.1 .3,0 .1,.15 .6,.5 .9,.8 .5,1 .1,.8 .6,.4 .9,.1",
        "curve .9,.05 .2,.05 .5,.35 .85,.75 .45,1 .2,.75 .55,.4 .9,.05",
        "curve .75,.1 .4,0 .15,.22 .5,.47 .88,.75 .5,1 .1,.8 .5,.48 .85,.2 .7,.05",
        "curve .5,0 .2,.2 .5,.45 .8,.2 .5,0; curve .5,.45 .1,.72 .5,1 .9,.72 .5,.45",
        "curve .95,.05 .5,0 .1,.2 .45,.45 .85,.75 .45,1 .1,.8 .4,.5 .95,.05",
    ],
    9: [
        "curve .85,.1 .5,0 .25,.2 .5,.42 .85,.2 .9,.1 .85,.6 .75,.9 .4,1 0,.97",
        "curve .8,.05 .45,.05 .3,.25 .6,.4 .8,.2 .85,.5 .8,.8; line .8,.8 .6,1 0,1",
        "curve .9,0 .5,.05 .25,.25 .6,.4 .9,.25 .75,.6 .85,.8 .5,1 .1,.9",
        "curve .3,1 .3,.5 .35,.05 .8,0 .95,.25 .7,.45 .35,.45",
        "curve .75,.45 .3,.5 .05,.2 .5,0 .95,.2 .6,.45 .4,.5; line .5,.5 .9,1",
        "curve .8,.1 .4,0 .1,.25 .4,.48 .8,.3 .82,.1 .9,.6 .7,.97 .1,.92",
        "curve .85,.15 .5,0 .15,.2 .4,.42 .8,.25 .85,.15; curve .85,.15 .9,.6 .75,.95 .3,1 0,.85",
        "curve .85,.05 .4,0 .1,.22 .45,.4 .8,.2 .85,.05; curve .82,.2 .95,.7 .6,1 .05,.97",
        "curve .75,.1 .35,0 .05,.25 .4,.5 .75,.25; line .8,0 .6,1",
        "curve .8,.1 .4,0 .15,.2 .5,.4 .85,.1; line .8,.15 .9,.9 .05,1",
    ],
}
