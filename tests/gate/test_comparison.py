"""Comparing and judging, on snapshots made by hand."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from digits.core.errors import UserError
from digits.gate import comparison, report, rules, summary, verdict
from digits.gate.rules import Rules
from digits.versions import run_results
from digits.versions.run_results import Results, Snapshot
from digits.versions.studies import Gap
from support import ROOT

GATE = {
    "alpha": 0.05,
    "power": 0.8,
    "seed_overdispersion": {"default": 0.0},
    "dataset": "mnist",
    "tolerances": {"accuracy": 0.0, "ece": 0.01},
    "limits": {},
}
IMAGES = 1000


def results(misread: list[int], ece: float = 0.0, **measures: float) -> Results:
    """Of a model that misreads these images, each of which is a 7 that it takes for a 2."""
    errors = pd.DataFrame({"image": [f"{number:012x}" for number in misread], "actual": 7, "predicted": 2})
    measures = {"accuracy": 1 - len(misread) / IMAGES, "images": IMAGES, "ece": ece, **measures}
    return Results(measures, errors, b"", np.zeros((10, 10)))


def snapshot(label: str = "main", **recipes: dict[int, Results]) -> Snapshot:
    splits = {"train": {"images": 9, "digest": "t"}, "test": {"images": IMAGES, "digest": "u"}}
    directions = {"accuracy": True, "ece": False, "corrupted_accuracy": True}
    dataset, params = {"dataset": "mnist", "digest": "d"}, {"a": {"b": 1}}
    return Snapshot(label, dataset, splits, params, recipes, higher_is_better=directions)


def compare(before: Snapshot, after: Snapshot, **changes: object) -> list[verdict.Verdict]:
    section = Rules.model_validate({**GATE, **changes})
    return [verdict.judge(it, section) for it in comparison.compare(before, after, section)]


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


def test_a_loss_within_the_tolerance_passes_and_is_told():
    before, after = snapshot(mlp={0: results([])}), snapshot(mlp={0: results(list(range(8)))})
    (verdict,) = compare(before, after, tolerances={"accuracy": 0.008})
    assert not verdict.failures
    assert "worse by 0.80 points, which is tolerated" in summary.sentences(verdict, Rules.model_validate(GATE))[0]


def test_other_measures_fail_by_their_own_unit_and_direction():
    before = snapshot(mlp={0: results([], ece=0.02)})
    assert not compare(before, snapshot(mlp={0: results([], ece=0.03)}))[0].failures
    assert not compare(before, snapshot(mlp={0: results([], ece=0.0)}))[0].failures
    (verdict,) = compare(before, snapshot(mlp={0: results([], ece=0.031)}))
    assert verdict.failures == ["ece went from 0.02 to 0.031, worse by more than 0.01"]


def test_limits_hold_whatever_the_baseline_and_for_new_recipes():
    limits = {"mlp": {"accuracy": {"min": 0.99, "max": 0.995}}}
    worse, better = {0: results(list(range(11)))}, {0: results(list(range(4)))}
    (verdict,) = compare(snapshot(mlp=worse), snapshot(mlp=worse), limits=limits)
    assert verdict.failures == ["accuracy is 0.989, below its limit of 0.99"]
    cnn = {0: results([])}
    (verdict,) = compare(snapshot(cnn=cnn), snapshot(cnn=cnn, mlp=better), limits=limits)[1:]
    assert verdict.failures == ["accuracy is 0.996, above its limit of 0.995; too good to be true, look for a leak"]
    assert summary.table([verdict])["verdict"].tolist() == ["FAILS"]


MISSPELT = {
    "tolerances": {"accuracy": 0.0, "acuracy": 0.1},
    "limits": {"mlp": {"acuracy": {"min": 0.5}}},
}


@pytest.mark.parametrize("section", ["tolerances", "limits"])
def test_a_measure_that_does_not_exist_is_an_error(section: str):
    same = snapshot(mlp={0: results([])})
    with pytest.raises(UserError, match=r"gate\.\S*acuracy is not a measure of mlp; the nearest: accuracy, "):
        compare(same, same, **{section: MISSPELT[section]})


@pytest.mark.parametrize("section", ["tolerances", "limits"])
def test_a_measure_of_a_study_that_is_not_current_is_left_out_and_named(section: str):
    names = {"acuracy": "corrupted_accuracy"}
    gated = json.loads(json.dumps({section: MISSPELT[section]}).replace("acuracy", names["acuracy"]))
    before, after = snapshot(mlp={0: results([], corrupted_accuracy=0.9)}), snapshot("now", mlp={0: results([])})
    for gap in (Gap("robustness", "mlp", "not run"), Gap("robustness", "mlp", "stale", {"corrupted_accuracy"})):
        after.gaps[:] = [gap]
        verdicts = compare(before, after, **gated)
        assert not verdicts[0].failures
        assert (
            summary.notes(before, after, verdicts, Rules.model_validate(GATE))[1]
            == "not checked without them: corrupted_accuracy (mlp)"
        )
    assert (
        summary.notes(before, after, verdicts, Rules.model_validate(GATE))[0]
        == "studies left out of now: stale: robustness (mlp)"
    )
    with pytest.raises(UserError, match="acuracy is not a measure"):  # no study that is stale has it
        compare(before, after, **{section: MISSPELT[section]})


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


def test_the_recognizer_is_held_to_its_limits_alone_and_the_table_fits_120_columns():
    before = snapshot(mlp={0: results([])})
    after = dataclasses.replace(
        snapshot("here", mlp={0: results(list(range(100)))}), recognizer={"accuracy": 0.99, "ece": 0.2}
    )
    limits = {"recognizer": {"accuracy": {"min": 0.98}, "ece": {"max": 0.1}}}
    verdicts = compare(before, after, limits=limits)
    assert verdicts[1].failures == ["ece is 0.2, above its limit of 0.1"]
    table = summary.table(verdicts)
    row = table.to_dict("records")[1]
    assert (row["model"], row["after"], row["before"], row["verdict"]) == ("recognizer", "99.00%", "-", "FAILS")
    assert max(map(len, table.to_string(index=False).splitlines())) <= 120
    (kept,) = compare(before, after, limits={})[1:]
    assert summary.sentences(kept, Rules.model_validate(GATE)) == ["recognizer: within its limits"]


def test_confusion_and_recall_follow_from_the_errors_and_the_class_counts():
    errors = pd.DataFrame({"image": list("abc"), "actual": [7, 7, 3], "predicted": [2, 2, 5]})
    counts = np.array([4, 4, 4, 2, 4, 4, 4, 8, 4, 4])
    matrix = run_results.confusion(errors, counts)
    assert matrix.sum(axis=1).tolist() == counts.tolist()
    assert (matrix[7, 2], matrix[7, 7], matrix[3, 5], matrix[0, 0]) == (2, 6, 1, 4)
    recalls = run_results.recalls(matrix)
    assert (recalls["recall_7"], recalls["recall_0"], recalls["worst_recall"]) == (0.75, 1.0, 0.5)


def test_limits_may_be_set_for_recipes_and_the_recognizer_alone(tmp_path):
    assert "recognizer" in rules.load_rules(ROOT / "params.yaml").limits
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "studies").symlink_to(ROOT / "studies")  # whose names are sections of params.yaml
    (tmp_path / "params.yaml").write_text(text.replace("\n    recognizer:", "\n    recogniser:"), encoding="utf-8")
    with pytest.raises(UserError, match=r"gate\.limits\.recogniser is no recipe; allowed here: mlp, .*, recognizer"):
        rules.load_rules(tmp_path / "params.yaml")


def test_the_baselines_rules_apply_and_their_change_is_named():
    mlp = {0: results([])}
    old = {**GATE, "limits": {"mlp": {"accuracy": {"min": 0.9}}}}
    before, after = snapshot(mlp=mlp), snapshot("now", mlp=mlp)
    before.params["gate"], after.params["gate"] = old, {**old, "alpha": 0.5, "limits": {}}
    (note,) = summary.notes(before, after, [], Rules.model_validate(old))
    assert (
        note
        == "the rules of main apply; changed since: gate.alpha 0.05 -> 0.5, gate.limits.mlp.accuracy.min 0.9 -> None"
    )
    assert rules.rules_between(before, after) == Rules.model_validate(old)
    before.params["gate"] = {"alpha": 0.05}
    with pytest.raises(UserError, match="of main is not valid"):
        rules.rules_between(before, after)


def test_changed_rules_need_a_commit_of_their_own():
    before, after = snapshot(mlp={0: results([1])}), snapshot("now", mlp={0: results([2])})
    before.params["gate"], after.params["gate"] = GATE, {**GATE, "alpha": 0.5}
    with pytest.raises(
        UserError, match=r"gate.alpha 0.05 -> 0.5\) needs a commit of its own: the results of mlp changed"
    ):
        compare(before, after)
    after.results["mlp"] = {0: results([1], corrupted_accuracy=0.9)}  # a study that was run since
    assert not compare(before, after)[0].failures


def test_a_new_recipe_comes_with_its_limits():
    mlp, limits = {0: results([1])}, {"cnn": {"accuracy": {"min": 0.999}}}
    before, after = snapshot(mlp=mlp), snapshot("now", mlp={0: results([2])}, cnn={0: results([1, 2])})
    before.params["gate"], after.params["gate"] = GATE, {**GATE, "limits": limits}
    section = rules.rules_between(before, after)
    found = [verdict.judge(it, section) for it in comparison.compare(before, after, section)]
    assert found[1].failures == ["accuracy is 0.998, below its limit of 0.999"]


def test_a_recipe_can_be_removed_in_a_commit_of_its_own():
    mlp, cnn = {0: results([1])}, {0: results([2])}
    before, after = snapshot(mlp=mlp, cnn=cnn), snapshot("now", mlp=mlp)
    (kept,) = compare(before, after)
    assert not kept.failures
    assert summary.notes(before, after, [kept], Rules.model_validate(GATE)) == ["removed: cnn"]
    with pytest.raises(UserError, match="the removal of cnn needs a commit of its own: the results of mlp changed"):
        compare(before, snapshot("now", mlp={0: results([3])}))


def test_limits_of_another_dataset_do_not_apply():
    before = snapshot(mlp={0: results([1])})
    section = Rules.model_validate({**GATE, "dataset": "kmnist", "limits": {"mlp": {"accuracy": {"min": 1}}}})
    (found,) = [verdict.judge(it, section) for it in comparison.compare(before, before, section)]
    assert not found.failures
    assert summary.notes(before, before, [found], section) == [
        "the limits are for kmnist and were not applied to mnist"
    ]


def test_a_tolerated_measure_needs_a_declared_direction():
    before = snapshot(mlp={0: results([1], kappa=0.9)})
    tolerances = {"accuracy": 0.0, "kappa": 0.1}
    with pytest.raises(
        UserError, match=r"gate.tolerances.kappa: no `meta` in a dvc.yaml says whether higher is better"
    ):
        compare(before, before, tolerances=tolerances)
    before.higher_is_better["kappa"] = True
    (found,) = compare(before, snapshot("now", mlp={0: results([1], kappa=0.7)}), tolerances=tolerances)
    assert found.failures == ["kappa went from 0.9 to 0.7, worse by more than 0.1"]


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
