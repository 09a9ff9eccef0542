"""Comparing and judging, on snapshots made by hand."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from digits import comparison, gate, gate_report
from digits.gate_params import Gate
from digits.snapshot import Results, Snapshot

GATE = {
    "level": 0.05,
    "power": 0.8,
    "seed_asymmetry": 0.0,
    "allowed_drops": {"accuracy": 0.0, "ece": 0.01},
    "limits": {},
}
IMAGES = 1000


def results(misread: list[int], ece: float = 0.0) -> Results:
    """Of a model that misreads these images, each of which is a 7 that it takes for a 2."""
    errors = pd.DataFrame({"image": [f"{number:012x}" for number in misread], "actual": 7, "predicted": 2})
    measures = {"accuracy": 1 - len(misread) / IMAGES, "images": IMAGES, "ece": ece}
    return Results(measures, errors.assign(confidence=0.9), b"", pd.DataFrame())


def snapshot(label: str = "main", **recipes: dict[int, Results]) -> Snapshot:
    splits = {"train": {"images": 9, "digest": "t"}, "test": {"images": IMAGES, "digest": "u"}}
    return Snapshot(label, {"dataset": "mnist", "digest": "d"}, splits, {"a": {"b": 1}}, recipes)


def compare(before: Snapshot, after: Snapshot, **changes: object) -> list[gate.Verdict]:
    section = Gate.model_validate({**GATE, **changes})
    return [gate.judge(it, section) for it in comparison.compare(before, after, section)]


def test_images_are_broken_and_fixed_by_name():
    (verdict,) = compare(snapshot(mlp={0: results([1, 2, 3])}), snapshot(mlp={0: results([3, 4])}))
    assert verdict.comparison.broken["image"].tolist() == ["000000000004"]
    assert sorted(verdict.comparison.fixed["image"]) == ["000000000001", "000000000002"]
    assert verdict.comparison.change == pytest.approx(0.001)
    assert verdict.comparison.p_loss == pytest.approx(7 / 8)
    assert verdict.comparison.p_gain == pytest.approx(1 / 2)


def test_two_copies_of_one_image_count_twice():
    (verdict,) = compare(snapshot(mlp={0: results([5])}), snapshot(mlp={0: results([5, 5])}))
    assert len(verdict.comparison.broken) == 1


def test_five_broken_images_fail_and_four_do_not():
    for broken, fails in ((4, False), (5, True)):
        (verdict,) = compare(snapshot(mlp={0: results([])}), snapshot(mlp={0: results(list(range(broken)))}))
        assert bool(verdict.failures) == fails
    assert verdict.failures == ["accuracy fell by 0.50 points, more than chance explains: p = 0.031"]


def test_a_second_changed_recipe_halves_the_level_and_an_unchanged_one_takes_nothing():
    before = snapshot(mlp={0: results([])}, cnn={0: results([9])})
    loss = {0: results(list(range(5)))}
    assert compare(before, snapshot(mlp=loss, cnn={0: results([9])}))[0].failures
    first, second = compare(before, snapshot(mlp=loss, cnn={0: results([8])}))
    assert first.comparison.p_loss == pytest.approx(2 / 32)
    assert not first.failures
    assert not second.failures


def test_a_loss_that_is_allowed_passes_and_is_named():
    before, after = snapshot(mlp={0: results([])}), snapshot(mlp={0: results(list(range(8)))})
    (verdict,) = compare(before, after, allowed_drops={"accuracy": 0.008})
    assert not verdict.failures
    assert "no more than is allowed" in gate_report.sentences(verdict, Gate.model_validate(GATE))[0]


def test_other_measures_fail_by_their_own_unit_and_direction():
    before = snapshot(mlp={0: results([], ece=0.02)})
    assert not compare(before, snapshot(mlp={0: results([], ece=0.03)}))[0].failures
    assert not compare(before, snapshot(mlp={0: results([], ece=0.0)}))[0].failures
    (verdict,) = compare(before, snapshot(mlp={0: results([], ece=0.031)}))
    assert verdict.failures == ["ece went from 0.02 to 0.031, which is worse by more than 0.01"]


def test_limits_hold_whatever_the_baseline_and_for_new_recipes():
    limits = {"mlp": {"accuracy": {"least": 0.99, "most": 0.995}}}
    worse, better = snapshot(mlp={0: results(list(range(11)))}), snapshot(mlp={0: results(list(range(4)))})
    assert compare(worse, worse, limits=limits)[0].failures == ["accuracy is 0.989, below its limit of 0.99"]
    (verdict,) = compare(
        snapshot(cnn={0: results([])}), snapshot(cnn={0: results([])}, **better.results), limits=limits
    )[1:]
    assert verdict.failures == ["accuracy is 0.996, above its limit of 0.995; too good to be true, look for a leak"]
    assert gate_report.table([verdict])["verdict"].tolist() == ["FAILS"]


@pytest.mark.parametrize("section", ["allowed_drops", "limits"])
def test_a_measure_that_does_not_exist_is_named(section: str):
    misspelt = {"allowed_drops": {"accuracy": 0.0, "acuracy": 0.1}, "limits": {"mlp": {"acuracy": {"least": 0.5}}}}
    same = snapshot(mlp={0: results([])})
    with pytest.raises(ValueError, match=r"gate\.\S*acuracy is not a measure; there are accuracy, "):
        compare(same, same, **{section: misspelt[section]})


def test_over_several_seeds_the_means_are_tested_and_what_most_seeds_misread_is_shown():
    rng = np.random.default_rng(0)
    before = {seed: results(rng.choice(IMAGES, 10 + seed % 2, replace=False).tolist()) for seed in range(4)}
    after = {
        seed: results([1, 2, 3, *rng.choice(range(10, IMAGES), 17 + seed % 2, replace=False)]) for seed in range(5)
    }
    (verdict,) = compare(snapshot(mlp=before), snapshot(mlp=after))
    assert verdict.comparison.method == "Welch's t over seeds"
    assert verdict.comparison.broken["image"].tolist() == [f"{number:012x}" for number in (1, 2, 3)]
    assert verdict.failures[0].startswith("accuracy fell by 0.99 points")
    assert gate_report.table([verdict])["seeds"].tolist() == ["4 and 5"]


def test_one_seed_against_several_is_compared_on_the_seed_that_both_have():
    several = {0: results([1]), 1: results([1, 2, 3, 4, 5, 6, 7])}
    (verdict,) = compare(snapshot(mlp=several), snapshot(mlp={0: results([1])}))
    assert verdict.comparison.seeds == ([0], [0])
    assert not verdict.comparison.change
    with pytest.raises(ValueError, match=r"mlp has seeds \[0, 1\] in the baseline and \[2\] now; train one of both"):
        compare(snapshot(mlp=several), snapshot(mlp={2: results([1])}))


def test_what_cannot_be_compared_is_refused_with_the_reason():
    one = snapshot("main", mlp={0: results([])})
    other_data = Snapshot("here", {"dataset": "kmnist", "digest": "e"}, one.splits, one.params, one.results)
    with pytest.raises(ValueError, match="main was measured on mnist d, here on kmnist e"):
        compare(one, other_data)
    cut = {**one.splits, "train": {"images": 9, "digest": "other"}}
    with pytest.raises(ValueError, match=r"main and here were split otherwise \(train\)"):
        compare(one, Snapshot("here", one.dataset, cut, one.params, one.results))
    with pytest.raises(ValueError, match=r"main has mlp, which here lacks; add it to train.models"):
        compare(one, snapshot("here", cnn={0: results([])}))


def test_json_holds_what_the_table_says():
    before, after = snapshot(mlp={0: results([1])}), snapshot("here", mlp={0: results([2])})
    after.params["a"] = {"b": 2, "c": None}
    section = Gate.model_validate(GATE)
    found = json.loads(gate_report.as_json(before, after, compare(before, after), section))
    assert found["passed"] is True
    assert found["models"][0]["broken"] == [{"image": "000000000002", "actual": 7, "predicted": 2, "confidence": 0.9}]
    assert found["params"] == {"a.b": [1, 2]}


def test_the_recogniser_is_held_to_its_limits_alone():
    after = dataclasses.replace(snapshot("here", mlp={0: results([])}), recogniser={"accuracy": 0.99, "ece": 0.2})
    limits = {"recogniser": {"accuracy": {"least": 0.98}, "ece": {"most": 0.1}}}
    of_mlp, of_recogniser = compare(snapshot(mlp={0: results([])}), after, limits=limits)
    assert of_mlp.failures == []
    assert of_recogniser.failures == ["ece is 0.2, above its limit of 0.1"]
    (row,) = gate_report.table([of_recogniser]).to_dict("records")
    assert (row["model"], row["after"], row["before"], row["verdict"]) == ("recogniser", "99.00%", "-", "FAILS")
    (kept,) = compare(after, after, limits={})[1:]
    assert gate_report.sentences(kept, Gate.model_validate(GATE)) == ["recogniser: is within its limits"]
