"""Comparing the results of recipes, on snapshots made by hand."""

import dataclasses
import json

import numpy as np
import pytest

from digits.files import UserError
from digits.gate import verdict
from gate_snapshots import IMAGES, RULES, judge, results, snapshot


def test_flips_are_matched_by_image():
    (model,) = judge(snapshot(mlp={0: results([1, 2, 3])}), snapshot(mlp={0: results([3, 3])}))  # two copies
    assert model.negative_flips["image"].tolist() == ["000000000003"]
    assert model.positive_flips["image"].tolist() == ["000000000001", "000000000002"]
    assert model.change == pytest.approx(0.001)
    assert model.p_loss == pytest.approx(7 / 8)
    assert model.p_gain == pytest.approx(1 / 2)


@pytest.mark.parametrize(("flips", "failures"), [(4, []), (5, ["accuracy fell by 0.50 points"])])
def test_five_negative_flips_fail_and_four_do_not(flips: int, failures: list[str]):
    (model,) = judge(snapshot(mlp={0: results([])}), snapshot(mlp={0: results(range(flips))}))
    assert [failure.split(",")[0] for failure in model.failures] == failures


def test_only_changed_recipes_share_alpha():
    before = snapshot(mlp={0: results([])}, cnn={0: results([9])})
    loss = {0: results(range(5))}
    assert judge(before, snapshot(mlp=loss, cnn={0: results([9])}))[0].failures
    first, second = judge(before, snapshot(mlp=loss, cnn={0: results([8])}))
    assert first.p_loss == pytest.approx(2 / 32)
    assert not first.failures
    assert not second.failures


def test_a_new_recipe_takes_no_part_of_alpha():
    before, changed = snapshot(mlp={0: results(range(20))}), {0: results(range(5, 30))}
    alone, beside_a_new_one = (
        judge(before, snapshot("now", **recipes))[0]
        for recipes in ({"mlp": changed}, {"mlp": changed, "cnn": {0: results([])}})
    )
    assert alone.minimum_detectable_drop == beside_a_new_one.minimum_detectable_drop > 0


def test_several_seeds_are_compared_by_their_means():
    rng = np.random.default_rng(0)
    before = {seed: results(rng.choice(IMAGES, 10 + seed % 2, replace=False).tolist()) for seed in range(4)}
    after = {
        seed: results([1, 2, 3, *rng.choice(range(10, IMAGES), 17 + seed % 2, replace=False)]) for seed in range(5)
    }
    (model,) = judge(snapshot(mlp=before), snapshot(mlp=after))
    assert model.method == "Welch's t over seeds"
    assert model.negative_flips["image"].tolist() == [f"{number:012x}" for number in (1, 2, 3)]
    assert model.failures[0].startswith("accuracy fell by 0.99 points")
    assert verdict.summary_table([model], RULES)["seeds"].tolist() == ["4/5"]


def test_a_measure_of_some_seeds_is_not_averaged():
    some = {0: results([1], corrupted_accuracy=0.9), 1: results([2])}
    (model,) = judge(snapshot(mlp=some), snapshot(mlp=some))
    assert model.after["accuracy"] == pytest.approx(0.999)
    assert "corrupted_accuracy" not in model.after


def test_one_seed_is_compared_with_the_same_of_several():
    several = {0: results([1]), 1: results([1, 2, 3, 4, 5, 6, 7])}
    (model,) = judge(snapshot(mlp=several), snapshot(mlp={0: results([1])}))
    assert model.seeds == ([0], [0])
    assert not model.change
    assert "seeds 1 of the baseline" in model.left_out
    (model,) = judge(snapshot(mlp={1: results([1])}), snapshot(mlp={seed: results([1]) for seed in range(3)}))
    assert "seeds 0, 2 of the new version" in model.left_out
    with pytest.raises(UserError, match="train a seed that both have"):
        judge(snapshot(mlp=several), snapshot(mlp={2: results([1])}))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dataset": {"dataset": "kmnist", "digest": "e"}}, "main was measured on mnist d, here on kmnist e"),
        ({"splits": {"train": {"images": 9, "digest": "other"}}}, "different splits"),
    ],
)
def test_other_images_are_refused(change: dict, says: str):
    main = snapshot("main", mlp={0: results([])})
    with pytest.raises(UserError, match=says):
        judge(main, dataclasses.replace(main, label="here", **change))


def test_json_has_flips_and_changed_parameters():
    before, after = snapshot(mlp={0: results([1])}), snapshot("here", mlp={0: results([2])})
    after.params["a"] = {"b": 2, "c": None}
    content = json.loads(json.dumps(verdict.as_dict(before, after, judge(before, after), RULES)))
    assert content["passed"] is True
    assert content["models"][0]["negative_flips"] == [{"image": "000000000002", "actual": 7, "predicted": 2}]
    assert content["params"] == {"a.b": [1, 2]}


def test_the_overdispersion_is_that_of_the_recipe():
    before, after = (snapshot(mlp={0: results(range(*ends))}) for ends in ((0, 20), (10, 40)))
    of_recipe, default = (
        judge(before, after, seed_overdispersion=values)[0].p_loss
        for values in ({"mlp": 0.0, "default": 0.1}, {"default": 0.1})
    )
    assert of_recipe == pytest.approx(0.0494, rel=0.01)  # McNemar's exact test: at least 20 of 30
    assert default > 1.5 * of_recipe
