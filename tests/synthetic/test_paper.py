"""The photos of paper are fixed by their seed, and each condition does what its name says."""

import numpy as np
import pytest

from digits.synthetic import paper
from digits.synthetic.paper import CONDITIONS, photos

ONE = np.zeros((1, 28, 28), np.uint8)
ONE[0, 4:24, 13:15] = 255


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_seed_fixes_a_photo(condition: str):
    first, again, other = (photos(ONE, condition, seed)[0] for seed in (0, 0, 1))
    assert (first.shape, first.dtype) == ((paper.HEIGHT, paper.WIDTH), np.uint8)
    assert (first == again).all()
    assert (first != other).any()
    blank = CONDITIONS[condition](np.zeros((28, 28), np.uint8), np.random.default_rng([0, 0, 0]))
    lit = CONDITIONS[condition](ONE[0], np.random.default_rng([0, 0, 0])).astype(int)
    changed = lit - blank
    drawn = np.abs(changed) > 20
    assert 0.005 < drawn.mean() < 0.1
    assert (changed[drawn] > 0).all() == (condition == "chalk on a board")


def test_light_shadows_and_rulings_have_their_strength():
    rng = np.random.default_rng(0)
    light = paper.gradient(rng, 0.5)
    assert (light.min(), light.max()) == pytest.approx((0.5, 1.0))
    shade = paper.shadow(rng, 0.35)
    assert set(np.round(np.percentile(shade, [2, 98]), 2)) == {0.65, 1.0}
    lines, squares = (paper.ruled(np.random.default_rng(0), 0.2, squared) for squared in (False, True))
    assert set(np.unique(lines)) == {0.8, 1.0}
    assert (lines == lines[:, :1]).all()
    assert (squares <= lines).all()
    assert (squares < lines).any()
