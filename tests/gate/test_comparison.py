"""Comparing the results of recipes, on snapshots made by hand."""

import json

import numpy as np
import pandas as pd
import pytest
from gate_snapshots import GATE, IMAGES, compare, results, snapshot

from digits.core.errors import UserError
from digits.gate import report, summary
from digits.gate.rules import Rules
from digits.versions import run_results
from digits.versions.snapshots import Snapshot


def test_flips_are_found_by_name():
    (verdict,) = compare(snapshot(mlp={0: results([1, 2, 3])}), snapshot(mlp={0: results([3, 4])}))
    assert verdict.comparison.negative_flips["image"].tolist() == ["000000000004"]
    assert verdict.comparison.positive_flips["image"].tolist() == ["000000000001", "000000000002"]
    assert verdict.comparison.change == pytest.approx(0.001)
    assert verdict.comparison.p_loss == pytest.approx(7 / 8)
    assert verdict.comparison.p_gain == pytest.approx(1 / 2)


def test_two_copies_of_one_image_count_twice():
    (verdict,) = compare(snapshot(mlp={0: results([5])}), snapshot(mlp={0: results([5, 5])}))
    assert len(verdict.comparison.negative_flips) == 1


def test_five_negative_flips_fail_and_four_do_not():
    for flips, fails in ((4, False), (5, True)):
        (verdict,) = compare(snapshot(mlp={0: results([])}), snapshot(mlp={0: results(list(range(flips)))}))
        assert bool(verdict.failures) == fails
    assert verdict.failures == ["accuracy fell by 0.50 points, which is significant: p = 0.031"]


def test_a_second_changed_recipe_halves_alpha_and_an_unchanged_one_takes_no_part_of_it():
    before = snapshot(mlp={0: results([])}, cnn={0: results([9])})
    loss = {0: results(list(range(5)))}
    assert compare(before, snapshot(mlp=loss, cnn={0: results([9])}))[0].failures
    first, second = compare(before, snapshot(mlp=loss, cnn={0: results([8])}))
    assert first.comparison.p_loss == pytest.approx(2 / 32)
    assert not first.failures
    assert not second.failures


def test_over_several_seeds_the_means_are_tested_and_what_most_seeds_misread_is_shown():
    rng = np.random.default_rng(0)
    before = {seed: results(rng.choice(IMAGES, 10 + seed % 2, replace=False).tolist()) for seed in range(4)}
    after = {
        seed: results([1, 2, 3, *rng.choice(range(10, IMAGES), 17 + seed % 2, replace=False)]) for seed in range(5)
    }
    (verdict,) = compare(snapshot(mlp=before), snapshot(mlp=after))
    assert verdict.comparison.method == "Welch's t over seeds"
    assert verdict.comparison.negative_flips["image"].tolist() == [f"{number:012x}" for number in (1, 2, 3)]
    assert verdict.failures[0].startswith("accuracy fell by 0.99 points")
    assert summary.table([verdict])["seeds"].tolist() == ["4/5"]


def test_a_measure_that_only_some_seeds_have_is_not_averaged():
    some = {0: results([1], corrupted_accuracy=0.9), 1: results([2])}
    (verdict,) = compare(snapshot(mlp=some), snapshot(mlp=some))
    assert verdict.comparison.after["accuracy"] == pytest.approx(0.999)
    assert "corrupted_accuracy" not in verdict.comparison.after


def test_one_seed_against_several_is_compared_on_the_seed_that_both_have():
    several = {0: results([1]), 1: results([1, 2, 3, 4, 5, 6, 7])}
    (verdict,) = compare(snapshot(mlp=several), snapshot(mlp={0: results([1])}))
    assert verdict.comparison.seeds == ([0], [0])
    assert not verdict.comparison.change
    assert verdict.comparison.ignored == "compared by seed 0 alone; left out: seeds 1 of the baseline"
    one, three = snapshot(mlp={1: results([1])}), snapshot("now", mlp={seed: results([1]) for seed in range(3)})
    found = compare(one, three)
    notes = summary.notes(one, three, found, Rules.model_validate(GATE))
    assert notes == ["mlp: compared by seed 1 alone; left out: seeds 0, 2 of the new version"]
    with pytest.raises(
        UserError, match=r"mlp has seeds \[0, 1\] in the baseline and \[2\] now; train a seed that both have"
    ):
        compare(snapshot(mlp=several), snapshot(mlp={2: results([1])}))


def test_what_cannot_be_compared_is_refused_with_the_reason():
    one = snapshot("main", mlp={0: results([])})
    other_data = Snapshot("here", {"dataset": "kmnist", "digest": "e"}, one.splits, one.params, one.results)
    with pytest.raises(UserError, match="main was measured on mnist d, here on kmnist e"):
        compare(one, other_data)
    cut = {**one.splits, "train": {"images": 9, "digest": "other"}}
    with pytest.raises(UserError, match=r"main and here have different splits \(train\)"):
        compare(one, Snapshot("here", one.dataset, cut, one.params, one.results))


def test_json_holds_what_the_table_says():
    before, after = snapshot(mlp={0: results([1])}), snapshot("here", mlp={0: results([2])})
    after.params["a"] = {"b": 2, "c": None}
    section = Rules.model_validate(GATE)
    found = json.loads(report.as_json(before, after, compare(before, after), section))
    assert found["passed"] is True
    assert found["models"][0]["negative_flips"] == [{"image": "000000000002", "actual": 7, "predicted": 2}]
    assert found["params"] == {"a.b": [1, 2]}


def test_confusion_and_recall_follow_from_the_errors_and_the_class_counts():
    errors = pd.DataFrame({"image": list("abc"), "actual": [7, 7, 3], "predicted": [2, 2, 5]})
    counts = np.array([4, 4, 4, 2, 4, 4, 4, 8, 4, 4])
    matrix = run_results.confusion(errors, counts)
    assert matrix.sum(axis=1).tolist() == counts.tolist()
    assert (matrix[7, 2], matrix[7, 7], matrix[3, 5], matrix[0, 0]) == (2, 6, 1, 4)
    recalls = run_results.recalls(matrix)
    assert (recalls["recall_7"], recalls["recall_0"], recalls["worst_recall"]) == (0.75, 1.0, 0.5)


def test_the_overdispersion_is_that_of_the_recipe():
    before, after = (snapshot(mlp={0: results(range(*ends))}) for ends in ((0, 20), (10, 40)))
    own, default = (
        compare(before, after, seed_overdispersion=values)[0].comparison.p_loss
        for values in ({"mlp": 0.0, "default": 0.1}, {"default": 0.1})
    )
    assert own == pytest.approx(0.0494, rel=0.01)  # McNemar's exact test: at least 20 of 30
    assert default > 1.5 * own


def test_a_new_recipe_takes_no_part_of_alpha():
    before, changed = snapshot(mlp={0: results(range(20))}), {0: results(range(5, 30))}
    alone, beside_a_new_one = (
        compare(before, snapshot("now", **recipes))[0].comparison
        for recipes in ({"mlp": changed}, {"mlp": changed, "cnn": {0: results([])}})
    )
    assert alone.minimum_detectable_drop == beside_a_new_one.minimum_detectable_drop > 0
