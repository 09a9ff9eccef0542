"""Reads several digits in one picture, in rows: cuts each line where the recognizer finds the best digits.

Of all ways to cut a line into parts, the one with the highest sum of scores is taken, by dynamic programming over the
cuts that `digits.imaging.cutting` proposes (as Matan et al. 1992 and Casey and Lecolinet 1996 describe it). The score
of a part is linear in five measures. Their weights are those of a conditional random field: they maximize the
likelihood of the right readings of train images that lie apart, overlap or touch (`digits.synthetic.rows`, seed 17).
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from digits.imaging import cutting, mnist_format, segmentation, splitting
from digits.imaging.cutting import Cuts, Part
from digits.imaging.splitting import Line
from digits.recognizer.recognizer import Prediction, Recognizer

MAX_PARTS = 3000  # that are read in one picture: bounds the time for a picture full of strokes
EVERY_PART = -7.8  # score of a part whose measures are all 0
DOUBTFUL = -10.0  # score of what lies between two gaps, below which it is cut: it may be several digits
CUT = -2.2  # per ink that the worse of its two cuts goes through, as a share of the size of a digit
ATYPICAL = -2.75  # per logarithm of 1 minus its out-of-distribution score
DOUBT = -1.85  # per entropy of its ten probabilities, before temperature scaling, in nats
WIDTH = -6.2  # per square of its width, as a share of the size
OFF_SIZE = -5.8  # per absolute logarithm of its height, as a share of the size
SKIPPED = -6.0  # score of a part that is left out
LOW = 0.35  # height of a part, as a share of the size, below which it may be left out: dots, dashes and dirt
LARGEST_SCORE = 0.999  # out-of-distribution scores above it count as it: its logarithm stays finite


class Digit(NamedTuple):
    """One digit of a picture: the input of the model (28, 28) uint8, where it lies, its line from 0, what it is.

    `box` is the top, left, bottom and right of its ink in the picture, in pixels.
    """

    image: np.ndarray
    box: tuple[int, int, int, int]
    line: int
    prediction: Prediction


class _Candidate(NamedTuple):
    part: Part
    image: np.ndarray
    line: int


class _Parts(NamedTuple):
    """Candidates, their scores (n,), and what the recognizer says about them, as in `Recognizer.outputs`."""

    candidates: list[_Candidate]
    scores: np.ndarray
    raw: np.ndarray
    ood_scores: np.ndarray

    def doubtful(self, line: int) -> list[int]:
        """The cuts in `line` after which, up to the next cut, there seems to be no single digit."""
        parts = [(it.part, score) for it, score in zip(self.candidates, self.scores, strict=True) if it.line == line]
        return [it.start for it, score in parts if it.stop == it.start + 1 and score < DOUBTFUL]


def read(recognizer: Recognizer, gray: np.ndarray) -> list[Digit]:
    """The digits in `gray` (h, w) uint8, line by line from top to bottom, each from left to right.

    First the parts between gaps are read. Most are digits; only those that are not are cut, and read again.
    """
    ink = segmentation.find_ink(gray)
    if ink is None:
        return []
    lines = splitting.find_lines(ink)
    gaps = [cutting.find_gaps(line) for line in lines]
    whole = _read_parts(recognizer, lines, gaps)
    cuts = _more_cuts(lines, gaps, whole)
    candidates, scores, raw, ood_scores = _read_parts(recognizer, lines, cuts)
    chosen = [it for number in range(len(lines)) for it in _best_cuts(candidates, scores, lines[number], number)]
    predictions = recognizer.predictions(raw[chosen], ood_scores[chosen])
    zoom = max(gray.shape) / max(ink.shape)  # large photos are scaled down
    return [
        Digit(it.image, _box(it.part, lines[it.line], zoom), it.line, prediction)
        for it, prediction in zip((candidates[it] for it in chosen), predictions, strict=True)
    ]


def _more_cuts(lines: list[Line], gaps: list[Cuts], whole: _Parts) -> list[Cuts]:
    """`gaps` and more cuts where the parts between them are doubtful, in lines for which MAX_PARTS leaves room."""
    cuts, room = list(gaps), MAX_PARTS - len(whole.candidates)
    for number, line in enumerate(lines):
        more = cutting.with_more(line, gaps[number], whole.doubtful(number))
        room -= sum(1 for _ in islice(cutting.parts(line, more), max(0, room) + 1))
        if room < 0:
            break
        cuts[number] = more
    return cuts


def _read_parts(recognizer: Recognizer, lines: list[Line], cuts: list[Cuts]) -> _Parts:
    """The parts between `cuts`, at most MAX_PARTS, all read at once."""
    candidates = list(islice(_candidates(lines, cuts), MAX_PARTS))
    raw, ood_scores = recognizer.outputs(np.stack([it.image for it in candidates]))
    return _Parts(candidates, _scores(candidates, lines, cuts, raw, ood_scores), raw, ood_scores)


def _candidates(lines: list[Line], cuts: list[Cuts]) -> Iterator[_Candidate]:
    for number, line in enumerate(lines):
        for part in cutting.parts(line, cuts[number]):
            yield _Candidate(part, mnist_format.centered(part.ink), number)


def _scores(
    candidates: list[_Candidate], lines: list[Line], cuts: list[Cuts], raw: np.ndarray, ood_scores: np.ndarray
) -> np.ndarray:
    """The score (n,) of each candidate, of which the recognizer's outputs are `raw` (n, 10) and `ood_scores` (n,)."""
    measures = []
    for it in candidates:
        costs, size = cuts[it.line].costs, lines[it.line].size
        height, width = np.divide(it.part.ink.shape, size)
        measures.append((max(costs[it.part.start], costs[it.part.stop]), width**2, abs(np.log(height))))
    cut, width, height = np.array(measures).T
    atypical = np.log(1 - np.minimum(ood_scores, LARGEST_SCORE))
    entropy = -(raw * np.log(np.maximum(raw, 1e-7))).sum(axis=1)
    return EVERY_PART + CUT * cut + ATYPICAL * atypical + DOUBT * entropy + WIDTH * width + OFF_SIZE * height


def _best_cuts(candidates: list[_Candidate], scores: np.ndarray, line: Line, number: int) -> list[int]:
    """Which of `candidates` in the line `number` have the highest sum of scores, if they follow one another."""
    best: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}  # by cut: the best way to come to it from the left
    for place, candidate in enumerate(candidates):
        if candidate.line == number:
            part, score, kept = candidate.part, float(scores[place]), [place]
            if part.ink.shape[0] < LOW * line.size and score < SKIPPED:
                score, kept = SKIPPED, []
            total, before = best.get(part.start, (-np.inf, []))  # no part may end where crossing cuts leave no ink
            if part.stop not in best or total + score > best[part.stop][0]:
                best[part.stop] = total + score, before + kept
    return best[max(best)][1]


def _box(part: Part, line: Line, zoom: float) -> tuple[int, int, int, int]:
    bottom, right = part.top + part.ink.shape[0], part.left + part.ink.shape[1]
    top, left, bottom, right = (
        round(zoom * (start + line.scale * side))
        for start, side in ((line.top, part.top), (line.left, part.left), (line.top, bottom), (line.left, right))
    )
    return top, left, bottom, right
